/**
 * Many paths in one buffer, in the order of their bytes, none twice, each with a newline behind it. A hundred thousand of them are read,
 * compared and looked for without a string for each; two lists of the same paths are the same bytes.
 */
import type { BundlePath } from "./bundle_path.ts";
import { encodedText } from "./encoded_text.ts";
import { compareUtf8 } from "./utf8_order.ts";

const SLASH = 0x2f;
const NEWLINE = 0x0a; // sorts before everything that a bundle path may hold, so that whole lines compare as their paths do

export class PathList implements Iterable<BundlePath> {
  #ends: Uint32Array<ArrayBuffer> | undefined;
  #paths: readonly BundlePath[] | undefined;

  private constructor(readonly bytes: Uint8Array<ArrayBuffer>) {}

  static of(paths: Iterable<BundlePath>): PathList {
    const sorted = [...paths].sort(compareUtf8);
    return PathList.ofSorted(encodedText(linesOf(sorted)));
  }

  /** @param bytes in order already, and ending with a newline. */
  static ofSorted(bytes: Uint8Array<ArrayBuffer>): PathList {
    return new PathList(bytes);
  }

  /** Where the newline of each stands; of a list that is only compared nobody asks. */
  get ends(): Uint32Array<ArrayBuffer> {
    return this.#ends ??= newlinesIn(this.bytes);
  }

  get length(): number {
    return this.ends.length;
  }

