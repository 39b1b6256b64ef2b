/** The laws of a pull, on random trees. A failure prints the seed that makes it happen again. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type BundlePath, parseBundlePath } from "../../src/base/bundle_path.ts";
import { digestOf } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { type FileContent, sameContent, type Snapshot } from "../../src/bundle/snapshot.ts";
import { planPull, type PullDecisions, type PullPlan } from "../../src/plan/pull.ts";
import { anyPaths, anyTree, applied, PATHS, side } from "./any_tree.ts";

const NONE: PullDecisions = { overwrite: false, restoreDeleted: false, take: [], keep: [] };

/** Tracked are all files here but some; those are untracked on disk. */
function plan(
  local: Snapshot,
  remote: Snapshot,
  base: Snapshot,
  options: Partial<PullDecisions> = {},
  strangers: readonly BundlePath[] = [],
): PullPlan {
  const tracked = new Map([...local].filter(([path]) => !strangers.includes(path)));
  const untracked = new Map([...local].filter(([path]) => strangers.includes(path) && remote.has(path)));
  return planPull({ local: side(tracked), remote: side(remote), base: side(base), tracked: new Set(tracked.keys()), untracked }, {
    ...NONE,
    ...options,
  });
}

Deno.test("planning again after applying a plan yields no edits", () => {
  fc.assert(
    fc.property(
      anyTree,
      anyTree,
      anyTree,
      fc.boolean(),
      fc.boolean(),
      anyPaths,
      (local, remote, base, overwrite, restoreDeleted, strangers) => {
        const first = plan(local, remote, base, { overwrite, restoreDeleted }, strangers);
        if (first.conflicts.length > 0) return;
        const now = applied(local, first.edits);
        const left = [...now.keys()].filter((path) => !first.tracked.has(path));
        const again = plan(now, remote, remote, { overwrite, restoreDeleted }, left);
        assert.deepEqual(again.edits, []);
      },
    ),
  );
});

Deno.test("local work is never replaced unless the user decided so", () => {
  fc.assert(fc.property(anyTree, anyTree, anyTree, anyPaths, (local, remote, base, strangers) => {
    for (const edit of plan(local, remote, base, {}, strangers).edits) {
      const here = local.get(edit.path);
      assert.ok(here === undefined || sameContent(here, base.get(edit.path)) && !strangers.includes(edit.path), edit.path);
    }
  }));
});

Deno.test("files that were never synced stay, even with --overwrite", () => {
  fc.assert(fc.property(anyTree, anyTree, anyTree, (local, remote, base) => {
    const edits = plan(local, remote, base, { overwrite: true }).edits;
    for (const path of PATHS) {
      if (local.has(path) && !remote.has(path) && !base.has(path)) assert.ok(!edits.some((edit) => edit.path === path), path);
    }
  }));
});

Deno.test("with --overwrite everything that was ever synced is as the remote has it, and nothing conflicts", () => {
  fc.assert(fc.property(anyTree, anyTree, anyTree, (local, remote, base) => {
    const { edits, conflicts } = plan(local, remote, base, { overwrite: true });
    assert.deepEqual(conflicts, []);
    const now = applied(local, edits);
    for (const path of PATHS) if (remote.has(path) || base.has(path)) assert.ok(sameContent(now.get(path), remote.get(path)), path);
  }));
});

Deno.test("--keep leaves a path as it is, and --take makes it the remote's", () => {
  fc.assert(fc.property(anyTree, anyTree, anyTree, anyPaths, (local, remote, base, chosen) => {
    const known = chosen.filter((path) => local.has(path) || remote.has(path) || base.has(path));
    const rest = PATHS.filter((path) => !chosen.includes(path) && (local.has(path) || remote.has(path) || base.has(path)));
    const { edits, conflicts } = plan(local, remote, base, { keep: known, take: rest });
    assert.deepEqual(conflicts, []);
    const now = applied(local, edits);
    for (const path of known) assert.ok(sameContent(now.get(path), local.get(path)), path);
    for (const path of rest) if (remote.has(path) || base.has(path)) assert.ok(sameContent(now.get(path), remote.get(path)), path);
  }));
});

Deno.test("every edit says what it replaces", () => {
  fc.assert(fc.property(anyTree, anyTree, anyTree, fc.boolean(), anyPaths, (local, remote, base, overwrite, strangers) => {
    for (const edit of plan(local, remote, base, { overwrite }, strangers).edits) {
      assert.ok(sameContent(edit.replaces ?? undefined, local.get(edit.path)), edit.path);
    }
  }));
});

const [A, B] = PATHS as [BundlePath, BundlePath];
const [one, two, three] = ["one", "two", "three"].map((text) => fileOf(text));

Deno.test("scenario 18: restore-deleted brings back deleted files and touches nothing else", () => {
  const base = new Map([[A, one!], [B, one!]]);
  const { edits, conflicts } = plan(new Map([[B, two!]]), base, base, { restoreDeleted: true });
  assert.deepEqual([edits.map(({ path }) => path), conflicts], [[A], []]);
});

Deno.test("scenario 19: a deleted file that is absent remotely cannot be restored", () => {
  assert.deepEqual(plan(new Map(), new Map(), new Map([[A, one!]]), { restoreDeleted: true }).edits, []);
});

Deno.test("scenario 23: an untracked file in the way is a conflict, and with overwrite it is replaced and tracked", () => {
  const local = new Map([[A, one!]]);
  const remote = new Map([[A, two!]]);
  assert.equal(plan(local, remote, new Map(), {}, [A]).conflicts[0]?.reason, "untracked here, added there");
  const taken = plan(local, remote, new Map(), { overwrite: true }, [A]);
  assert.deepEqual(taken.edits, [{ kind: "write", path: A, content: two, replaces: one }]);
  assert.ok(taken.tracked.has(A));
});

