/** The thread of small files: all that it says is how many it did, and that is true. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { hangEffectHook } from "../../src/base/effect.ts";
import { type SmallFile, SmallFilesThread, startSmallFilesThread } from "../../src/disk/small_files_thread.ts";
import { inFolder } from "./folder.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** As many files as texts, one after the other in the buffer, with three bytes between them. */
function layOut(folder: string, texts: readonly string[]): { readonly files: SmallFile[]; readonly bytes: Uint8Array<ArrayBuffer> } {
  let offset = 0;
  const files = texts.map((text, i): SmallFile => {
    const own = encode(text);
    const file = { path: join(folder, String(i)), offset, size: own.byteLength, digest: digestOf(own), mode: i % 2 === 0 ? 0o666 : 0o777 };
    offset += own.byteLength + 3;
    return file;
  });
  const bytes = new Uint8Array(offset);
  files.forEach((file, i) => bytes.set(encode(texts[i]!), file.offset));
  return { files, bytes };
}

Deno.test("what is written is read again, byte for byte, modes included; the space between is left alone", async () => {
  await inFolder(async (folder) => {
    using thread = new SmallFilesThread();
    const { files, bytes } = layOut(folder, ["one", "", "three\n", "x".repeat(100_000)]);
    const before = bytes.slice();
    const written = await thread.write(bytes, files);
    assert.equal(written.done, 4);
    assert.deepEqual(written.bytes, before, "the buffer comes back");
    for (const { path, offset, size, mode } of files) {
      assert.deepEqual(Deno.readFileSync(path), before.slice(offset, offset + size));
      if (Deno.build.os !== "windows") assert.equal(Deno.lstatSync(path).mode! & 0o777, mode & ~Deno.umask());
    }
    const into = new Uint8Array(before.byteLength).fill(7);
    const read = await thread.read(into, files);
    assert.equal(read.done, 4);
    assert.equal(into.byteLength, 0, "it was handed over");
    assert.deepEqual(read.bytes, before.map((byte, at) => files.some(({ offset, size }) => at >= offset && at < offset + size) ? byte : 7));
  });
});

Deno.test("it stops at the first file that is missing, longer, shorter, of another digest, or no file; several tasks are answered in their order", async () => {
  await inFolder(async (folder) => {
    using thread = new SmallFilesThread();
    const { files, bytes } = layOut(folder, ["a", "b", "c", "d"]);
    await thread.write(bytes.slice(), files);
    const spoiled: Record<string, (path: string) => void> = {
      missing: (path) => Deno.removeSync(path),
      longer: (path) => Deno.writeTextFileSync(path, "cc"),
      shorter: (path) => Deno.writeTextFileSync(path, ""),
      different: (path) => Deno.writeTextFileSync(path, "C"),
      "a folder": (path) => {
        Deno.removeSync(path);
        Deno.mkdirSync(path);
      },
    };
    for (const [how, spoil] of Object.entries(spoiled)) {
      spoil(files[2]!.path);
      const answers = await Promise.all([
        thread.read(new Uint8Array(bytes.byteLength), files),
        thread.read(new Uint8Array(bytes.byteLength), files.slice(0, 2)),
        thread.read(new Uint8Array(bytes.byteLength), files.slice(2)),
      ]);
      assert.deepEqual(answers.map(({ done }) => done), [2, 2, 0], how);
      assert.equal(thread.waiting, 0);
    }
  });
});

Deno.test("it writes over nothing, and writes nothing whose digest is not the right one", async () => {
  await inFolder(async (folder) => {
    using thread = new SmallFilesThread();
    const { files, bytes } = layOut(folder, ["a", "b", "c"]);
    Deno.writeTextFileSync(files[1]!.path, "somebody's");
    assert.equal((await thread.write(bytes.slice(), files)).done, 1);
    assert.equal(Deno.readTextFileSync(files[1]!.path), "somebody's");
    bytes[files[2]!.offset] = 0;
    assert.equal((await thread.write(bytes, files.slice(2))).done, 0);
    assert.throws(() => Deno.lstatSync(files[2]!.path), Deno.errors.NotFound);
  });
});

Deno.test("there is none for a few files, and none where effects are listened to", () => {
  assert.equal(startSmallFilesThread(3999), null);
  const before = hangEffectHook((_effect, perform) => perform());
  try {
    assert.equal(startSmallFilesThread(100_000), null);
  } finally {
    hangEffectHook(before);
  }
  using thread = startSmallFilesThread(4000);
  assert.notEqual(thread, null);
});