  /** Where a path begins. */
  start(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1]! + 1;
  }

  at(index: number): BundlePath {
    return (this.#paths?.[index] ??
      DECODER.decode(this.bytes.subarray(this.start(index), this.ends[index]))) as BundlePath;
  }

  /** For each path, whether it lies in another folder than the one before it; files of one folder mostly follow each other. */
  folderChanges(): Uint8Array {
    const { bytes, ends } = this;
    const changes = new Uint8Array(ends.length);
    let folder = -1; // where the folder before begins, and how long it is with its slash
    let length = 0;
    for (let index = 0, start = 0; index < ends.length; start = ends[index++]! + 1) {
      let name = ends[index]!;
      while (name > start && bytes[name - 1] !== SLASH) name--;
      let isSame = folder >= 0 && name - start === length;
      for (let at = length - 1; isSame && at >= 0; at--) isSame = bytes[start + at] === bytes[folder + at]; // they differ at their ends, mostly
      if (isSame) continue;
      changes[index] = 1;
      folder = start;
      length = name - start;
    }
    return changes;
  }

  /** All as strings; made once. */
  strings(): readonly BundlePath[] {
    if (this.#paths === undefined) {
      const paths = DECODER.decode(this.bytes).split("\n") as BundlePath[];
      paths.pop();
      this.#paths = paths;
    }
    return this.#paths;
  }

  [Symbol.iterator](): Iterator<BundlePath, undefined> {
    return this.strings()[Symbol.iterator]();
  }

  /** Where a path stands; -1 when it does not. */
  indexOf(path: string): number {
    const line = new TextEncoder().encode(`${path}\n`);
    const place = this.#placeOf(line);
    return place < this.length && compareLines(this.bytes, this.start(place), line, 0) === 0 ? place : -1;
  }

  /** Both lists in one, and for each of its paths the place in this one and in the other; -1 where it has none there. */
  joinedWith(other: PathList): { readonly list: PathList; readonly here: Int32Array; readonly there: Int32Array } {
    const [ends, others] = [this.ends, other.ends];
    const most = ends.length + others.length;
    const bytes = new Uint8Array(this.bytes.length + other.bytes.length);
    const [here, there] = [new Int32Array(most).fill(-1), new Int32Array(most).fill(-1)];
    let [count, to] = [0, 0];
    for (let index = 0, place = 0, start = 0, begin = 0; index < ends.length || place < others.length; count++) {
      const order = index === ends.length ? 1 : place === others.length ? -1 : compareLines(this.bytes, start, other.bytes, begin);
      const line = order <= 0 ? this.bytes.subarray(start, ends[index]! + 1) : other.bytes.subarray(begin, others[place]! + 1);
      bytes.set(line, to);
      to += line.length;
      if (order <= 0) {
        start = ends[index]! + 1;
        here[count] = index++;
      }
      if (order >= 0) {
        begin = others[place]! + 1;
        there[count] = place++;
      }
    }
    return { list: PathList.ofSorted(bytes.slice(0, to)), here: here.slice(0, count), there: there.slice(0, count) };
  }

  /** Those of the list that a mark other than 0 stands for. */
  only(marks: Uint8Array): PathList {
    const { ends } = this;
    const bytes = new Uint8Array(this.bytes.length);
    let to = 0;
    for (let index = 0, from = 0; index < ends.length; from = ends[index++]! + 1) {
      if (marks[index] === 0) continue;
      const line = this.bytes.subarray(from, ends[index]! + 1);
      bytes.set(line, to);
      to += line.length;
    }
    return to === this.bytes.length ? this : PathList.ofSorted(bytes.slice(0, to));
  }

  /** The same list with these in it too. */
  with(more: readonly BundlePath[]): PathList {
    const missing = PathList.of(more.filter((path) => this.indexOf(path) < 0));
    if (missing.length === 0) return this;
    const bytes = new Uint8Array(this.bytes.length + missing.bytes.length);
    let [from, to] = [0, 0];
    for (let index = 0; index < missing.length; index++) {
      const line = missing.bytes.subarray(missing.start(index), missing.ends[index]! + 1);
      const place = this.#placeOf(line);
      const before = this.bytes.subarray(from, place === this.length ? this.bytes.length : this.start(place));
      bytes.set(before, to);
      bytes.set(line, to + before.length);
      from += before.length;
      to += before.length + line.length;
    }
    bytes.set(this.bytes.subarray(from), to);
    return PathList.ofSorted(bytes);
  }

  /** The same list without these. */
  without(paths: readonly BundlePath[]): PathList {
    const places = [...new Set(paths.map((path) => this.indexOf(path)))].filter((place) => place >= 0).sort((a, b) => a - b);
    if (places.length === 0) return this;
    const bytes = new Uint8Array(this.bytes.length - places.reduce((sum, place) => sum + this.ends[place]! + 1 - this.start(place), 0));
    let [from, to] = [0, 0];
    for (const place of places) {
      const before = this.bytes.subarray(from, this.start(place));
      bytes.set(before, to);
      to += before.length;
      from = this.ends[place]! + 1;
    }
    bytes.set(this.bytes.subarray(from), to);
    return PathList.ofSorted(bytes);
  }

  /** Whether bytes that somebody else may have written are in order, none of them twice. */
  isInOrder(): boolean {
    const { bytes, ends } = this;
    for (let index = 1, before = 0; index < ends.length; index++) {
      const start = ends[index - 1]! + 1;
      if (compareLines(bytes, before, bytes, start) >= 0) return false;
      before = start;
    }
    return true;
  }

  /** For each path of this list its place in another one, -1 where it has none; null: both are the same. */
  placesIn(other: PathList): Int32Array | null {
    if (sameBytes(this.bytes, other.bytes)) return null;
    const places = new Int32Array(this.length).fill(-1);
    for (let index = 0, place = 0, start = 0, there = 0; start < this.bytes.length && there < other.bytes.length;) {
      const order = compareLines(this.bytes, start, other.bytes, there);
      if (order === 0) places[index] = place;
      if (order <= 0) start = this.ends[index++]! + 1;
      if (order >= 0) there = other.ends[place++]! + 1;
    }
    return places;
  }

  /** How many paths come before a line. */
  #placeOf(line: Uint8Array): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareLines(this.bytes, this.start(middle), line, 0) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true }); // a name may begin with one

function* linesOf(sorted: readonly string[]): Generator<string> {
  let before: string | undefined;
  for (const path of sorted) {
    if (path !== before) yield `${path}\n`;
    before = path;
  }
}

function newlinesIn(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  const ends = new Uint32Array(bytes.length); // what nobody writes to takes no memory
  let count = 0;
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === NEWLINE) ends[count++] = at;
  return ends.slice(0, count);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  let at = 0;
  if (a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0) { // four at once
    const words = a.length >> 2;
    const [left, right] = [new Int32Array(a.buffer, a.byteOffset, words), new Int32Array(b.buffer, b.byteOffset, words)];
    for (let word = 0; word < words; word++) if (left[word] !== right[word]) return false;
    at = words << 2;
  }
  for (; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

function compareLines(a: Uint8Array, from: number, b: Uint8Array, start: number): number {
  for (let at = 0;; at++) {
    const left = a[from + at]!;
    const right = b[start + at]!;
    if (left !== right) return left - right;
    if (left === NEWLINE) return 0;
  }
}
