/**
 * A disk where names that differ only by case, or by Unicode form, are one file, and the first name stays: every function of Deno that takes
 * a path looks first for a name that is there already. For names below one folder, in this thread.
 */
import { join } from "node:path";

export interface Folding {
  readonly case: boolean;
  readonly form: boolean;
}

type Call = (...parameters: unknown[]) => unknown;
const ONE_PATH =
  "lstat lstatSync stat statSync open openSync readFile readFileSync readTextFile readTextFileSync writeFileSync readDir readDirSync readLinkSync realPathSync removeSync mkdirSync chmodSync utimeSync"
    .split(" ");
const TWO_PATHS = "renameSync linkSync copyFileSync".split(" ");

/** Until the work has ended. */
export async function onFoldingDisk<T>(root: string, folding: Folding, work: () => Promise<T>): Promise<T> {
  const deno = Deno as unknown as Record<string, Call>;
  const before = Object.fromEntries([...ONE_PATH, ...TWO_PATHS, "symlinkSync"].map((name) => [name, deno[name]!]));
  const fold = (name: string): string => {
    const formed = folding.form ? name.normalize("NFC") : name;
    return folding.case ? formed.toLowerCase() : formed;
  };
  /** The path by the names that are there. */
  const there = (path: unknown): unknown => {
    if (typeof path !== "string" || !path.startsWith(`${root}/`)) return path;
    let found = root;
    for (const name of path.slice(root.length + 1).split("/")) found = join(found, nameIn(found, name));
    return found;
  };
  const nameIn = (folder: string, name: string): string => {
    let names: string[];
    try {
      names = Array.from(before.readDirSync!(folder) as Iterable<Deno.DirEntry>, (entry) => entry.name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return name;
      throw error;
    }
    return names.includes(name) ? name : names.find((other) => fold(other) === fold(name)) ?? name;
  };
  for (const name of ONE_PATH) deno[name] = (path, ...rest) => before[name]!(there(path), ...rest);
  for (const name of TWO_PATHS) {
    deno[name] = (from, to, ...rest) => {
      const [one, other] = [there(from), there(to)];
      return before[name]!(one, name === "renameSync" && one === other ? to : other, ...rest); // a name may change its case
    };
  }
  deno.symlinkSync = (text, path, ...rest) => before.symlinkSync!(text, there(path), ...rest);
  try {
    return await work();
  } finally {
    Object.assign(deno, before);
  }
}
