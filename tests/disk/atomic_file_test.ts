/** Small files are whole or not there. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import { readTextIfThere, removeIfThere, renameOver, writeAtomic, writeNew } from "../../src/disk/atomic_file.ts";
import { diskFailure, onDiskDo } from "../../src/disk/disk_failure.ts";
import { inFolder, namesIn } from "./folder.ts";

Deno.test("what was written is read back, and nothing else is left in the folder", () =>
  inFolder((folder) => {
    const file = join(folder, "a.txt");
    for (const text of ["one", "", "zwei\nä\u{1F980}\n"]) {
      writeAtomic(file, text, { sync: true });
      assert.equal(readTextIfThere(file), text);
      assert.deepEqual(namesIn(folder), ["a.txt"]);
    }
  }));

Deno.test("only a missing file is null; a directory in its place is a failure that names it", () =>
  inFolder((folder) => {
    assert.equal(readTextIfThere(join(folder, "none")), null);
    writeAtomic(join(folder, "file"), "x");
    assert.equal(readTextIfThere(join(folder, "file", "below")), null);
    assert.throws(() => readTextIfThere(folder), (error) => isFailure(error, "not-ready") && error.message.includes(folder));
  }));

Deno.test("scenario 37: a failed write leaves the old file and no temporary one", () =>
  inFolder((folder) => {
    Deno.mkdirSync(join(folder, "taken", "inside"), { recursive: true });
    assert.throws(() => writeAtomic(join(folder, "taken"), "x"), (error) => isFailure(error, "not-ready"));
    assert.deepEqual(namesIn(folder), ["taken"]);
    assert.throws(() => writeAtomic(join(folder, "no", "such"), "x"), (error) => isFailure(error, "not-found"));
  }));

Deno.test("the umask decides the mode of a new file, unless one is given", () =>
  inFolder((folder) => {
    const before = Deno.umask(0o002);
    try {
      writeAtomic(join(folder, "shared"), "x");
      writeAtomic(join(folder, "secret"), "x", { mode: 0o600 });
      writeAtomic(join(folder, "open"), "x", { mode: 0o666 });
      writeNew(join(folder, "new"), new Uint8Array(1), 0o666);
      writeNew(join(folder, "new.sh"), new Uint8Array(1), 0o777);
    } finally {
      Deno.umask(before);
    }
    const mode = (name: string) => Deno.statSync(join(folder, name)).mode! & 0o777;
    assert.deepEqual(["shared", "secret", "open", "new", "new.sh"].map(mode), [0o664, 0o600, 0o666, 0o664, 0o775]);
  }));

Deno.test("a link is replaced, not written through", () =>
  inFolder((folder) => {
    writeAtomic(join(folder, "target"), "kept");
    Deno.symlinkSync("target", join(folder, "link"));
    writeAtomic(join(folder, "link"), "new");
    assert.equal(readTextIfThere(join(folder, "target")), "kept");
    assert.equal(Deno.lstatSync(join(folder, "link")).isFile, true);
  }));

Deno.test("removing says whether there was something, and a rename of nothing fails", () =>
  inFolder((folder) => {
    writeAtomic(join(folder, "a"), "x");
    assert.equal(removeIfThere(join(folder, "a")), true);
    assert.equal(removeIfThere(join(folder, "a")), false);
    assert.throws(() => renameOver(join(folder, "a"), join(folder, "b")), Deno.errors.NotFound);
  }));

Deno.test("every error of the disk says what failed, on what, and why", () => {
  const system = (code: string) => Object.assign(new Error("x"), { code });
  for (
    const [code, kind, words] of [
      ["ENOSPC", "not-ready", "disk is full"],
      ["EDQUOT", "not-ready", "quota"],
      ["EROFS", "not-ready", "read-only"],
      ["EMFILE", "not-ready", "too many files"],
      ["EACCES", "not-ready", "permission denied"],
      ["ENOENT", "not-found", "does not exist"],
      ["EWHATEVER", "not-ready", "EWHATEVER"],
    ] as const
  ) {
    const failure = diskFailure(system(code), "write", "/p/a b.csv");
    assert.equal(failure.code, kind);
    assert.match(failure.message, new RegExp(`cannot write /p/a b\\.csv: .*${words}`));
    assert.equal(failure.facts.error, code);
  }
  assert.match(diskFailure(system("ENOSPC"), "write", "/etc/no such folder/a b.csv").hint!, /df -h \/etc {3}/);
  assert.throws(() => diskFailure(new RangeError("a bug"), "write", "/p"), RangeError);
});

Deno.test("a real full disk is told as such", { ignore: Deno.build.os !== "linux" }, () => {
  try {
    Deno.writeFileSync("/dev/full", new Uint8Array(1));
    assert.fail("it took the byte");
  } catch (error) {
    assert.match(diskFailure(error, "write", "/dev/full").message, /disk is full/);
  }
});

Deno.test("a fifo in a file's place is refused, and not waited for", { ignore: Deno.build.os === "windows" }, () =>
  inFolder((folder) => {
    const path = join(folder, "state.json");
    new Deno.Command("mkfifo", { args: [path] }).outputSync();
    assert.throws(() => readTextIfThere(path), (error) => isFailure(error, "not-ready") && /no regular file/.test(error.message));
  }));

Deno.test("a socket in a file's place, and an error that the runtime has no name for, are failures and no bugs", {
  ignore: Deno.build.os === "windows",
}, () =>
  inFolder((folder) => {
    const path = join(folder, "state.json");
    using _socket = Deno.listen({ transport: "unix", path });
    assert.throws(() => readTextIfThere(path), (error) => isFailure(error, "not-ready") && /no regular file/.test(error.message));
    assert.throws(
      () => onDiskDo("read", path, () => Deno.readFileSync(path)),
      (error) =>
        isFailure(error, "not-ready") && error.message === `cannot read ${path}: it is no file: a socket, or a device that is not there`,
    );
    const remoteIo = new Error("Remote I/O error (os error 121): open '/x'");
    assert.equal(diskFailure(remoteIo, "open", "/x").message, "cannot open /x: the system reports E121");
    assert.throws(() => diskFailure(new Error("a bug"), "open", "/x"), /^Error: a bug$/);
  }));
