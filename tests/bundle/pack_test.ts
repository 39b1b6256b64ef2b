/** Laws of packs: the same everywhere, readable by any tar, found by their ranges, and steady under edits. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { canonicalJson, type Json } from "../../src/base/canonical_json.ts";
import { digestOf } from "../../src/base/digest.ts";
import { decodeIndex, encodeIndex, indexOf, knownPacks, packedIn, packsIn, snapshotOf } from "../../src/bundle/bundle_index.ts";
import { draftPacks, encodePack, MOST_LAYERS, PACKED_BELOW } from "../../src/bundle/pack.ts";
import { partsToFetch, REQUEST_COST } from "../../src/bundle/pack_ranges.ts";
import { type FileContent, sameSnapshot, type Snapshot } from "../../src/bundle/snapshot.ts";
import { anyPath } from "../base/generators.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const MIB = 1024 * 1024;

/** Bytes that depend on the name only, so that a whole tree is told by names and sizes. */
function bytesOf(name: string, size: number): Bytes {
  const bytes = new Uint8Array(size);
  const seed = new TextEncoder().encode(`${name}\n`);
  for (let i = 0; i < size; i++) bytes[i] = seed[i % seed.length]!;
  return bytes;
}

interface Tree {
  readonly snapshot: Snapshot;
  readonly bytes: ReadonlyMap<string, Bytes>;
}

function treeOf(files: Iterable<readonly [path: string, size: number, executable?: boolean]>): Tree {
  const snapshot = new Map<BundlePath, FileContent>();
  const bytes = new Map<string, Bytes>();
  for (const [path, size, executable = false] of files) {
    const own = bytesOf(path, size);
    bytes.set(path, own);
    snapshot.set(path as BundlePath, { digest: digestOf(own), size, executable });
  }
  return { snapshot, bytes };
}

function packsOf({ snapshot, bytes }: Tree, drafts = draftPacks(snapshot, "packs")) {
  return drafts.map((draft) => {
    const pack = encodePack(draft, ({ path }) => bytes.get(path)!);
    return { draft, pack, blob: { digest: digestOf(pack), size: pack.byteLength } };
  });
}

const anyTree: fc.Arbitrary<Tree> = fc.uniqueArray(
  fc.tuple(anyPath, fc.oneof(fc.nat(2000), fc.constantFrom(0, 1, 511, 512, 513, PACKED_BELOW - 1, PACKED_BELOW)), fc.boolean()),
  { selector: ([path]) => path.normalize("NFC").toLowerCase(), maxLength: 25 },
).map((files) => treeOf(files.filter(([path]) => !files.some(([other]) => other !== path && other.startsWith(`${path}/`)))));

Deno.test("the same snapshot has the same packs, in whatever order its files are told", () => {
  fc.assert(fc.property(anyTree, fc.infiniteStream(fc.nat()), (tree, numbers) => {
    const shuffled = new Map(
      [...tree.snapshot].map((entry) => ({ entry, key: numbers.next().value as number })).sort((a, b) => a.key - b.key)
        .map(({ entry }) => entry),
    );
    assert.deepEqual(draftPacks(shuffled, "packs"), draftPacks(tree.snapshot, "packs"));
  }));
});

Deno.test("every packed file is found by its range and has its own digest; the draft's size is the pack's", () => {
  fc.assert(fc.property(anyTree, (tree) => {
    for (const { draft, pack } of packsOf(tree)) {
      assert.equal(pack.byteLength, draft.size);
      for (const { path, content, offset } of draft.members) {
        assert.equal(digestOf(pack.subarray(offset, offset + content.size)), content.digest, path);
      }
    }
    const packed = new Set(draftPacks(tree.snapshot, "packs").flatMap(({ members }) => members.map(({ path }) => path)));
    for (const [path, { size }] of tree.snapshot) assert.equal(packed.has(path), size < PACKED_BELOW, path);
  }));
});

