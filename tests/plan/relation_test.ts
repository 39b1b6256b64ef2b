/** How the folder stands to its tag, from values alone: each relation by its reason, and none by two. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { digestOf } from "../../src/base/digest.ts";
import { type Change, compareSnapshots } from "../../src/plan/compare.ts";
import { type Relation, relationOf, type RemoteView } from "../../src/plan/relation.ts";
import { anyTree } from "./any_tree.ts";

const HOLDS: RemoteView = { kind: "holds", digest: digestOf(new Uint8Array()) };
const anyView: fc.Arbitrary<RemoteView> = fc.constantFrom<RemoteView>(
  HOLDS,
  { kind: "absent" },
  { kind: "unreachable", reason: "away" },
  { kind: "unauthorized", reason: "no" },
  { kind: "offline" },
);

Deno.test("a pinned folder is pinned, whatever the remote says", () => {
  fc.assert(fc.property(anyView, anyTree, anyTree, (view, local, remote) => {
    assert.equal(relationOf(view, true, compareSnapshots(local, remote, remote)), "pinned");
  }));
});

Deno.test("what is not known of the remote is never told as if it were", () => {
  fc.assert(fc.property(anyView, anyTree, anyTree, anyTree, (view, local, remote, base) => {
    const relation = relationOf(view, false, compareSnapshots(local, remote, base));
    if (view.kind === "absent") assert.equal(relation, "not-pushed");
    else if (view.kind !== "holds") assert.equal(relation, view.kind);
    else assert.match(relation, /^(in-step|ahead|behind|diverged)$/);
  }));
});

Deno.test("in step if and only if folder and remote are equal; swapping the sides swaps ahead and behind", () => {
  const mirror: Partial<Record<Relation, Relation>> = { "ahead": "behind", "behind": "ahead" };
  fc.assert(fc.property(anyTree, anyTree, anyTree, (local, remote, base) => {
    const here = relationOf(HOLDS, false, compareSnapshots(local, remote, base));
    assert.equal(here === "in-step", compareSnapshots(local, remote, remote).length === 0);
    assert.equal(relationOf(HOLDS, false, compareSnapshots(remote, local, base)), mirror[here] ?? here);
    assert.match(relationOf(HOLDS, false, compareSnapshots(local, base, base)), /^(in-step|ahead)$/);
  }));
});

Deno.test("a conflict, or changes on both sides, is diverged", () => {
  const change = (kind: Change["kind"], path = "a"): Change => ({ kind, path: path as Change["path"] });
  assert.equal(relationOf(HOLDS, false, [change("conflict")]), "diverged");
  assert.equal(relationOf(HOLDS, false, [change("modified"), change("remote-deleted", "b")]), "diverged");
  assert.equal(relationOf(HOLDS, false, [change("deleted")]), "ahead");
  assert.equal(relationOf(HOLDS, false, [change("remote-deleted")]), "behind");
  assert.equal(relationOf(HOLDS, false, []), "in-step");
});
