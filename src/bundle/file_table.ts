/** A snapshot in columns: a hundred thousand files are at hand as soon as their bytes are, and compared without a record for each. */
import type { BundlePath } from "../base/bundle_path.ts";
import { DIGEST_BYTES, digestIn, digestWords, putDigest, putSameDigest } from "../base/digest.ts";
import { PathList } from "../base/path_list.ts";
import type { FileContent, Snapshot } from "./snapshot.ts";
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

  /** A table of its own, whatever the snapshot is. */
  static of(snapshot: Snapshot): FileTable {
    if (snapshot instanceof FileTable) return snapshot;
    const paths = PathList.of(snapshot.keys());
    const { length } = paths;
    const [sizes, executable, digests] = [new Float64Array(length), new Uint8Array(length), new Uint8Array(length * DIGEST_BYTES)];
    const links = new Map<BundlePath, string>();
    paths.strings().forEach((path, index) => {
      const content = snapshot.get(path)!;
      sizes[index] = content.size;
      executable[index] = content.executable ? 1 : 0;
      putDigest(digests, index, content.digest);
      if (content.link !== undefined) links.set(path, content.link);
    });
    return new FileTable(paths, sizes, executable, digests, links);
  }

  /** The same but for some files; null: it is not there. Of a path that is told twice the later content counts. */
  with(told: Iterable<readonly [BundlePath, FileContent | null]>): FileTable {
    const changes = new Map(told);
    const changed = PathList.of(changes.keys());
    const { list, here, there } = this.paths.joinedWith(changed);
    const changedPaths = changed.strings();
    const stays = Uint8Array.from(there, (place) => place >= 0 && changes.get(changedPaths[place]!) === null ? 0 : 1);
    const left = list.only(stays);
    const paths = left.placesIn(this.paths) === null ? this.paths : left; // the strings of which may have been made already
    const { length } = paths;
    const [sizes, executable, digests] = [new Float64Array(length), new Uint8Array(length), new Uint8Array(length * DIGEST_BYTES)];
    const [to, from] = [digestWords(digests), digestWords(this.digests)];
    const links = new Map(this.links);
    for (const path of changes.keys()) links.delete(path);
    for (let index = 0, row = 0; index < stays.length; index++) {
      if (stays[index] === 0) continue;
      const [place, old] = [there[index]!, here[index]!];
      if (place < 0) {
        sizes[row] = this.sizes[old]!;
        executable[row] = this.executable[old]!;
        putSameDigest(to, row, from, old);
      } else {
        const path = changedPaths[place]!;
        const content = changes.get(path)!;
        sizes[row] = content.size;
        executable[row] = content.executable ? 1 : 0;
        putDigest(digests, row, content.digest);
        if (content.link !== undefined) links.set(path, content.link);
      }
      row++;
    }
    return new FileTable(paths, sizes, executable, digests, links);
  }

  /** Another content for a file that is there and no link. */
  replace(path: BundlePath, { digest, size, executable }: FileContent): void {
    const row = this.paths.indexOf(path);
    this.sizes[row] = size;
    this.executable[row] = executable ? 1 : 0;
    putDigest(this.digests, row, digest);
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
