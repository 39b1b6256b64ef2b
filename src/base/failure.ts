/**
 * The one way things go wrong. A Failure carries what a person needs (message, hint) and what a program needs (code, facts).
 * Promise: no room throws anything else on purpose; whoever catches one looks at `code`, never at the message.
 */

/** Absent, unreachable and forbidden are different things, everywhere. `cli/exit_code.ts` maps each to an exit status. */
export type FailureCode =
  | "usage" // the command line, a reference or a path is not what the command takes
  | "conflict" // both sides changed something differently
  | "would-overwrite" // going on would replace work that nobody decided to give up
  | "tag-moved" // the tag does not hold what it should hold
  | "changed-underneath" // a file changed between being planned and being used
  | "busy" // another command is changing the project or the layout
  | "no-project"
  | "not-found"
  | "unauthorized" // no or wrong credentials
  | "forbidden" // credentials are right, the permission is missing
  | "unreachable"
  | "remote-error" // the remote answers, but with nonsense or a server error
  | "rate-limited"
  | "unsupported" // the remote, or this version of mops, cannot do what was asked
  | "corrupt" // bytes do not have the digest or size that names them
  | "not-a-bundle"
  | "invalid" // a file that people edit, or a bundle, breaks the rules of its format
  | "not-ready" // something outside the project stands in the way: no permission, no space, a missing helper program
  | "interrupted"
  | "bug";

export interface FailureDetails {
  /** One runnable command, or one sentence, that gets the user further. */
  readonly hint?: string | undefined;
  /** Values a program may use: paths, digests, counts. Never a secret. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined;
  readonly cause?: unknown;
}

export class Failure extends Error {
  override readonly name = "Failure";
  readonly hint: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(readonly code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.hint = details.hint;
    this.facts = details.facts ?? {};
  }
}

export function isFailure(error: unknown, ...codes: FailureCode[]): error is Failure {
  return error instanceof Failure && (codes.length === 0 || codes.includes(error.code));
}

/** Throws if the signal was aborted. Long loops call it between two steps. */
export function stopIfInterrupted(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  throw isFailure(signal.reason) ? signal.reason : new Failure("interrupted", "interrupted", { cause: signal.reason });
}