Deno.test("an index with packs comes back as it went, and is canonical JSON", () => {
  fc.assert(fc.property(anyTree, (tree) => {
    const packs = packsOf(tree);
    const index = indexOf(tree.snapshot, packs);
    const bytes = encodeIndex(index);
    assert.deepEqual(encodeIndex(decodeIndex(bytes, "it")), bytes);
    assert.ok(sameSnapshot(snapshotOf(index), tree.snapshot));
    const text = new TextDecoder().decode(bytes);
    assert.equal(canonicalJson(asMaps(JSON.parse(text))), text);
    assert.deepEqual(packsIn(index).map(({ digest }) => digest).toSorted(), packs.map(({ blob }) => blob.digest).toSorted());
    for (const { draft, blob } of packs) assert.deepEqual(knownPacks(index).find(draft), blob);
    for (const [path, { digest, size }] of tree.snapshot) if (size < PACKED_BELOW) assert.ok(packedIn(index).has(digest), path);
  }));
});

/** `__proto__` is a name like others. */
function asMaps(value: unknown): Json {
  if (Array.isArray(value)) return value.map(asMaps);
  if (typeof value !== "object" || value === null) return value as Json;
  return new Map(Object.entries(value).map(([key, item]) => [key, asMaps(item)]));
}

Deno.test("tar reads a pack: its listing is the index, and it unpacks to the same bytes, modes and links", async () => {
  const long = `deep/${"a-rather-long-folder-name/".repeat(9)}${"é".repeat(60)}.csv`;
  const tree = treeOf([["a.csv", 10], ["bin/run.sh", 700, true], ["data/größe 😀.csv", 512], ["empty", 0], [long, 1500], ["z/-x", 3]]);
  const files = new Map(tree.snapshot);
  const target = files.get("a.csv" as BundlePath)!;
  files.set("latest.csv" as BundlePath, { ...target, link: "a.csv" });
  const far = "b/".repeat(60);
  files.set(`${far}up` as BundlePath, { ...target, link: `${"../".repeat(60)}a.csv` });
  const { draft, pack } = packsOf({ ...tree, snapshot: files })[0]!;

  const folder = await Deno.makeTempDir({ prefix: "mops-tar-" });
  try {
    await Deno.writeFile(join(folder, "pack.tar"), pack);
    const listing = await tar(["-tvf", "pack.tar", "--quoting-style=literal", "--numeric-owner", "--full-time"], folder);
    const told = listing.trimEnd().split("\n").map((line) => /^(\S+) 0\/0 +(\d+) 1970-01-01 00:00:00 (.*)$/.exec(line)!.slice(1));
    assert.deepEqual(
      told,
      draft.members.map(({ path, content: { size, executable, link } }) =>
        link !== undefined ? ["lrwxrwxrwx", "0", `${path} -> ${link}`] : [executable ? "-rwxr-xr-x" : "-rw-r--r--", String(size), path]
      ),
    );
    await Deno.mkdir(join(folder, "out"));
    await tar(["-xf", "../pack.tar", "--no-same-owner"], join(folder, "out"));
    for (const { path, content: { executable, link, digest } } of draft.members) {
      const file = join(folder, "out", path);
      if (link !== undefined) assert.equal(await Deno.readLink(file), link);
      else {
        assert.equal(digestOf(await Deno.readFile(file)), digest, path);
        assert.equal(((await Deno.stat(file)).mode! & 0o100) !== 0, executable, path);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function tar(args: string[], cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("tar", { args, cwd, env: { TZ: "UTC", LC_ALL: "C.UTF-8" } }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

Deno.test("the line is drawn at 1,000 entries, unless the project draws it", () => {
  const small = (count: number) => treeOf(Array.from({ length: count }, (_, i) => [`f/${i}`, 1] as const)).snapshot;
  assert.equal(draftPacks(small(MOST_LAYERS), "auto").length, 0);
  assert.equal(draftPacks(small(MOST_LAYERS + 1), "auto").length, 1);
  assert.equal(draftPacks(small(MOST_LAYERS + 1), "files").length, 0);
  assert.equal(draftPacks(small(2), "packs").length, 1);
});

/** A project that grows old; digests stand for bytes, since nothing but digests decides here. */
class Project {
  readonly files = new Map<BundlePath, FileContent>();
  constructor(readonly roll: () => number, count: number, readonly size: () => number) {
    for (let i = 0; i < count; i++) this.files.set(this.name(), this.content());
  }

  name(): BundlePath {
    return `data/${Math.floor(this.roll() * 40)}/${Math.floor(this.roll() * 1e9).toString(36)}.csv` as BundlePath;
  }

  content(size = this.size()): FileContent {
    return { digest: digestOf(new TextEncoder().encode(String(this.roll()))), size, executable: false };
  }

  edit(): string {
    const paths = [...this.files.keys()];
    const path = paths[Math.floor(this.roll() * paths.length)]!;
    const file = this.files.get(path)!;
    const kind = ["bytes", "grows", "goes", "comes"][Math.floor(this.roll() * 4)]!;
    if (kind === "bytes") this.files.set(path, this.content(file.size));
    if (kind === "grows") this.files.set(path, this.content());
    if (kind === "goes") this.files.delete(path);
    if (kind === "comes") this.files.set(this.name(), this.content());
    return kind;
  }

  /** What decides a pack's digest, without its bytes. */
  packs(): string[] {
    const drafts = draftPacks(this.files, "packs");
    for (const [index, { size, members }] of drafts.entries()) {
      assert.ok(size <= 8 * MIB, `a pack of ${size} bytes`);
      assert.ok(size >= 2 * MIB || index === drafts.length - 1, `a pack of ${size} bytes, number ${index} of ${drafts.length}`);
      assert.ok(members.length > 0);
    }
    return drafts.map(({ members }) => members.map(({ path, content }) => `${path} ${content.digest}`).join("\n"));
  }
}

Deno.test("over many random edits the mean number of changed packs is at most 2, and cuts find each other again", () => {
  const began = performance.now();
  for (
    const [what, count, size] of [
      ["1 KiB each", 20_000, () => 1024],
      ["up to 100 KiB", 1_500, (roll: () => number) => Math.floor(roll() ** 3 * 100_000)],
    ] as const
  ) {
    const chance = new Chance();
    const roll = () => chance.next();
    const project = new Project(roll, count, () => size(roll));
    const edits = cases(60, 2000);
    let before = project.packs();
    let changed = 0;
    let most = 0;
    for (let i = 0; i < edits; i++) {
      const kind = project.edit();
      const after = project.packs();
      const known = new Set(before);
      const fresh = after.filter((pack) => !known.has(pack)).length;
      changed += fresh;
      most = Math.max(most, fresh);
      assert.ok(
        fresh < after.length,
        `an edit (${kind}) changed all ${after.length} packs: the cuts did not meet again (seed ${chance.seed})`,
      );
      before = after;
    }
    const mean = changed / edits;
    const mostOf = `${most} of ${before.length}`;
    tellTried(`packs, ${what}`, { edits, files: count, "mean of changed packs": mean.toFixed(2), "most": mostOf }, began, chance);
    assert.ok(mean <= 2, `mean ${mean}`);
  }
});

Deno.test("what is fetched of a pack covers what is wanted and costs no more than the whole, nor much more than each file alone", () => {
  const part = fc.record({ offset: fc.nat(8 * MIB), length: fc.nat(PACKED_BELOW) });
  fc.assert(fc.property(fc.array(part, { minLength: 1, maxLength: 30 }), (wanted) => {
    const size = 9 * MIB;
    const parts = partsToFetch(size, wanted);
    const cost = (all: readonly { length: number }[]) => all.reduce((sum, { length }) => sum + length + REQUEST_COST, 0);
    for (const { offset, length } of wanted) {
      assert.ok(parts.some((one) => one.offset <= offset && offset + length <= one.offset + one.length));
    }
    for (const [index, one] of parts.entries()) {
      assert.ok(one.offset + one.length <= size);
      if (index > 0) assert.ok(one.offset > parts[index - 1]!.offset + parts[index - 1]!.length);
    }
    assert.ok(cost(parts) <= cost([{ length: size }]));
    assert.ok(cost(parts) <= cost(wanted) * 8 / 7);
  }));
});