Deno.test("an untracked file in the way that is kept is tracked, so that a push publishes it and not its deletion", () => {
  const { edits, conflicts, kept, tracked } = plan(new Map([[A, one!]]), new Map([[A, two!]]), new Map(), { keep: [A] }, [A]);
  assert.deepEqual([edits, conflicts, kept, [...tracked]], [[], [], [{ path: A, kind: "modified" }], [A]]);
});

Deno.test("a file that was tracked once and is kept stays untracked: mine is that it leaves the bundle", () => {
  for (const remote of [one!, two!]) { // changed there, and not
    const { edits, kept, tracked } = plan(new Map([[A, one!]]), new Map([[A, remote]]), new Map([[A, one!]]), { keep: [A] }, [A]);
    assert.deepEqual([edits, kept, [...tracked]], [[], [{ path: A, kind: "deleted" }], []]);
  }
});

Deno.test("an untracked file with the remote's bytes is tracked, not fetched", () => {
  const { edits, conflicts, tracked } = plan(new Map([[A, one!]]), new Map([[A, one!]]), new Map(), {}, [A]);
  assert.deepEqual([edits, conflicts, [...tracked]], [[], [], [A]]);
});

Deno.test("scenario 24: with overwrite modified files revert, deleted ones go, conflicts take the remote's side", () => {
  const base = new Map([[A, one!], [B, one!]]);
  const { edits, tracked } = plan(new Map([[A, two!], [B, two!]]), new Map([[A, one!]]), base, { overwrite: true });
  assert.deepEqual(edits.map(({ kind, path }) => [kind, path]), [["write", A], ["remove", B]]);
  assert.deepEqual([...tracked], [A]);
});

Deno.test("B19: changed here and deleted there is resolved by --overwrite", () => {
  const { edits } = plan(new Map([[A, two!]]), new Map(), new Map([[A, one!]]), { overwrite: true });
  assert.deepEqual(edits.map(({ kind, path }) => [kind, path]), [["remove", A]]);
});

Deno.test("a file here where the remote has a folder is a conflict", () => {
  const folder = parseBundlePath("b");
  const { conflicts } = plan(new Map([[folder, three!]]), new Map([[B, one!]]), new Map());
  assert.deepEqual(conflicts.map(({ path }) => path), [folder]);
});

Deno.test("a folder that the remote made of a file is taken when the file is unchanged here", () => {
  const file = parseBundlePath("b");
  const { edits, conflicts } = plan(new Map([[file, one!]]), new Map([[B, two!]]), new Map([[file, one!]]));
  assert.deepEqual(conflicts, []);
  assert.deepEqual(edits.map(({ kind, path }) => [kind, path]), [["remove", file], ["write", B]]);
});

Deno.test("--take and --keep must name something, and not the same thing", () => {
  assert.throws(() => plan(new Map([[A, one!]]), new Map(), new Map(), { keep: ["nowhere"] }), (error) => isFailure(error, "usage"));
  assert.throws(() => plan(new Map([[A, one!]]), new Map(), new Map(), { keep: [A], take: [""] }), (error) => isFailure(error, "usage"));
});

function fileOf(text: string): FileContent {
  return { digest: digestOf(new TextEncoder().encode(text)), size: text.length, executable: false };
}

Deno.test("no edit is lost: what was changed here since the base is kept, is what the remote has, or is in the conflicts", () => {
  fc.assert(
    fc.property(anyTree, anyTree, anyTree, anyPaths, (local, remote, base, strangers) => {
      const { edits, conflicts, kept } = plan(local, remote, base, {}, strangers);
      const asked = new Set(conflicts.map(({ path }) => path));
      const told = new Set(kept.map(({ path }) => path));
      const after = applied(local, edits);
      for (const path of PATHS) {
        if (strangers.includes(path) || sameContent(local.get(path), base.get(path)) || asked.has(path)) continue;
        assert.ok(sameContent(after.get(path), local.get(path)) || sameContent(local.get(path), remote.get(path)), `${path} was edited`);
        assert.ok(told.has(path) || sameContent(local.get(path), remote.get(path)), `${path} is kept, and told of`);
      }
      for (const { path } of edits) assert.ok(!asked.has(path), `${path} is asked about and changed`);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("identity and symmetry: equal sides need nothing, one side that did nothing takes the other, and both sides see the same conflicts", () => {
  fc.assert(
    fc.property(anyTree, anyTree, anyTree, (local, remote, base) => {
      assert.deepEqual(plan(local, local, base).edits, []);
      assert.deepEqual(plan(local, local, base).conflicts, []);
      const taken = plan(base, remote, base);
      assert.deepEqual(taken.conflicts, []);
      assert.ok(PATHS.every((path) => sameContent(applied(base, taken.edits).get(path), remote.get(path))));
      assert.deepEqual(plan(local, base, base).edits, []);
      const paths = (one: PullPlan) => one.conflicts.map(({ path }) => path);
      assert.deepEqual(paths(plan(local, remote, base)), paths(plan(remote, local, base)));
      const [here, there] = [plan(local, remote, base), plan(remote, local, base)];
      if (here.conflicts.length > 0) return;
      // without conflicts both folders become the same, but for what each side alone had deleted or added and keeps
      for (const path of PATHS) {
        const both = [applied(local, here.edits).get(path), applied(remote, there.edits).get(path)] as const;
        assert.ok(sameContent(both[0], both[1]), `${path} is one thing here and another there`);
      }
    }),
    { numRuns: 3000 },
  );
});
