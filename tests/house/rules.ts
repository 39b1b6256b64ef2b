/** The house as tables: who may import whom, and what belongs to one room only. `check.ts` applies them. */

/** A wing is a folder of `src`. Whatever is not listed here has no place in the house yet. */
export const ARROWS: Readonly<Record<string, readonly string[]>> = {
  base: [],
  bundle: ["base"],
  python: ["base"],
  models: ["base", "python"],
  plan: ["base", "bundle", "python", "models"],
  disk: ["base"],
  http: ["base"],
  remote: ["base", "bundle", "http"],
  layout: ["base", "bundle", "disk"],
  stores: ["base", "bundle", "disk", "http"],
  worktree: ["base", "bundle", "python", "models", "plan", "disk"],
  settings: ["base", "bundle", "plan", "disk"],
  ui: ["base", "bundle", "plan", "python", "models"],
  flows: ["base", "bundle", "python", "models", "plan", "disk", "worktree", "settings"],
  cli: ["base", "bundle", "python", "models", "plan", "disk", "http", "remote", "layout", "stores", "worktree", "settings", "ui", "flows"],
};

/** Arrows that only types may take. */
export const TYPES_ONLY: readonly (readonly [from: string, to: string])[] = [["worktree", "plan"]];

/** Where a thing goes that was imported by the wrong wing; the end of a message. */
export const ADVICE: Readonly<Record<string, string>> = {
  base: "base knows nobody: move what needs more to the wing that has it",
  bundle: "bundle says what things are, and knows only base: what touches the world belongs in disk, remote or layout",
  python: "python reads text that it is given, and knows only base: let a flow read the file and pass the bytes in",
  models: "models reads values that it is given, and knows base and python: let a flow read the file and pass the text in",
  plan: "planners never touch the disk, the network or a person: gather it in src/flows and pass it in as a value",
  disk: "disk is the file system and nothing about bundles: what knows bundles belongs in worktree or layout",
  http: "http sends requests and knows nothing of what they mean: that belongs in remote or stores",
  remote: "a remote needs no disk and no settings: they reach it as injected values from src/cli/session.ts",
  layout: "a layout is a folder of blobs: what it needs of the network or the project is another wing's",
  stores: "a store gets its credentials as values from src/cli/session.ts",
  worktree: "the project folder knows no network and no output: let a flow bring the two together",
  settings: "settings are files and values: whoever opens what they name is src/cli/session.ts",
  ui: "ui turns a report into text: let the flow put what is needed into the report (src/plan/reports.ts)",
  flows: "adapters arrive as values: add a door to src/flows/world.ts, and hang it in src/cli/session.ts",
  cli: "name it in src/flows, and call the flow",
};

/** Concrete adapters, and the only room outside their own wing that may name them. */
export const ADAPTERS: readonly string[] = ["src/remote/", "src/layout/", "src/http/", "src/stores/", "src/settings/credentials.ts"];
export const COMPOSITION_ROOT = "src/cli/session.ts";

/** Where files enter the program: everything in `src` is reached from here, by imports or as a worker. */
export const ENTRY = "main.ts";

/** What rooms may import from outside `src`. */
export const OUTSIDE: Readonly<Record<string, readonly string[]>> = { "deno.json": ["src/cli/version.ts"] };

/** Each package behind one room; where two are listed, the second takes types or errors only. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@lezer/common": ["src/python/parse.ts"],
  "@lezer/python": ["src/python/parse.ts"],
  "@commander-js/extra-typings": ["src/cli/parse.ts", "src/cli/command.ts", "src/cli/options.ts"],
  "cli-progress": ["src/ui/live_bar.ts"],
  "cli-table3": ["src/ui/table.ts"],
  "fast-string-width": ["src/ui/wide_text.ts"],
  diff: ["src/ui/render_patch.ts"],
  ignore: ["src/worktree/glob.ts", "src/worktree/ignore.ts"],
  "js-yaml": ["src/base/yaml.ts"],
  "smol-toml": ["src/base/toml.ts"],
  yaml: ["src/base/yaml_edit.ts"],
};

/** Wings without a clock, a disk, a network or chance; and the parts of Node that compute and nothing else. */
export const PURE: readonly string[] = ["base", "bundle", "python", "models", "plan"];
export const PURE_NODE: Readonly<Record<string, readonly string[]>> = { "node:crypto": ["src/base/digest.ts"] };

