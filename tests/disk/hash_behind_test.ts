/** Digests of files that are still being written: of what lies in them, and of nothing else. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { HashThreads } from "../../src/disk/hash_behind.ts";
import { inFolder, writeFile } from "./folder.ts";

const MIB = 1 << 20;

function bytesOf(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 997) bytes[i] = (i * 31 + seed) & 0xff;
  return bytes;
}

Deno.test("several files that grow at once are hashed behind their writers, an empty one and one that was there before included", () =>
  inFolder(async (folder) => {
    using hashing = new HashThreads();
    const results = await Promise.all([0, 1, MIB, 9 * MIB + 7, 20 * MIB].map(async (size, index) => {
      const bytes = bytesOf(size, index);
      const before = Math.floor(size / 3) * (index % 2);
      const path = writeFile(folder, `f${index}`, bytes.subarray(0, before));
      const hashed = hashing.follow(path);
      hashed.upTo(before);
      using file = await Deno.open(path, { append: true });
      for (let at = before; at < size; at += 700_000) {
        const piece = bytes.subarray(at, at + 700_000);
        for (let done = 0; done < piece.byteLength;) done += await file.write(piece.subarray(done));
        hashed.upTo(at + piece.byteLength);
      }
      return { found: await hashed.end(), expected: { digest: digestOf(bytes), size } };
    }));
    for (const { found, expected } of results) assert.deepEqual(found, expected);
  }));

Deno.test("only what was said to be there counts, and of a file that was cut only what is left", () =>
  inFolder(async (folder) => {
    using hashing = new HashThreads();
    const bytes = bytesOf(2 * MIB, 5);
    const path = writeFile(folder, "f", bytes);
    const some = hashing.follow(path);
    some.upTo(MIB + 1);
    assert.deepEqual(await some.end(), { digest: digestOf(bytes.subarray(0, MIB + 1)), size: MIB + 1 });
    const cut = hashing.follow(path);
    cut.upTo(3 * MIB);
    assert.deepEqual(await cut.end(), { digest: digestOf(bytes), size: 2 * MIB });
  }));

Deno.test("a file that cannot be read is a failure that names it; the thread goes on with others", () =>
  inFolder(async (folder) => {
    using hashing = new HashThreads();
    const absent = join(folder, "absent");
    const lost = hashing.follow(absent);
    lost.upTo(10 * MIB);
    await assert.rejects(lost.end(), (error) => isFailure(error, "not-found") && error.message.includes(absent));
    const hashed = hashing.follow(writeFile(folder, "f", "hello"));
    hashed.upTo(5);
    assert.equal((await hashed.end()).digest, digestOf(new TextEncoder().encode("hello")));
  }));

Deno.test("whoever waits is told when the file is left, or all threads are ended", () =>
  inFolder(async (folder) => {
    const hashing = new HashThreads();
    const path = writeFile(folder, "f", "hello");
    const left = hashing.follow(path);
    left.leave();
    await assert.rejects(left.end(), DOMException);
    const ended = hashing.follow(path);
    hashing[Symbol.dispose]();
    await assert.rejects(ended.end(), DOMException);
  }));
