/** Commands inside texts, as whoever reads them can run them: under the name of the program, with the options of the call. */
import { shellWord } from "../base/shell_word.ts";

/** Texts name commands as `mops bundle …`; whoever calls the program `mops-bundle` or `modelops-bundle` reads that name. */
export function asCalled(text: string, program: string): string {
  return program === "mops" ? text : text.replaceAll("mops bundle ", `${program} `);
}

/** Options of a call that say which project and which remote is meant. */
export interface Given {
  readonly project?: string | undefined;
  readonly env?: string | undefined;
  readonly registry?: string | undefined;
  readonly remote?: string | undefined;
}

type Name = keyof Given;

const ALL: readonly Name[] = ["project", "env", "registry", "remote"];
/** They ask no remote. */
const FOLDER_ONLY: readonly string[] = [
  ...["init", "add", "remove", "mv", "why", "register-model", "register-target", "list", "unregister"],
  ...["target-set list", "target-set set", "target-set delete"],
];
/** What each command takes of them, to the same end. */
const TAKES: Readonly<Record<string, readonly Name[]>> = {
  ...Object.fromEntries(
    ["status", "diff", "show", "push", "pull", "tag", "untag", "manifest", "log", "impact", "env show"].map((name) => [name, ALL]),
  ),
  ...Object.fromEntries(FOLDER_ONLY.map((name) => [name, ["project", "env"] as const])),
  ...Object.fromEntries(["env list", "env switch"].map((name) => [name, ["project"] as const])), // they are about all environments
};

/** A command, and what follows up to the next one or to a remark. */
const COMMAND = /\bmops bundle ((?:env |target-set )?[a-z][a-z-]*)((?:(?!\bmops bundle | {3}\(|; )[^])*)/g;

/** Every `mops bundle COMMAND` with the options of the call, so that it acts on the same project and remote; what it names itself stays. */
export function asGiven(text: string, given: Given): string {
  return text.replace(COMMAND, (_, name: string, rest: string) => {
    const isNamed = (option: string): boolean => new RegExp(`\\s--${option}\\b`).test(rest);
    const says = (option: Name): boolean =>
      given[option] !== undefined && !isNamed(option) &&
      !(option === "registry" && isNamed("remote") || option === "remote" && isNamed("registry")); // either says it all
    const here = name === "init" && given.project !== undefined && /^ \.(?=\s|$)/.test(rest);
    const options = (TAKES[name] ?? []).filter(says).filter((option) => !(here && option === "project"))
      .map((option) => ` --${option} ${shellWord(given[option]!)}`);
    const after = here ? ` ${shellWord(given.project!)}${rest.slice(2)}` : rest; // its argument is the folder
    return `mops bundle ${name}${options.join("")}${after}`;
  });
}
