/** Nothing that is not right keeps a name; nothing grows with the size. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { sourceOf } from "../../src/base/bytes.ts";
import { digestOf } from "../../src/base/digest.ts";
import { hangEffectHook } from "../../src/base/effect.ts";
import { Failure, isFailure } from "../../src/base/failure.ts";
import { fileSource } from "../../src/disk/file_source.ts";
import { HashThreads } from "../../src/disk/hash_behind.ts";
import { LARGE_PIECE } from "../../src/disk/piece_writer.ts";
import { writeVerified } from "../../src/disk/write_verified.ts";
import { inFolder, namesIn, writeFile } from "./folder.ts";

type Bytes = Uint8Array<ArrayBuffer>;

function expectedOf(bytes: Uint8Array) {
  return { digest: digestOf(bytes), size: bytes.byteLength };
}

function inPieces(pieces: readonly Uint8Array[]): ReadableStream<Bytes> {
  return ReadableStream.from(pieces.map((piece) => new Uint8Array(piece)));
}

Deno.test("any bytes in any pieces arrive as they are", () =>
  inFolder(async (folder) => {
    await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 })), async (pieces) => {
      const all = new Uint8Array(pieces.flatMap((piece) => [...piece]));
      const path = join(folder, crypto.randomUUID());
      let counted = 0;
      await writeVerified(path, inPieces(pieces), { expected: expectedOf(all), onBytes: (count) => counted += count });
      assert.deepEqual(Deno.readFileSync(path), all);
      assert.equal(counted, all.byteLength);
    }));
  }));

Deno.test("scenario 37: wrong, missing or additional bytes leave no file", () =>
  inFolder(async (folder) => {
    const right = new Uint8Array([1, 2, 3, 4]);
    for (const wrong of [[1, 2, 3, 5], [1, 2, 3], [1, 2, 3, 4, 5], []]) {
      const write = writeVerified(join(folder, "f"), inPieces([new Uint8Array(wrong)]), {
        expected: expectedOf(right),
        what: "data/a.csv",
      });
      await assert.rejects(write, (error) => isFailure(error, "corrupt") && error.message.includes("data/a.csv"));
      assert.deepEqual(namesIn(folder), []);
    }
  }));

Deno.test("a stream that fails in the middle fails with its own words and leaves no file", () =>
  inFolder(async (folder) => {
    const stream = ReadableStream.from((async function* () {
      yield new Uint8Array([1]) as Bytes;
      await Promise.resolve();
      throw new Failure("unreachable", "the cable is out");
    })());
    await assert.rejects(writeVerified(join(folder, "f"), stream, { expected: expectedOf(new Uint8Array(2)) }), /the cable is out/);
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("what exists is never written into", () =>
  inFolder(async (folder) => {
    const path = writeFile(folder, "f", "mine");
    let cancelled = false;
    const stream = new ReadableStream<Bytes>({ cancel: () => void (cancelled = true) });
    await assert.rejects(
      writeVerified(path, stream, { expected: expectedOf(new Uint8Array(0)) }),
      (error) => isFailure(error, "not-ready"),
    );
    assert.equal(Deno.readTextFileSync(path), "mine");
    assert.equal(cancelled, true);
  }));

Deno.test("an interruption ends a stream that says nothing any more", () =>
  inFolder(async (folder) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 10);
    const silent = new ReadableStream<Bytes>({ pull: () => new Promise(() => {}) });
    const write = writeVerified(join(folder, "f"), silent, { expected: expectedOf(new Uint8Array(1)), signal: stop.signal });
    await assert.rejects(write, (error) => isFailure(error, "interrupted"));
    assert.deepEqual(namesIn(folder), []);
  }));

Deno.test("a fast source waits for the disk: at most a piece is ahead", () =>
  inFolder(async (folder) => {
    const size = 64;
    const all = new Uint8Array(size << 20);
    let given = 0;
    let written = 0;
    let ahead = 0;
    const stream = new ReadableStream<Bytes>({
      pull(controller) {
        if (given === size) return controller.close();
        controller.enqueue(all.slice(given << 20, ++given << 20));
        ahead = Math.max(ahead, (given << 20) - written);
      },
    });
    await writeVerified(join(folder, "f"), stream, { expected: expectedOf(all), onBytes: (count) => written += count });
    assert.ok(ahead <= 3 << 20, `${ahead} bytes ahead`);
  }));

Deno.test("a big file, hashed and written at once, is the file, from either kind of stream", () =>
  inFolder(async (folder) => {
    const big = new Uint8Array(5 * LARGE_PIECE + 4711).map((_, at) => at * 31 + (at >> 13));
    const expected = expectedOf(big);
    const source = writeFile(folder, "source", "");
    Deno.writeFileSync(source, big);
    await writeVerified(join(folder, "lent"), await fileSource(source, big.byteLength).open(), { expected });
    const pieces = Array.from({ length: 50 }, (_, at) => big.subarray(at * 123_456, (at + 1) * 123_456));
    await writeVerified(join(folder, "owned"), inPieces(pieces), { expected });
    for (const name of ["lent", "owned"]) assert.equal(digestOf(Deno.readFileSync(join(folder, name))), expected.digest);
    const changed = big.slice();
    changed[changed.length - 1]! ^= 1;
    await assert.rejects(
      writeVerified(join(folder, "wrong"), inPieces([changed]), { expected }),
      (error) => isFailure(error, "corrupt"),
    );
    assert.deepEqual(namesIn(folder).sort(), ["lent", "owned", "source"]);
  }));

Deno.test("the disk is full in the middle of a big file: that is said, no later piece is written, no file is left", () =>
  inFolder(async (folder) => {
    const piece = () => new Uint8Array(LARGE_PIECE) as Bytes;
    for (const full of [1, 3, 5]) {
      let writes = 0;
      const before = hangEffectHook((effect, perform) => {
        if (effect.kind !== "write") return perform();
        if (++writes >= full) throw Object.assign(new Error("no room"), { code: "ENOSPC" });
        return perform();
      });
      try {
        const stream = inPieces([piece(), piece(), piece(), piece(), piece()]);
        const expected = expectedOf(new Uint8Array(5 * LARGE_PIECE));
        await assert.rejects(writeVerified(join(folder, "f"), stream, { expected }), /cannot write .*f: the disk is full/);
      } finally {
        hangEffectHook(before);
      }
      assert.equal(writes, full);
      assert.deepEqual(namesIn(folder), []);
    }
  }));

Deno.test("the mode is given at the making, less the umask", () =>
  inFolder(async (folder) => {
    const before = Deno.umask(0o027);
    try {
      await writeVerified(join(folder, "x"), await sourceOf(new Uint8Array(0)).open(), {
        expected: expectedOf(new Uint8Array(0)),
        mode: 0o777,
      });
      await writeVerified(join(folder, "y"), await sourceOf(new Uint8Array(0)).open(), {
        expected: expectedOf(new Uint8Array(0)),
        sync: true,
      });
    } finally {
      Deno.umask(before);
    }
    assert.deepEqual(["x", "y"].map((name) => Deno.statSync(join(folder, name)).mode! & 0o777), [0o750, 0o640]);
  }));

Deno.test("a file read as a source is the file, for either kind of reader, as often as wanted", () =>
  inFolder(async (folder) => {
    for (const length of [0, 1, 1 << 20, (3 << 20) + 7]) {
      const bytes = new Uint8Array(length).map((_, index) => index % 251);
      const source = fileSource(writeFile(folder, `f${length}`, bytes), length);
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(new Uint8Array(await new Response(await source.open()).arrayBuffer()), bytes);
        await writeVerified(join(folder, crypto.randomUUID()), await source.open(), { expected: expectedOf(bytes) });
      }
    }
  }));

Deno.test("a file that grew or shrank since it was measured is no source", () =>
  inFolder(async (folder) => {
    for (const length of [5, 3 << 20]) { // read at once, and in pieces
      const path = writeFile(folder, `f${length}`, new Uint8Array(length));
      for (const size of [length - 1, length + 1]) {
        const reading = async () => await new Response(await fileSource(path, size).open()).arrayBuffer();
        await assert.rejects(reading, (error) => isFailure(error, "changed-underneath") && error.message.includes(path));
      }
    }
    await assert.rejects(fileSource(join(folder, "none"), 1).open(), (error) => isFailure(error, "not-found"));
  }));

Deno.test("a source that nobody reads to the end closes its file", () =>
  inFolder(async (folder) => {
    const stream = await fileSource(writeFile(folder, "f", new Uint8Array(5 << 20)), 5 << 20).open();
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel(); // the test runner reports a file that stays open
  }));

Deno.test("what threads hash is verified as strictly: right bytes stay; wrong, too few and too many leave nothing", () =>
  inFolder(async (folder) => {
    using hashing = new HashThreads();
    const size = 6 * 1024 * 1024;
    const bytes = new Uint8Array(size).map((_, place) => place * 5 + (place >> 12));
    const expected = { digest: digestOf(bytes), size };
    const path = join(folder, "big");
    await writeVerified(path, new Blob([bytes]).stream(), { expected, hashing });
    assert.deepEqual(await Deno.readFile(path), bytes);
    await Deno.remove(path);
    const other = bytes.slice();
    other[size - 1]! ^= 1;
    for (const wrong of [[other], [bytes.subarray(1)], [bytes, bytes.subarray(0, 1)]]) {
      await assert.rejects(
        writeVerified(path, new Blob(wrong).stream(), { expected, hashing, what: "big.bin" }),
        (error) => isFailure(error, "corrupt") && error.message.startsWith("big.bin is corrupt: it has "),
      );
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }
    const stop = new AbortController();
    const endless = new ReadableStream({
      pull(controller) {
        controller.enqueue(bytes.slice(0, 1024));
        stop.abort();
      },
    }, { highWaterMark: 0 });
    await assert.rejects(
      writeVerified(path, endless, { expected, hashing, signal: stop.signal }),
      (error) => isFailure(error, "interrupted"),
    );
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));
