/**
 * A project as those see it who read Python: which files there are, where imports start, and the outline of each file that was read. A
 * value made by a flow; nothing here touches the disk.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Outline, ReadSource } from "./outline.ts";

/** A folder that imports start from: modules below it are named from there. */
export interface SourceRoot {
  /** From the project root, "" for the root itself; no slash at the end. */
  readonly folder: string;
  /** Dotted prefix that an installed module gets (hatch `sources = {"src/x" = "y"}`); "" nearly always. */
  readonly prefix: string;
}

export interface SourceLayout {
  /** In the order in which an import asks them; the project root is always one (the worker's current folder). */
  readonly roots: readonly SourceRoot[];
  /** What decided: `tool.hatch.build.targets.wheel`, `src/`, `config.yaml`, … for messages. */
  readonly from: string;
  /** Nothing says it: `src/` holds Python, and that is all. */
  readonly isGuessed?: boolean | undefined;
}

export interface ProjectSources {
  /** Every file on disk that is not ignored, and every tracked one; sorted by UTF-8 bytes. Nothing below `.modelops-bundle/`. */
  readonly files: ReadonlySet<BundlePath>;
  readonly folders: ReadonlySet<string>;
  readonly layout: SourceLayout;
  /** undefined for a file that was not read: nobody imports it. */
  readonly read: ReadonlyMap<BundlePath, ReadSource>;
  /** Of a file that is on disk and not in `files`: the pattern that leaves it alone, and where that stands; null for every other path. */
  readonly ignoredBy?: ((path: BundlePath) => string | null) | undefined;
}

/** null for a file that was not read, or cannot be read as Python. */
export function outlineOf(sources: ProjectSources, path: BundlePath): Outline | null {
  const read = sources.read.get(path);
  return read !== undefined && "outline" in read ? read.outline : null;
}
