/** The law table, on random trees and row by row. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parseBundlePath } from "../../src/base/bundle_path.ts";
import { digestOf } from "../../src/base/digest.ts";
import type { FileContent } from "../../src/bundle/snapshot.ts";
import { type ChangeKind, compareSnapshots, kindOf } from "../../src/plan/compare.ts";
import { anyTree } from "./any_tree.ts";

const MIRROR: Readonly<Record<ChangeKind, ChangeKind>> = {
  "unchanged": "unchanged",
  "added": "remote-added",
  "modified": "remote-modified",
  "deleted": "remote-deleted",
  "remote-added": "added",
  "remote-modified": "modified",
  "remote-deleted": "deleted",
  "conflict": "conflict",
};

Deno.test("swapping folder and remote mirrors every kind", () => {
  fc.assert(fc.property(anyTree, anyTree, anyTree, (local, remote, base) => {
    const there = compareSnapshots(remote, local, base).map(({ path, kind }) => ({ path, kind: MIRROR[kind] }));
    assert.deepEqual(compareSnapshots(local, remote, base), there);
  }));
});

Deno.test("sides that are equal are unchanged, whatever the base says", () => {
  fc.assert(fc.property(anyTree, anyTree, (tree, base) => assert.deepEqual(compareSnapshots(tree, tree, base), [])));
});

Deno.test("a remote that equals the base shows local changes only", () => {
  fc.assert(fc.property(anyTree, anyTree, (local, base) => {
    for (const { kind } of compareSnapshots(local, base, base)) assert.match(kind, /^(added|modified|deleted)$/);
  }));
});

const A = content("a");
const B = content("b");
const C = content("c");
const ROWS: readonly [
  name: string,
  local: FileContent | undefined,
  remote: FileContent | undefined,
  base: FileContent | undefined,
  kind: ChangeKind,
][] = [
  ["scenario 11: L modified, R = base, then modified", B, A, A, "modified"],
  ["scenario 12: tracked, deleted before any sync and absent remotely, then no change", undefined, undefined, undefined, "unchanged"],
  ["scenario 13: a synced file deleted locally and unchanged remotely, then deleted", undefined, A, A, "deleted"],
  ["scenario 14: deleted locally and changed remotely, then conflict", undefined, B, A, "conflict"],
  ["scenario 15: L, R, base all different, then conflict", B, C, A, "conflict"],
  ["scenario 16: L = base and absent remotely, then deleted there", A, undefined, A, "remote-deleted"],
  ["L differs and absent remotely, then conflict", B, undefined, A, "conflict"],
  ["L ≠ R and no base, then conflict", A, B, undefined, "conflict"],
  ["R only, no base, then added there", undefined, A, undefined, "remote-added"],
  ["L only, no base, then added", A, undefined, undefined, "added"],
  ["both deleted, then unchanged", undefined, undefined, A, "unchanged"],
  ["only the executable bit differs, then modified", { ...A, executable: true }, A, A, "modified"],
];

for (const [name, local, remote, base, kind] of ROWS) {
  Deno.test(name, () => assert.equal(kindOf(local, remote, base), kind));
}

Deno.test("changes come sorted by the UTF-8 bytes of the path", () => {
  const paths = ["b", "a/z", "a", "\uffee", "\u{1f600}"].map(parseBundlePath);
  const local = new Map(paths.map((path) => [path, A]));
  assert.deepEqual(compareSnapshots(local, new Map(), new Map()).map(({ path }) => path), ["a", "a/z", "b", "\uffee", "\u{1f600}"]);
});

function content(text: string): FileContent {
  const bytes = new TextEncoder().encode(text);
  return { digest: digestOf(bytes), size: bytes.byteLength, executable: false };
}
