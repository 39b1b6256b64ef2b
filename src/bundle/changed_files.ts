/** The files of a table but for some: what a folder holds that is nearly its base. Only the differences take room, and time to compare. */
import { type BundlePath, compareBundlePaths } from "../base/bundle_path.ts";
import type { FileTable } from "./file_table.ts";
import type { FileContent } from "./snapshot.ts";
import { SnapshotView } from "./snapshot_view.ts";

export class ChangedFiles extends SnapshotView {
  readonly #changes = new Map<BundlePath, FileContent | null>();

  constructor(readonly table: FileTable) {
    super();
  }

  /** What may be other than in the table; null: not there. */
  get changes(): ReadonlyMap<BundlePath, FileContent | null> {
    return this.#changes;
  }

  set(path: BundlePath, content: FileContent): void {
    this.#changes.set(path, content);
  }

  delete(path: BundlePath): void {
    this.#changes.set(path, null);
  }

  get size(): number {
    let size = this.table.size;
    for (const [path, content] of this.#changes) size += (content === null ? 0 : 1) - (this.table.has(path) ? 1 : 0);
    return size;
  }

  get(path: BundlePath): FileContent | undefined {
    const changed = this.#changes.get(path);
    return changed === undefined ? this.table.get(path) : changed ?? undefined;
  }

  has(path: BundlePath): boolean {
    const changed = this.#changes.get(path);
    return changed === undefined ? this.table.has(path) : changed !== null;
  }

  /** In the order of the paths. */
  *entries(): Generator<[BundlePath, FileContent], undefined> {
    const added = [...this.#changes.keys()].filter((path) => !this.table.has(path)).sort(compareBundlePaths).values();
    let next = added.next().value;
    for (const [path, content] of this.table.entries()) {
      for (; next !== undefined && compareBundlePaths(next, path) < 0; next = added.next().value) yield* this.#changed(next);
      if (this.#changes.has(path)) yield* this.#changed(path);
      else yield [path, content];
    }
    for (; next !== undefined; next = added.next().value) yield* this.#changed(next);
    return undefined;
  }

  *#changed(path: BundlePath): Generator<[BundlePath, FileContent]> {
    const content = this.#changes.get(path);
    if (content !== undefined && content !== null) yield [path, content];
  }
}
