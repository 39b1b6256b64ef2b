/** Beginnings of big files: who may go on with one, and that nothing in it is trusted. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Digest, digestOf, digestParts } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { HashThreads } from "../../src/disk/hash_behind.ts";
import { describeMyself } from "../../src/disk/owner.ts";
import { BIG, type BigFileOptions, fetchBigFile, type ReadPart } from "../../src/worktree/fetch_big_file.ts";
import { sweepPartials, takePartial } from "../../src/worktree/partials.ts";
import { fetchFile } from "../../src/worktree/fetch_file.ts";
import { parseBundlePath } from "../../src/base/bundle_path.ts";

const BYTES = new Uint8Array(1_000_000).map((_, place) => place * 31 + (place >> 9));
const BLOB = { digest: digestOf(BYTES), size: BYTES.byteLength };

let hashing: HashThreads;

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  using threads = new HashThreads();
  hashing = threads;
  const folder = await Deno.makeTempDir({ prefix: "mops-partials-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** A beginning that somebody left; `host` null: nobody says who. */
function leave(folder: string, digest: Digest, bytes: Uint8Array, owner: Record<string, unknown> | null, secondsAgo = 0): string {
  const token = crypto.randomUUID();
  Deno.mkdirSync(folder, { recursive: true });
  if (owner !== null) Deno.writeTextFileSync(join(folder, `${token}.json`), JSON.stringify({ ...describeMyself("mops"), token, ...owner }));
  const file = join(folder, `${digestParts(digest).encoded}.${token}`);
  Deno.writeFileSync(file, bytes);
  const then = new Date(Date.now() - secondsAgo * 1000);
  Deno.utimeSync(file, then, then);
  return file;
}

