/** What to try when a failure does not say it itself: one sentence for each kind, so that nobody is left with an error alone. */
import { Failure, type FailureCode } from "../base/failure.ts";
import { asCalled, asGiven, type Given } from "./called_as.ts";

const HINTS: Readonly<Record<FailureCode, string>> = {
  "usage": "mops bundle --help   (lists the commands; mops bundle COMMAND --help shows one)",
  "conflict": "mops bundle diff -p   (shows both sides)",
  "would-overwrite": "mops bundle status   (shows how things stand)",
  "tag-moved": "mops bundle pull   (takes in what others pushed)",
  "changed-underneath": "run the command again once nothing else writes there",
  "busy": "run the command again when the other one is done",
  "no-project": "mops bundle init .",
  "not-found": "mops bundle manifest   (lists the tags of the remote; mops bundle manifest TAG lists the files of a bundle)",
  "unauthorized": "mops bundle env show   (says which remote is asked, and why)",
  "forbidden": "ask whoever runs the registry for the permission",
  "unreachable": "mops bundle env show   (says which remote is asked, and why)",
  "remote-error": "try again later; mops bundle env show says which remote is asked, and why",
  "rate-limited": "try again later, or sign in: registries give more to users that they know",
  "unsupported": "mops version   (a newer mops may be able to)",
  "corrupt":
    "try again; if it stays so, the copy in the remote is damaged: who runs the remote must remove it; then push --force from a folder that has the content",
  "not-a-bundle": "mops bundle manifest   (lists the tags that hold bundles)",
  "invalid": "correct what is named, then run the command again; mops bundle log says who pushed a bundle",
  "not-ready": "put right what is named, then run the command again",
  "interrupted": "run the command again to go on",
  "bug": "please report it with the command that you ran and the output of mops version",
};

/** The call that failed. */
export interface Call {
  /** The line of the command that ran. */
  readonly usage: string;
  readonly given: Given;
  /** The whole call, as it can be run once more. */
  readonly again?: string | undefined;
}

/** Facts that are commands. */
const COMMANDS = ["keep", "take"];

/**
 * The same failure, with a hint in any case, for whoever calls the program by this name; its commands act on what this call acted on.
 * What is no Failure passes through.
 */
export function withHint(error: unknown, program = "mops", call?: Call): unknown {
  if (!(error instanceof Failure)) return error;
  // An environment that does not exist helps nobody further.
  const given = { ...call?.given, ...(call !== undefined && error.facts["environment"] === call.given.env ? { env: undefined } : {}) };
  const runnable = (text: string): string => asCalled(asGiven(text, given), program);
  if (call?.again !== undefined && error.code === "interrupted" && error.facts["checkpoint"] === true) {
    return withDetails(
      error,
      `${call.again}   (${error.facts["left"] === undefined ? "runs it again" : "goes on from here"})`,
      error.facts,
    );
  }
  const hint = error.hint || (error.code === "usage" ? call?.usage : undefined);
  const facts = Object.entries(error.facts).map((
    [name, value],
  ) => [name, COMMANDS.includes(name) && typeof value === "string" ? runnable(value) : value]);
  return withDetails(
    error,
    hint === call?.usage && hint !== undefined ? hint : runnable(hint ?? HINTS[error.code]),
    Object.fromEntries(facts),
  );
}

function withDetails(error: Failure, hint: string, facts: Readonly<Record<string, unknown>>): Failure {
  const hinted = new Failure(error.code, error.message, { hint, facts, cause: error.cause });
  if (error.stack !== undefined) hinted.stack = error.stack;
  return hinted;
}