export interface ForbiddenText {
  readonly pattern: RegExp;
  /** true for the files that must not hold it. */
  readonly in: (path: string) => boolean;
  readonly message: string;
}

const wingOf = (path: string): string => /^src\/([^/]+)\//.exec(path)?.[1] ?? "";
const pure = (path: string) => PURE.includes(wingOf(path));
const DISK_CHANGES = "src/disk/effects.ts";
/** A thread of its own, which no hook can listen to; it is started where there is none only. */
const CHANGES_BESIDE = "src/disk/small_files_thread.ts";
const changesElsewhere = (path: string): boolean => path !== DISK_CHANGES && path !== CHANGES_BESIDE;
const readsEnvironment = ["main.ts", "src/cli/session.ts"];

/** Applied to code without comments and strings. */
export const FORBIDDEN_TEXT: readonly ForbiddenText[] = [
  { pattern: /\bDeno\s*(\.|\[)/, in: pure, message: "touches Deno: the pure floors get such things as values, from src/flows" },
  { pattern: /\bfetch\s*\(/, in: pure, message: "sends a request: that belongs in src/http" },
  {
    pattern: /\bDate\s*\.\s*now\b|\bnew\s+Date\b\s*(\(\s*\)|[^\s(])|\bperformance\s*\.|\bTemporal\s*\.\s*Now\b/,
    in: pure,
    message: "reads the clock: let the flow pass the time in as a value",
  },
  {
    pattern: /\bMath\s*\.\s*random\b|\bgetRandomValues\b|\brandom(UUID|Bytes|Int)\b/,
    in: pure,
    message: "makes random values: the same input would give another output; pass them in",
  },
  {
    pattern: /\bset(Timeout|Interval)\b|\bqueueMicrotask\b/,
    in: pure,
    message: "waits: the pure floors only compute; waiting belongs in src/http or src/disk",
  },
  {
    pattern: /\basync\b|\bawait\b|\bPromise\b/,
    in: (path) => wingOf(path) === "plan",
    message: "is asynchronous: a planner that waits is not a planner; gather in src/flows, then plan",
  },
  {
    pattern:
      /(?<![.\w$])console\s*(\?\.|\.|\[)\s*(log|error|warn|info|debug|table|trace|dir|dirxml|group|groupEnd|time|timeEnd|count|assert|clear)\b/,
    in: (path) => wingOf(path) !== "ui",
    message: "prints: emit an event (src/bundle/events.ts) or return a report; src/ui prints",
  },
  {
    pattern: /\bDeno\s*\.\s*exit\b|\bprocess\s*\.\s*exit\b/,
    in: (path) => path !== "main.ts",
    message: "ends the program: throw a Failure; main.ts exits",
  },
  {
    pattern: /\bDeno\s*\.\s*env\b|\bprocess\s*\.\s*env\b/,
    in: (path) => !readsEnvironment.includes(path),
    message: `reads environment variables: ${COMPOSITION_ROOT} reads them and hands them on as values`,
  },
  {
    pattern:
      /\bDeno\s*\.\s*(create|write|writeFile|writeTextFile|rename|link|symlink|remove|mkdir|chmod|chown|copyFile|truncate|utime|makeTempDir|makeTempFile)(Sync)?\s*\(/,
    in: changesElsewhere,
    message: `changes the disk by itself: call its kin in ${DISK_CHANGES}, so that tests can stop and spoil it`,
  },
  {
    pattern: /\bDeno\s*\.\s*open(Sync)?\s*\([^)]*\b(write|append|create|createNew|truncate)\s*:/,
    in: changesElsewhere,
    message: `opens a file for writing by itself: ${DISK_CHANGES} has create and open`,
  },
  {
    pattern: /\.\s*(sync|syncData|truncate|utime)Sync\s*\(/,
    in: changesElsewhere,
    message: `syncs or cuts a file by itself: ${DISK_CHANGES} has sync and truncate`,
  },
  {
    pattern: /\bcatch\s*(\([^)]*\)\s*)?\{\s*\}/,
    in: () => true,
    message: "swallows an error: look at its code, handle that one, and throw the others again",
  },
];

export const BANNED_NAMES = /^(utils?|helpers?|common|misc|core|managers?|registry)$/;
