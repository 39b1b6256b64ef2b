/** A snapshot in columns: a hundred thousand files are at hand as soon as their bytes are, and compared without a record for each. */
import type { BundlePath } from "../base/bundle_path.ts";
import { digestIn } from "../base/digest.ts";
import type { PathList } from "../base/path_list.ts";
import type { FileContent } from "./snapshot.ts";
import { SnapshotView } from "./snapshot_view.ts";

export class FileTable extends SnapshotView {
  constructor(
    readonly paths: PathList,
    readonly sizes: Float64Array,
    /** 1 or 0. */
    readonly executable: Uint8Array,
    readonly digests: Uint8Array,
    /** Texts of the links among them. */
    readonly links: ReadonlyMap<BundlePath, string>,
  ) {
    super();
  }

  get size(): number {
    return this.sizes.length;
  }

  at(index: number): FileContent {
    const link = this.links.size === 0 ? undefined : this.links.get(this.paths.at(index));
    return { digest: digestIn(this.digests, index), size: this.sizes[index]!, executable: this.executable[index] === 1, link };
  }

  get(path: BundlePath): FileContent | undefined {
    const index = this.paths.indexOf(path);
    return index < 0 ? undefined : this.at(index);
  }

  has(path: BundlePath): boolean {
    return this.paths.indexOf(path) >= 0;
  }

  override *keys(): Generator<BundlePath, undefined> {
    yield* this.paths.strings();
    return undefined;
  }

  *entries(): Generator<[BundlePath, FileContent], undefined> {
    const paths = this.paths.strings();
    for (let index = 0; index < paths.length; index++) yield [paths[index]!, this.at(index)];
    return undefined;
  }
}
