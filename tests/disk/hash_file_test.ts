/** A digest is of one state of a file, or there is none. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { removeIfThere } from "../../src/disk/atomic_file.ts";
import { hashFile, hashFiles, hashFileSync } from "../../src/disk/hash_file.ts";
import { inFolder, writeFile } from "./folder.ts";

const MIB = 1 << 20;

function bytesOf(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 997) bytes[i] = (i * 31 + seed) & 0xff;
  return bytes;
}

Deno.test("every road to a digest gives the same one, in the order of the request", () =>
  inFolder(async (folder) => {
    const sizes = [0, 1, MIB - 1, 65 * MIB, MIB, MIB + 1, 70 * MIB, 9 * MIB + 5];
    const files = sizes.map((size, index) => ({ path: writeFile(folder, `f${index}`, bytesOf(size, index)), size }));
    let bytes = 0;
    const items: string[] = [];
    const hashed = await hashFiles(files, { onBytes: (count) => bytes += count, onItem: ({ path }) => items.push(path) });
    assert.deepEqual(hashed.map(({ digest }) => digest), sizes.map((size, index) => digestOf(bytesOf(size, index))));
    assert.deepEqual(hashed.map(({ size }) => size), sizes);
    assert.equal(bytes, sizes.reduce((sum, size) => sum + size, 0));
    assert.deepEqual(items.sort(), files.map(({ path }) => path).sort());
    assert.deepEqual((await hashFiles(files, { parallel: 1 })).map(({ digest }) => digest), hashed.map(({ digest }) => digest));
    for (const [index, { path }] of files.entries()) assert.equal(hashFileSync(path).digest, hashed[index]!.digest);
  }));

Deno.test("a wrong size in the request changes nothing but the road", () =>
  inFolder(async (folder) => {
    const path = writeFile(folder, "f", "hello");
    const digest = digestOf(new TextEncoder().encode("hello"));
    for (const size of [0, 5, 2 * MIB, 100 * MIB]) {
      const [one, two] = await hashFiles([{ path, size }, { path, size }]);
      assert.deepEqual([one!.digest, two!.digest, one!.size], [digest, digest, 5]);
    }
  }));

Deno.test("a file that changes while it is read is read once more", () =>
  inFolder(async (folder) => {
    const path = writeFile(folder, "f", bytesOf(12 * MIB, 1));
    let changes = 0;
    let counted = 0;
    const { digest } = await hashFile(path, {
      onBytes: (count) => {
        counted += count;
        if (changes++ === 0) Deno.writeFileSync(path, bytesOf(9 * MIB, 2));
      },
    });
    assert.equal(digest, digestOf(bytesOf(9 * MIB, 2)));
    assert.equal(counted, 9 * MIB);
  }));

Deno.test("a file that keeps changing is a failure that names it", () =>
  inFolder(async (folder) => {
    const path = writeFile(folder, "log.csv", bytesOf(8 * MIB, 1));
    const append = () => Deno.writeFileSync(path, new Uint8Array(1), { append: true });
    await assert.rejects(hashFile(path, { onBytes: append }), (error) =>
      isFailure(error, "changed-underneath") && error.message.includes(path));
  }));

Deno.test("a file replaced by another one, a folder or nothing while it is read is noticed", () =>
  inFolder(async (folder) => {
    const path = writeFile(folder, "f", bytesOf(8 * MIB, 1));
    const times = Deno.statSync(path);
    const swap = () => {
      Deno.removeSync(path);
      writeFile(folder, "f", bytesOf(8 * MIB, 2));
      Deno.utimeSync(path, times.atime!, times.mtime!);
    };
    let swapped = false;
    const { digest } = await hashFile(path, { onBytes: () => swapped || (swapped = true, swap()) });
    assert.equal(digest, digestOf(bytesOf(8 * MIB, 2)));
    await assert.rejects(hashFile(path, { onBytes: () => removeIfThere(path) }), (error) =>
      isFailure(error, "changed-underneath", "not-ready"));
    Deno.mkdirSync(path);
    await assert.rejects(hashFiles([{ path, size: 1 }]), (error) =>
      isFailure(error, "changed-underneath"));
  }));

Deno.test("a fifo is refused instead of waited for", { ignore: Deno.build.os === "windows" }, () =>
  inFolder(async (folder) => {
    const path = join(folder, "fifo");
    assert.equal((await new Deno.Command("mkfifo", { args: [path] }).output()).success, true);
    for (const size of [0, 2 * MIB]) {
      await assert.rejects(hashFiles([{ path, size }]), (error) => isFailure(error, "changed-underneath"));
    }
  }));

Deno.test("one file that fails stops the others, on all threads", () =>
  inFolder(async (folder) => {
    const good = writeFile(folder, "good", bytesOf(70 * MIB, 1));
    const bad = { path: join(folder, "none"), size: 70 * MIB };
    await assert.rejects(hashFiles([{ path: good, size: 70 * MIB }, bad, { path: good, size: 70 * MIB }]), (error) =>
      isFailure(error, "changed-underneath") && error.message.includes("none"));
  }));

Deno.test("an interruption ends hashing on every road", () =>
  inFolder(async (folder) => {
    const big = writeFile(folder, "big", bytesOf(80 * MIB, 1));
    for (const files of [[big], [big, big]]) {
      const stop = new AbortController();
      const requests = files.map((path) => ({ path, size: 80 * MIB }));
      await assert.rejects(hashFiles(requests, { signal: stop.signal, onBytes: () => stop.abort() }), (error) =>
        isFailure(error, "interrupted"));
    }
    const small = Array.from({ length: 3 }, (_, index) => ({ path: writeFile(folder, `s${index}`, "x"), size: 1 }));
    const stopped = AbortSignal.abort();
    await assert.rejects(hashFiles(small, { signal: stopped }), (error) =>
      isFailure(error, "interrupted"));
  }));
