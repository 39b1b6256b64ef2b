/** Path → content, of any side: the folder, the remote bundle, the base that both last agreed on. */
import { type BundlePath, compareBundlePaths } from "../base/bundle_path.ts";
import type { Digest } from "../base/digest.ts";

export interface FileContent {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** The owner's bit; never true of a link. */
  readonly executable: boolean;
  /** The link's text, as `readlink` gives it; digest and size are then those of the file it leads to. */
  readonly link?: string | undefined;
}

export type Snapshot = ReadonlyMap<BundlePath, FileContent>;

export function sameContent(a: FileContent | undefined, b: FileContent | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  return a.digest === b.digest && a.executable === b.executable && a.link === b.link;
}

export function sameSnapshot(a: Snapshot, b: Snapshot): boolean {
  if (a.size !== b.size) return false;
  for (const [path, content] of a) if (!sameContent(content, b.get(path))) return false;
  return true;
}

export function sortedPaths(...sides: readonly Iterable<BundlePath>[]): BundlePath[] {
  const all = new Set<BundlePath>();
  for (const side of sides) for (const path of side) all.add(path);
  return [...all].sort(compareBundlePaths);
}

/** The path a link leads to, from the project root, or null when its text leads outside. */
export function linkTarget(link: BundlePath, text: string): string | null {
  if (text === "" || text.startsWith("/")) return null;
  const kept = link.split("/").slice(0, -1);
  for (const component of text.split("/")) {
    if (component === "" || component === ".") continue;
    if (component !== "..") kept.push(component);
    else if (kept.pop() === undefined) return null;
  }
  return kept.length === 0 ? null : kept.join("/");
}