/** The same pid as ours, born at another time: certainly dead. */
const DEAD = { born: `${describeMyself("").born.split("/")[0]}/1`, pid: 999_999_999 };
/** proc(5), "stat", field 22. */
function bornOf(pid: number): string {
  const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
  return `${describeMyself("").born.split("/")[0]}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
}
const ELSEWHERE = { host: "another-machine" };

/** Gives what is asked of `bytes`, and says what was asked. */
function reading(bytes: Uint8Array<ArrayBuffer>, asked: number[]): ReadPart {
  return (_, { offset, length }) => {
    asked.push(offset);
    return Promise.resolve(new Blob([bytes.subarray(offset, offset + length)]).stream());
  };
}

function options(folder: string, readPart: ReadPart): BigFileOptions {
  return { partials: join(folder, "partials"), readPart, hashing, what: "big.bin" };
}

Deno.test("what a dead process left is gone on with at the byte, and leaves nothing behind", () =>
  inFolder(async (folder) => {
    leave(join(folder, "partials"), BLOB.digest, BYTES.subarray(0, 400_000), DEAD);
    leave(join(folder, "partials"), BLOB.digest, BYTES.subarray(0, 300_000), DEAD);
    const asked: number[] = [];
    let moved = 0;
    await fetchBigFile(join(folder, "big"), BLOB, { ...options(folder, reading(BYTES, asked)), onBytes: (count) => moved += count });
    assert.deepEqual(asked, [400_000], "the larger one");
    assert.equal(moved, BLOB.size);
    assert.deepEqual(await Deno.readFile(join(folder, "big")), BYTES);
    sweepPartials(join(folder, "partials"), Date.now() + 1000);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["big"]);
  }));

Deno.test("a beginning with wrong bytes is thrown away, and the file fetched once from its start", () =>
  inFolder(async (folder) => {
    leave(join(folder, "partials"), BLOB.digest, new Uint8Array(400_000), DEAD);
    const asked: number[] = [];
    let moved = 0;
    await fetchBigFile(join(folder, "big"), BLOB, { ...options(folder, reading(BYTES, asked)), onBytes: (count) => moved += count });
    assert.deepEqual(asked, [400_000, 0]);
    assert.equal(moved, BLOB.size, "what was fetched in vain is taken back");
    assert.deepEqual(await Deno.readFile(join(folder, "big")), BYTES);
  }));

Deno.test("a beginning that is longer than the file is none", () =>
  inFolder(async (folder) => {
    leave(join(folder, "partials"), BLOB.digest, new Uint8Array(BLOB.size + 1), DEAD);
    const asked: number[] = [];
    await fetchBigFile(join(folder, "big"), BLOB, options(folder, reading(BYTES, asked)));
    assert.deepEqual(asked, [0]);
  }));

Deno.test("wrong bytes from the remote are corrupt, and nothing of them stays", () =>
  inFolder(async (folder) => {
    const asked: number[] = [];
    const fetching = fetchBigFile(join(folder, "big"), BLOB, options(folder, reading(new Uint8Array(BLOB.size), asked)));
    await assert.rejects(fetching, (error) => isFailure(error, "corrupt") && /big\.bin is corrupt/.test(error.message));
    assert.deepEqual(asked, [0], "and are asked for once");
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("what a line that broke has brought stays, and the next try goes on there", () =>
  inFolder(async (folder) => {
    const broken: ReadPart = () =>
      Promise.resolve(
        new ReadableStream({
          start(controller) {
            controller.enqueue(BYTES.slice(0, 250_000));
          },
          pull: () => Promise.reject(new Error("cut")),
        }, { highWaterMark: 0 }),
      );
    await assert.rejects(fetchBigFile(join(folder, "big"), BLOB, options(folder, broken)), /cut/);
    const asked: number[] = [];
    await fetchBigFile(join(folder, "big"), BLOB, options(folder, reading(BYTES, asked)));
    assert.deepEqual(asked, [250_000]);
  }));

Deno.test("nobody takes what a process works on that lives, or that lives on another machine and wrote a moment ago", () =>
  inFolder(async (folder) => {
    const bytes = BYTES.subarray(0, 400_000);
    const files = [
      leave(folder, BLOB.digest, bytes, { pid: Deno.ppid, born: bornOf(Deno.ppid) }, 3600),
      leave(folder, BLOB.digest, bytes, ELSEWHERE),
      leave(folder, BLOB.digest, bytes, null),
      leave(folder, digestOf(new Uint8Array(1)), bytes, DEAD),
    ];
    const mine = takePartial(folder, BLOB.digest);
    assert.throws(() => Deno.lstatSync(mine), Deno.errors.NotFound, "a new one");
    for (const file of files) assert.equal(Deno.lstatSync(file).size, 400_000);
  }));

for (const [who, owner] of [["another machine that", ELSEWHERE], ["a process that has left no name and", null]] as const) {
  Deno.test(`what ${who} has written nothing for long is taken`, () =>
    inFolder((folder) => {
      leave(folder, BLOB.digest, BYTES.subarray(0, 400_000), owner, 120);
      assert.equal(Deno.lstatSync(takePartial(folder, BLOB.digest)).size, 400_000);
      return Promise.resolve();
    }));
}

Deno.test("of several processes that want one partial, exactly one has it", () =>
  inFolder(async (folder) => {
    leave(folder, BLOB.digest, BYTES.subarray(0, 400_000), DEAD);
    const program = new URL("partial_process.ts", import.meta.url).pathname;
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const children = Array.from({ length: 3 }, () =>
      new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "--config", config, program, folder, BLOB.digest],
        stdin: "piped",
        stdout: "piped",
      }).spawn());
    const inputs = children.map((child) => child.stdin.getWriter());
    const outputs = children.map((child) => child.stdout.getReader());
    await Promise.all(inputs.map((input) => input.write(new Uint8Array(1))));
    const said = await Promise.all(outputs.map(async (output) => new TextDecoder().decode((await output.read()).value).trim()));
    assert.deepEqual(said.sort(), ["0", "0", "400000"]);
    await Promise.all(inputs.map((input) => input.close()));
    for (const output of outputs) await output.cancel();
    for (const child of children) await child.status;
  }));

Deno.test("partials are swept by age, with the names of owners that own nothing", () =>
  inFolder((folder) => {
    const old = leave(folder, BLOB.digest, BYTES, DEAD, 8 * 24 * 3600);
    const young = leave(folder, BLOB.digest, BYTES, DEAD, 6 * 24 * 3600);
    sweepPartials(folder, Date.now() - 7 * 24 * 3600_000);
    assert.throws(() => Deno.lstatSync(old), Deno.errors.NotFound);
    const token = young.split(".").at(-1)!;
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
      [young.slice(folder.length + 1), `${token}.json`].sort(),
    );
    sweepPartials(folder, Date.now());
    assert.throws(() => Deno.lstatSync(folder), Deno.errors.NotFound);
    Deno.mkdirSync(folder);
    return Promise.resolve();
  }));

Deno.test("small files make no partials", () =>
  inFolder(async (folder) => {
    assert.ok(BLOB.size < BIG);
    await fetchFile(join(folder, "small"), parseBundlePath("small"), { ...BLOB, executable: false }, {
      read: () => Promise.resolve(new Blob([BYTES]).stream()),
      readPart: () => Promise.reject(new Error("not asked")),
      hashing,
      partials: join(folder, "partials"),
      local: new Map(),
      emit: () => {},
    });
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["small"]);
  }));
