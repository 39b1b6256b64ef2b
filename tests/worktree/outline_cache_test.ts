/** Outlines by digest: kept, forgotten, damaged, unwritable; never an error. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { OUTLINE_VERSION } from "../../src/python/outline.ts";
import { readOutline } from "../../src/python/read_outline.ts";
import { openOutlineCache } from "../../src/worktree/outline_cache.ts";

class Folder {
  readonly root = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "mops-outlines-" }));
  readonly file = join(this.root, ".modelops-bundle", "outlines.json");

  constructor() {
    Deno.mkdirSync(join(this.root, ".modelops-bundle"));
  }

  [Symbol.dispose](): void {
    Deno.chmodSync(join(this.root, ".modelops-bundle"), 0o755);
    Deno.removeSync(this.root, { recursive: true });
  }
}

function source(text: string) {
  const bytes = new TextEncoder().encode(text);
  return { digest: digestOf(bytes), source: readOutline(bytes) };
}

const A = source("import a\nx = 'é\\u2028'\n");
const B = source("def f(:\n");

function remember(folder: Folder, ...sources: { digest: Digest; source: ReturnType<typeof readOutline> }[]): void {
  const cache = openOutlineCache(folder, { write: true });
  for (const { digest, source } of sources) cache.remember(digest, source);
  cache.save();
}

Deno.test("what was remembered is found again, problems too, by the next one who opens the cache", () => {
  using folder = new Folder();
  assert.equal(openOutlineCache(folder, { write: true }).find(A.digest), null);
  remember(folder, A, B);
  const cache = openOutlineCache(folder, { write: true });
  assert.deepEqual(cache.find(A.digest), A.source);
  assert.deepEqual(cache.find(B.digest), B.source);
  assert.ok("problem" in B.source);
  assert.equal(typeof JSON.parse(Deno.readTextFileSync(folder.file)).outlines, "object", "the file is plain JSON");
});

Deno.test("the version before an edit stays known", () => {
  using folder = new Folder();
  remember(folder, A);
  remember(folder, B);
  assert.deepEqual(openOutlineCache(folder, { write: true }).find(A.digest), A.source);
});

Deno.test("the cache does not grow without end: what is unused is forgotten, the oldest first", () => {
  using folder = new Folder();
  const many = Array.from({ length: 2100 }, (_, index) => source(`x = ${index}\n`));
  remember(folder, A);
  remember(folder, ...many);
  remember(folder, B);
  const cache = openOutlineCache(folder, { write: true });
  assert.deepEqual(cache.find(many[0]!.digest), many[0]!.source);
  assert.equal(cache.find(A.digest), null);
  assert.deepEqual(cache.find(B.digest), B.source);
});

Deno.test("nothing is written when nothing is new, or when nothing may be written", () => {
  using folder = new Folder();
  const dry = openOutlineCache(folder, { write: false });
  dry.remember(A.digest, A.source);
  dry.save();
  assert.throws(() => Deno.statSync(folder.file), Deno.errors.NotFound);
  assert.deepEqual(dry.find(A.digest), A.source);
  remember(folder, A);
  Deno.utimeSync(folder.file, 1000, 1000);
  const cache = openOutlineCache(folder, { write: true });
  cache.find(A.digest);
  cache.save();
  assert.equal(Deno.statSync(folder.file).mtime!.getTime(), 1_000_000);
});

Deno.test("a damaged, foreign or older file counts as empty, whatever of it could still be read", () => {
  using folder = new Folder();
  remember(folder, A, B);
  const good = Deno.readTextFileSync(folder.file);
  const damages = [
    "",
    "{",
    "null",
    "[]\n",
    "\0\0",
    good.replace(`.${OUTLINE_VERSION}"`, `.${OUTLINE_VERSION + 1}"`),
    good.replace('"version":"', '"version":"9'),
  ];
  for (const text of damages) {
    Deno.writeTextFileSync(folder.file, text);
    assert.equal(openOutlineCache(folder, { write: true }).find(A.digest), null, text.slice(0, 40));
  }
  const line = good.split("\n").find((text) => text.includes(A.digest.slice(7)))!;
  for (const damaged of [line.slice(0, 90), line.replace("[-1,", "[99,"), line.replace("[-1,", "[null,"), `${line.slice(0, 67)}null,`]) {
    Deno.writeTextFileSync(folder.file, good.replace(line, damaged));
    assert.equal(openOutlineCache(folder, { write: true }).find(A.digest), null, damaged);
  }
  Deno.writeTextFileSync(folder.file, good.replace('"a"', '"b"')); // good JSON, of an import that is not there
  assert.equal(openOutlineCache(folder, { write: true }).find(A.digest), null);
  for (let length = 0; length < good.length; length += 97) {
    Deno.writeTextFileSync(folder.file, good.slice(0, length));
    const found = openOutlineCache(folder, { write: true }).find(A.digest);
    assert.ok(found === null || JSON.stringify(found) === JSON.stringify(A.source), `cut at ${length}`);
  }
});

Deno.test({
  name: "a project that cannot be written works, without a word (skipped for root, who may write everywhere)",
  ignore: Deno.build.os === "windows" || Deno.uid() === 0,
  fn: () => {
    using folder = new Folder();
    Deno.chmodSync(join(folder.root, ".modelops-bundle"), 0o555);
    remember(folder, A);
    assert.equal(openOutlineCache(folder, { write: true }).find(A.digest), null);
  },
});

Deno.test("a directory in its place is no error", () => {
  using folder = new Folder();
  Deno.mkdirSync(folder.file);
  remember(folder, A);
  assert.equal(openOutlineCache(folder, { write: true }).find(A.digest), null);
});
