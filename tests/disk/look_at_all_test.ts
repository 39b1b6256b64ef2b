/** Looking at very many files at once tells what Deno tells of each. */
import assert from "node:assert/strict";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { PathList } from "../../src/base/path_list.ts";
import { lookAtAll } from "../../src/disk/look_at_all.ts";
import { ABSENT, emptyLooks, keepLook, type Looks, UNASKED } from "../../src/disk/looks.ts";
import { looksFrom } from "../../src/disk/quick_look.ts";

const isLinux = Deno.build.os === "linux";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mops-look-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Files of all sizes, modes and times, links, folders, and names that nothing has. */
function makeFiles(folder: string, count: number): PathList {
  const paths: string[] = [];
  for (let number = 0; number < count; number++) {
    if (number % 500 === 0) Deno.mkdirSync(`${folder}/d${number}é`);
    const path = `d${number - number % 500}é/${number}`;
    paths.push(path);
    const file = `${folder}/${path}`;
    if (number % 97 === 0) Deno.symlinkSync("nowhere", file);
    else if (number % 101 === 0) Deno.mkdirSync(file);
    else if (number % 103 !== 0) {
      Deno.writeFileSync(file, new Uint8Array(number % 7), { mode: number % 3 === 0 ? 0o755 : 0o640 });
      const time = number % 89 === 0 ? -5.5 : number * 1000 + 0.123 * (number % 9);
      Deno.utimeSync(file, time, time);
    }
  }
  return PathList.of(paths as BundlePath[]);
}

/** What is not answered is asked here, as `takeSnapshot` does. */
function lookedAt(folder: string, list: PathList, looks: Looks): Looks {
  const look = looksFrom(`${folder}/`, 1);
  list.strings().forEach((path, index) => looks.kinds[index] === UNASKED && keepLook(looks, index, look(path)));
  return looks;
}

const plain = (looks: Looks) => Object.values(looks).map((column: Float64Array | Uint8Array) => Array.from(column));

async function agreesWithDeno(folder: string, list: PathList): Promise<void> {
  const looks = await lookAtAll(`${folder}/`, list, () => {});
  if (isLinux && list.length >= 2000) {
    const unasked = looks.kinds.filter((kind) => kind === UNASKED).length;
    assert.ok(unasked < list.length / 30, `${unasked} of ${list.length} were left to Deno`);
  }
  const expected = lookedAt(folder, list, emptyLooks(list.length));
  assert.deepEqual(plain(lookedAt(folder, list, looks)), plain(expected));
  assert.ok(looks.kinds.includes(ABSENT));
}

for (const [count, how] of [[200, "few"], [3000, "many"]] as const) {
  Deno.test(`what lies at ${how} paths is told as Deno tells it`, () =>
    inFolder((folder) => agreesWithDeno(folder, makeFiles(folder, count))));
}

Deno.test("a folder that cannot be opened leaves everything to Deno", () =>
  inFolder(async (folder) => {
    const gone = await lookAtAll(`${folder}/gone/`, makeFiles(folder, 2000), () => {});
    assert.ok(gone.kinds.every((kind) => kind === UNASKED));
  }));

Deno.test("what is thrown in a turn ends the looking", { ignore: !isLinux }, () =>
  inFolder(async (folder) => {
    const stop = () => {
      throw new Error("stopped");
    };
    await assert.rejects(lookAtAll(`${folder}/`, makeFiles(folder, 20_000), stop), /stopped/);
  }));
