/**
 * What is written below `.modelops-bundle/` is read as it was, and equal values are equal bytes, in whatever order they were put together.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compareUtf8 } from "../../src/base/utf8_order.ts";
import { formatJournal, type Held, type Journal, readJournal, type Step, writeJournal } from "../../src/worktree/journal.ts";
import { formatState, loadState, type LocalState, type Pushed, saveState } from "../../src/worktree/local_state.ts";
import { digestIn } from "../../src/base/digest.ts";
import { encodeStamps, readStamps, type StampEntry, stampIn } from "../../src/worktree/stamp_table.ts";
import { LOCAL_NAMES, metaPath } from "../../src/worktree/project.ts";
import { writeSections } from "../../src/worktree/checked_sections.ts";
import { formatTracked } from "../../src/worktree/tracked.ts";
import { anyDigest, anyPath } from "../base/generators.ts";
import { inProject } from "./project_folder.ts";

const anyName = fc.oneof(fc.constantFrom("latest", "__proto__", "constructor", "12", "é", ""), fc.string({ maxLength: 5 }));
const anyPushed: fc.Arbitrary<Pushed> = fc.record({ bundle: anyDigest, record: fc.option(anyDigest, { nil: null }) });
/** Own keys only, whatever they are called. */
const anyTags = fc.uniqueArray(
  fc.tuple(anyName, fc.uniqueArray(fc.tuple(anyName, anyPushed), { selector: ([name]) => name, maxLength: 3 })),
  {
    selector: ([name]) => name,
    maxLength: 3,
  },
).map((remotes) => ownKeys(remotes.map(([remote, tags]) => [remote, ownKeys(tags)])));
const orNull = <T>(any: fc.Arbitrary<T>) => fc.option(any, { nil: null });
const anyState: fc.Arbitrary<LocalState> = fc.record({
  remote: orNull(anyName),
  name: orNull(anyName),
  tag: orNull(anyName),
  pinned: orNull(anyDigest),
  pulled: orNull(anyDigest),
  pushed: anyTags,
  pushing: anyTags,
  seen: fc.array(anyDigest, { maxLength: 3 }),
  executableBit: fc.boolean(),
});
const anyHeld: fc.Arbitrary<Held> = fc.record({ digest: anyDigest, size: fc.nat(), link: fc.option(anyName, { nil: undefined }) });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("remove" as const), path: anyPath, was: anyHeld }),
  fc.record({
    kind: fc.constant("place" as const),
    path: anyPath,
    staged: fc.stringMatching(/^[0-9]{1,4}$/),
    content: anyHeld,
    was: orNull(anyHeld),
  }).chain((step) => {
    const inFolder = [...step.path.matchAll(/\//g)].map(({ index }) => ({
      ...step,
      staged: `new-${step.staged}${step.path.slice(index)}`,
    }));
    return fc.constantFrom(step, ...inFolder);
  }),
  fc.record({ kind: fc.constant("mode" as const), path: anyPath, executable: fc.boolean(), was: anyHeld }),
);
const anyJournal: fc.Arbitrary<Journal> = fc.record({
  staging: fc.uuid(),
  steps: fc.array(anyStep, { maxLength: 5 }),
  after: fc.array(fc.record({ name: fc.constantFrom("state.json", "tracked.txt"), staged: fc.constantFrom("after-0"), content: anyHeld }), {
    maxLength: 2,
  }),
});

Deno.test("law: a state is read as it was written, whatever remotes and tags are called", () =>
  inProject((project) => {
    fc.assert(fc.property(anyState, (state) => {
      saveState(project, state);
      const read = loadState(project);
      assert.equal(formatState(read), formatState(state));
      assert.deepEqual(plain(read), plain(state));
    }));
  }));

Deno.test("law: a journal is read as it was written", () =>
  inProject((project) => {
    fc.assert(fc.property(anyJournal, (journal) => {
      writeJournal(project, journal);
      const read = readJournal(project)!;
      assert.deepEqual(plain(read), plain(journal));
      assert.equal(formatJournal(read), formatJournal(journal));
    }));
  }));

Deno.test("law: the tracked set is the same bytes in whatever order it was put together", () => {
  fc.assert(fc.property(fc.uniqueArray(anyPath), (paths) => {
    assert.equal(formatTracked(new Set(paths)), formatTracked(new Set(paths.toReversed())));
  }));
});

Deno.test("law: the stat cache gives back every stamp and digest, and finds each path and no other", () =>
  inProject((project) => {
    const file = metaPath(project, LOCAL_NAMES.statCache);
    const anyStamp = fc.record({ size: fc.maxSafeNat(), modified: fc.maxSafeNat(), changed: fc.maxSafeNat(), inode: fc.maxSafeNat() });
    const anyEntry: fc.Arbitrary<StampEntry> = fc.record({ path: anyPath, stamp: anyStamp, digest: anyDigest });
    fc.assert(fc.property(fc.uniqueArray(anyEntry, { selector: ({ path }) => path }), (entries) => {
      const sorted = entries.toSorted((a, b) => compareUtf8(a.path, b.path));
      writeSections(file, encodeStamps(sorted));
      const table = readStamps(file)!;
      for (const { path, stamp, digest } of sorted) {
        const index = table.paths.indexOf(path);
        assert.deepEqual([stampIn(table, index), digestIn(table.digests, index)], [{ ...stamp }, digest]);
      }
      assert.equal(table.paths.indexOf("no such path\n"), -1);
    }));
  }));

function ownKeys<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries);
}

/** As JSON says it: without what is undefined. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
