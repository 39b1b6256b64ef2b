/** A list of paths that is asked as a set: a hash table of a hundred thousand is made only for those who ask much. */
import type { BundlePath } from "./bundle_path.ts";
import { PathList } from "./path_list.ts";

const FEW = 1000; // questions; each costs 2 µs, and the table of 100,000 paths 50 ms

export class PathSet implements ReadonlySet<BundlePath> {
  #asked = 0;
  #table: ReadonlySet<BundlePath> | undefined;

  constructor(readonly list: PathList) {}

  get size(): number {
    return this.list.length;
  }

  has(path: BundlePath): boolean {
    if (this.#table === undefined && this.#asked++ < FEW) return this.list.indexOf(path) >= 0;
    return this.#whole().has(path);
  }

  #whole(): ReadonlySet<BundlePath> {
    return this.#table ??= new Set(this.list);
  }

  [Symbol.iterator](): SetIterator<BundlePath> {
    return this.list.strings().values();
  }

  keys(): SetIterator<BundlePath> {
    return this[Symbol.iterator]();
  }

  values(): SetIterator<BundlePath> {
    return this[Symbol.iterator]();
  }

  entries(): SetIterator<[BundlePath, BundlePath]> {
    return this.#whole().entries();
  }

  forEach(look: (path: BundlePath, same: BundlePath, set: ReadonlySet<BundlePath>) => void): void {
    for (const path of this) look(path, path, this);
  }

  union<Other>(other: ReadonlySetLike<Other>): Set<BundlePath | Other> {
    return this.#whole().union(other);
  }

  intersection<Other>(other: ReadonlySetLike<Other>): Set<BundlePath & Other> {
    return this.#whole().intersection(other);
  }

  difference<Other>(other: ReadonlySetLike<Other>): Set<BundlePath> {
    return this.#whole().difference(other);
  }

  symmetricDifference<Other>(other: ReadonlySetLike<Other>): Set<BundlePath | Other> {
    return this.#whole().symmetricDifference(other);
  }

  isSubsetOf(other: ReadonlySetLike<unknown>): boolean {
    return this.#whole().isSubsetOf(other);
  }

  isSupersetOf(other: ReadonlySetLike<unknown>): boolean {
    return this.#whole().isSupersetOf(other);
  }

  isDisjointFrom(other: ReadonlySetLike<unknown>): boolean {
    return this.#whole().isDisjointFrom(other);
  }
}

/** The paths of a set as a list; of one that is a list already, that list. */
export function listOf(paths: Iterable<BundlePath>): PathList {
  return paths instanceof PathSet ? paths.list : paths instanceof PathList ? paths : PathList.of(paths);
}
