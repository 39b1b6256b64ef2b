/** Pulls that were cut off: what had arrived whole is not fetched again, and what had not is not believed. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { Failure } from "../../src/base/failure.ts";
import { fails, hooked, isThere, Site, textOf } from "../support/site.ts";

/** Larger than what goes into packs or is fetched in groups: each has a blob of its own. */
const text = (letter: string) => letter.repeat(300_000);
const FILES = Object.fromEntries(["a", "b", "c", "d"].map((name) => [`${name}.txt`, text(name)]));
const DIGESTS = new Map(Object.entries(FILES).map(([path, content]) => [digestOf(new TextEncoder().encode(content)) as string, path]));

async function prepared(site: Site) {
  const ann = await site.project("ann", { "first.txt": "1" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  for (const [path, content] of Object.entries(FILES)) Deno.writeTextFileSync(join(ann.root, path), content);
  await site.add(ann, ".");
  await site.push(ann);
  return ben;
}

/** Names of the big files that are read; the `last`-th read of one fails. */
function listening(site: Site, last = Infinity) {
  const read: string[] = [];
  const remote = hooked({ ...site.remote(), parallel: 1 }, {
    before(verb, what) {
      const path = DIGESTS.get(what);
      if (verb !== "read blob" || path === undefined) return;
      if (read.length + 1 === last) throw new Failure("unreachable", "the line is cut", { hint: "wait" });
      read.push(path);
    },
  });
  return { remote, read };
}

Deno.test("a pull that failed and is run again fetches only what had not arrived", async () => {
  using site = new Site();
  const ben = await prepared(site);
  const first = listening(site, 3);
  await fails(site.pull(ben, {}, { remote: first.remote }), "unreachable");
  assert.equal(first.read.length, 2);
  assert.ok(!isThere(ben, "a.txt"));
  const second = listening(site);
  await site.pull(ben, {}, { remote: second.remote });
  assert.deepEqual([...first.read, ...second.read].sort(), Object.keys(FILES), "each once");
  for (const [path, content] of Object.entries(FILES)) assert.equal(textOf(ben, path), content);
  assert.ok(!isThere(ben, ".modelops-bundle/staging"));
});

Deno.test("what a killed pull had written in part, or what was spoiled since, is not taken; other commands leave it for a week", async () => {
  using site = new Site();
  const ben = await prepared(site);
  const left = join(ben.root, ".modelops-bundle/staging/0f8d2c6e");
  Deno.mkdirSync(left, { recursive: true });
  Deno.writeTextFileSync(join(left, "0"), text("a"));
  Deno.writeTextFileSync(join(left, "1"), text("b").slice(1));
  Deno.writeTextFileSync(join(left, "2"), text("c").replace("c", "x"));
  Deno.symlinkSync("/etc/hostname", join(left, "3"));
  Deno.writeTextFileSync(join(ben.root, "own.txt"), "own");
  await site.add(ben, "own.txt");
  assert.ok(isThere(ben, ".modelops-bundle/staging/0f8d2c6e/0"));
  const { remote, read } = listening(site);
  await site.pull(ben, {}, { remote });
  assert.deepEqual(read.sort(), ["b.txt", "c.txt", "d.txt"]);
  for (const [path, content] of Object.entries(FILES)) assert.equal(textOf(ben, path), content);
  assert.ok(!isThere(ben, ".modelops-bundle/staging"));

  Deno.mkdirSync(left, { recursive: true });
  Deno.writeTextFileSync(join(left, "0"), text("a"));
  const past = new Date(Date.now() - 8 * 24 * 3600_000);
  Deno.utimeSync(left, past, past);
  await site.remove(ben, ["own.txt"]);
  assert.ok(!isThere(ben, ".modelops-bundle/staging"), "swept by age");
});
