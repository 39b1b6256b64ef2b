/** Answers that need neither the parser of arguments nor a session: the version, which installers and scripts ask for often. */
import { isFailure } from "../base/failure.ts";
import { realConsole } from "../ui/console.ts";
import { VERSION } from "./version.ts";

/** Whether the call was answered; with any option or further word it is not, and the parser decides what it means. */
export function answeredAtOnce(argv: readonly string[]): boolean {
  if (argv.length !== 1 || !["version", "--version", "-V"].includes(argv[0]!)) return false;
  try {
    realConsole({ noColour: true, env: {} }).out(`mops ${VERSION}`);
    return true;
  } catch (error) {
    if (!isFailure(error)) throw error;
    return false; // a full disk: the long way has words for it
  }
}
