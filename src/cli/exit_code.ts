/** The one table from what went wrong to what the shell sees (design, D8; docs/cli/exit-codes.md). */
import { Failure, type FailureCode } from "../base/failure.ts";

export const DIFFERENCES_FOUND = 1;
/** A deadline: whoever sees this code may run the command again, as after any trouble with the remote. */
const STOPPED_IN_TIME = 6;

const EXIT: Readonly<Record<FailureCode, number>> = {
  "usage": 2,
  "conflict": 3,
  "would-overwrite": 3,
  "tag-moved": 3,
  "changed-underneath": 3,
  "busy": 3,
  "no-project": 4,
  "not-found": 4,
  "unauthorized": 5,
  "forbidden": 5,
  "unreachable": 6,
  "remote-error": 6,
  "rate-limited": 6,
  "unsupported": 8,
  "corrupt": 7,
  "not-a-bundle": 8,
  "invalid": 8,
  "not-ready": 8,
  "interrupted": 130,
  "bug": 70,
};

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof Failure)) return EXIT.bug;
  if (error.code === "interrupted") {
    const { signal, deadline } = error.facts;
    if (signal === "SIGTERM") return 143;
    if (signal === "SIGUSR1" || deadline !== undefined) return STOPPED_IN_TIME;
  }
  return EXIT[error.code];
}
