/** The one shape of a command. Its options are declared with commander's types, so that `run` gets them typed; nothing else knows commander but `parse.ts`. */
import type { Command, OptionValues } from "@commander-js/extra-typings";
import type { Session } from "./session.ts";

export interface CommandSpec<Arguments extends unknown[] = unknown[], Options extends OptionValues = OptionValues> {
  readonly summary: string;
  /** Paragraphs below the usage line. */
  readonly details?: string;
  readonly examples?: readonly string[];
  define(command: Command): Command<Arguments, Options>;
  /** Ends with the exit code where it is not 0. */
  run(session: Session, args: Arguments, options: Options): Promise<number | void>;
}

/** Only there so that TypeScript infers what `define` declares. */
export function command<Arguments extends unknown[], Options extends OptionValues>(
  spec: CommandSpec<Arguments, Options>,
): CommandSpec<Arguments, Options> {
  return spec;
}

/** For options that may be given several times: commander hands over the value and what was collected so far. */
export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}
