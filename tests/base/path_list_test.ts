import assert from "node:assert/strict";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { PathList } from "../../src/base/path_list.ts";
import { listOf, PathSet } from "../../src/base/path_set.ts";
import { compareUtf8 } from "../../src/base/utf8_order.ts";

/** Names that share beginnings, that are the beginning of others, and with units on both sides of the surrogates. */
const names = fc.array(
  fc.array(fc.constantFrom("a", "b", "-", ".", "/", "~", "é", "\uff01", "𝒜"), { minLength: 1, maxLength: 6 }).map((parts) =>
    parts.join("") as BundlePath
  ),
  { maxLength: 30 },
);
const sorted = (paths: Iterable<BundlePath>): BundlePath[] => [...new Set(paths)].sort(compareUtf8);

Deno.test("a list holds its paths in order, each once, and finds them and no others", () => {
  fc.assert(fc.property(names, names, (paths, others) => {
    const list = PathList.of(paths);
    const expected = sorted(paths);
    assert.deepEqual([...list], expected);
    assert.deepEqual(expected.map((_, index) => PathList.ofSorted(list.bytes).at(index)), expected);
    assert.ok(list.isInOrder());
    for (const path of [...paths, ...others]) assert.equal(list.indexOf(path), expected.indexOf(path));
  }));
});

Deno.test("paths are put in and taken out as of a set, and the places in another list are those of its paths", () => {
  fc.assert(fc.property(names, names, (paths, others) => {
    const [list, other] = [PathList.of(paths), PathList.of(others)];
    assert.deepEqual([...list.with(others)], sorted([...paths, ...others]));
    assert.deepEqual([...list.without(others)], sorted(paths.filter((path) => !others.includes(path))));
    const places = list.placesIn(other);
    const expected = [...list].map((path) => [...other].indexOf(path));
    if (places === null) assert.deepEqual(expected, expected.map((_, index) => index));
    else assert.deepEqual([...places], expected);
    assert.equal(list.placesIn(PathList.of(paths)), null);
  }));
});

Deno.test("two lists become one that says where each path stood, and a list keeps what is marked", () => {
  fc.assert(
    fc.property(names, names, fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 60, maxLength: 60 }), (paths, others, marks) => {
      const [mine, other] = [PathList.of(paths), PathList.of(others)];
      const { list, here, there } = mine.joinedWith(other);
      assert.deepEqual([...list], sorted([...paths, ...others]));
      assert.deepEqual([...here], [...list].map((path) => [...mine].indexOf(path)));
      assert.deepEqual([...there], [...list].map((path) => [...other].indexOf(path)));
      assert.deepEqual([...list.only(Uint8Array.from(marks))], [...list].filter((_, index) => marks[index] === 1));
    }),
  );
});

Deno.test("the folder changes where what stands before the last slash is another", () => {
  const folderOf = (path: string | undefined) => path?.slice(0, path.lastIndexOf("/") + 1);
  fc.assert(
    fc.property(names, (paths) => {
      const all = [...PathList.of(paths)];
      const expected = all.map((path, index) => folderOf(path) === folderOf(all[index - 1]) ? 0 : 1);
      assert.deepEqual([...PathList.of(paths).folderChanges()], expected);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("lines that are out of order, or twice there, are told", () => {
  const isInOrder = (text: string) => PathList.ofSorted(new TextEncoder().encode(text)).isInOrder();
  assert.ok(isInOrder("a\na-\na/b\n"));
  assert.ok(!isInOrder("a-\na\n"));
  assert.ok(!isInOrder("a\na\n"));
});

Deno.test("a set over a list answers as a set, however often it is asked", () => {
  const paths = ["a", "b/c", "z"] as BundlePath[];
  const set = new PathSet(PathList.of(paths));
  for (let time = 0; time < 1100; time++) {
    assert.ok(set.has("b/c" as BundlePath));
    assert.ok(!set.has("b" as BundlePath));
  }
  assert.equal(set.size, 3);
  assert.deepEqual([...set], paths);
  assert.deepEqual([...set.keys(), ...set.values()], [...paths, ...paths]);
  assert.deepEqual([...set.entries()], paths.map((path) => [path, path]));
  assert.deepEqual(set.union(new Set(["q"])), new Set([...paths, "q"]));
  assert.ok(new Set(paths).isSubsetOf(set));
  assert.equal(listOf(set), set.list);
  assert.deepEqual([...listOf(new Set(paths))], paths);
});
