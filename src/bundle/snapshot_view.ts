/** A snapshot that is no map of its own: whoever says how it is asked and gone through has the rest from here. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { FileContent, Snapshot } from "./snapshot.ts";

export abstract class SnapshotView implements Snapshot {
  abstract readonly size: number;
  abstract get(path: BundlePath): FileContent | undefined;
  abstract has(path: BundlePath): boolean;
  abstract entries(): Generator<[BundlePath, FileContent], undefined>;

  *keys(): Generator<BundlePath, undefined> {
    for (const [path] of this.entries()) yield path;
    return undefined;
  }

  *values(): Generator<FileContent, undefined> {
    for (const [, content] of this.entries()) yield content;
    return undefined;
  }

  forEach(look: (content: FileContent, path: BundlePath, side: Snapshot) => void): void {
    for (const [path, content] of this.entries()) look(content, path, this);
  }

  [Symbol.iterator](): Generator<[BundlePath, FileContent], undefined> {
    return this.entries();
  }
}
