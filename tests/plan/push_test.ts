/** The laws of a push plan, on random trees: what is sent, what is refused, what is dropped. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type BundlePath, METADATA_PATHS, parseBundlePath } from "../../src/base/bundle_path.ts";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { Failure, isFailure } from "../../src/base/failure.ts";
import { FileTable } from "../../src/bundle/file_table.ts";
import { type FileContent, sameSnapshot, type Snapshot } from "../../src/bundle/snapshot.ts";
import { EMPTY_MODEL_REGISTRY } from "../../src/models/model_registry.ts";
import { comparable } from "../../src/plan/compare.ts";
import { isSettled, planPush, type PushPlan, requestBound, sizesAtMost, type TagFacts } from "../../src/plan/push.ts";
import { draftSeal, seal, type Sealed } from "../../src/plan/seal.ts";
import { formatConfig } from "../../src/settings/config.ts";
import { anyTree } from "./any_tree.ts";

const REPOSITORY = { kind: "registry", host: "ghcr.io", path: "lab/seir" } as const;
const TEXTS = {
  config: formatConfig({ name: "seir", defaultTag: "latest", thresholdBytes: 1 }),
  modelRegistry: EMPTY_MODEL_REGISTRY,
  canonicalPyproject: null,
  layout: "files" as const,
};
const sealed = (tree: Snapshot): Sealed => seal(draftSeal(tree, TEXTS), []);
const digestIn = (tree: Snapshot): Digest => sealed(tree).bundle.manifest.digest;
const comparedOf = (tree: Snapshot): Snapshot => comparable(sealed(tree).files, null);

interface TagState {
  readonly tag?: string;
  readonly holds: Snapshot | null;
  readonly base: Snapshot | null;
}

function plan(local: Snapshot, tags: readonly TagState[], options: { force?: boolean; present?: Iterable<Digest> } = {}): PushPlan {
  const facts = tags.map(({ tag = "latest", holds, base }): TagFacts => ({
    tag,
    holds: holds === null ? null : digestIn(holds),
    base: base === null ? null : digestIn(base),
    remote: holds === null ? new Map() : comparedOf(holds),
    before: base === null ? new Map() : comparedOf(base),
    lacksManifestFile: false,
    foreign: null,
  }));
  return planPush({
    repository: REPOSITORY,
    sealed: sealed(local),
    compared: comparedOf(local),
    tags: facts as [TagFacts, ...TagFacts[]],
    present: new Set(options.present ?? []),
    missing: [],
  }, { force: options.force ?? false });
}

Deno.test("the plan's digest is the sealed bundle's, and every blob is sent or known to be there, exactly once", () => {
  fc.assert(fc.property(anyTree, fc.option(anyTree, { nil: null }), (local, there) => {
    const present = there === null ? [] : [...sealed(there).files.values()].map(({ digest }) => digest);
    const made = plan(local, [{ holds: there, base: there }], { present });
    assert.equal(made.digest, digestIn(local));
    if (made.nothingToDo) return assert.deepEqual(made.uploads, []);
    const sent = made.uploads.map(({ digest }) => digest);
    assert.equal(new Set(sent).size, sent.length);
    for (const digest of sent) assert.ok(!present.includes(digest));
    const { files, bundle } = made.sealed;
    const needed = new Set([...[...files.values()].map(({ digest }) => digest), bundle.index.descriptor.digest]);
    assert.deepEqual(new Set([...sent, ...present.filter((digest) => needed.has(digest))]), needed);
    assert.equal(sent.at(-1), bundle.index.descriptor.digest, "the index comes last");
    for (const { path, digest } of made.uploads) {
      if (path !== null) assert.equal(files.get(path)?.digest, digest);
    }
    for (const path of METADATA_PATHS) assert.ok(!made.uploads.some((upload) => upload.path === path), "metadata is not read from disk");
  }));
});

Deno.test("a tag that holds this very content does not move, whatever the base is", () => {
  fc.assert(fc.property(anyTree, fc.option(anyTree, { nil: null }), (local, base) => {
    const made = plan(local, [{ holds: local, base }]);
    assert.deepEqual([made.nothingToDo, made.uploads, made.tags[0]!.moves, made.changes], [true, [], false, []]);
    assert.equal(requestBound(made), 0);
  }));
});

Deno.test("a push is refused unless the tag is absent, holds its base, or holds what would be pushed", () => {
  fc.assert(fc.property(anyTree, fc.option(anyTree, { nil: null }), fc.option(anyTree, { nil: null }), (local, holds, base) => {
    const lawful = holds === null || sameSnapshot(holds, local) || base !== null && sameSnapshot(holds, base);
    try {
      plan(local, [{ holds, base }]);
      assert.ok(lawful, "it should have been refused");
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      assert.ok(!lawful, error.message);
      assert.equal(error.code, base === null ? "would-overwrite" : "tag-moved");
    }
    plan(local, [{ holds, base }], { force: true });
  }));
});

Deno.test("what is settled before its packs are made is never refused; what is refused was not settled", () => {
  fc.assert(
    fc.property(
      anyTree,
      fc.option(anyTree, { nil: null }),
      fc.option(anyTree, { nil: null }),
      fc.boolean(),
      (local, holds, base, force) => {
        const now = { holds: holds === null ? null : digestIn(holds), base: base === null ? null : digestIn(base) };
        if (isSettled([now], draftSeal(local, TEXTS), { force })) plan(local, [{ holds, base }], { force });
        else assert.ok(holds !== null && !force);
      },
    ),
  );
});

Deno.test("index and manifest are never larger than they were estimated before the packs were made, whatever the names", () => {
  const anyName = fc.string({ unit: fc.constantFrom("a", "é", "\u2028", '"', "\\", "𝒳", "日", "-"), minLength: 1, maxLength: 40 });
  const anyFiles = fc.uniqueArray(fc.tuple(anyName, fc.nat(300_000), fc.option(anyName, { nil: undefined })), {
    selector: ([name]) => name,
  });
  const policy = fc.constantFrom("files" as const, "packs" as const);
  fc.assert(fc.property(anyFiles, policy, (files, layout) => {
    const tracked = new Map(files.map(([name, size, link]) => [
      name as BundlePath,
      { digest: digestOf(new TextEncoder().encode(name)), size, executable: true, ...link === undefined ? {} : { link } },
    ]));
    const draft = draftSeal(tracked, { ...TEXTS, layout });
    const { bundle } = seal(draft, draft.drafts.map(({ size }, i) => ({ digest: digestOf(Uint8Array.of(i)), size })));
    const most = sizesAtMost(draft);
    assert.ok(bundle.index.bytes.byteLength <= most.index, `index: ${bundle.index.bytes.byteLength} > ${most.index}`);
    assert.ok(bundle.manifest.bytes.byteLength <= most.manifest, `manifest: ${bundle.manifest.bytes.byteLength} > ${most.manifest}`);
  }));
});

Deno.test("what might be too large is not settled", () => {
  const [content] = sealed(new Map()).files.values();
  assert.equal(
    isSettled([], { files: FileTable.of(new Map([["é".repeat(25_000_000) as BundlePath, content!]])), drafts: [] }, { force: true }),
    false,
  );
});

Deno.test("all tags are checked: one that moved refuses the whole push", () => {
  const holding = (text: string): Snapshot => new Map([[parseBundlePath("a"), file(text)]]);
  const [one, two, three] = [holding("1"), holding("2"), holding("3")];
  const fine: TagState = { tag: "latest", holds: one, base: one };
  assert.throws(
    () => plan(three, [fine, { tag: "v1", holds: two, base: one }]),
    (error) => isFailure(error, "tag-moved") && error.message.includes("ghcr.io/lab/seir:v1") && error.facts.tag === "v1",
  );
  const made = plan(three, [fine, { tag: "v1", holds: three, base: null }, { tag: "new", holds: null, base: one }]);
  assert.deepEqual(made.tags.map(({ tag, moves }) => [tag, moves]), [["latest", true], ["v1", false], ["new", true]]);
});

Deno.test("the refusal lists what the other side changed, and says how to take it in", () => {
  const [a, b] = ["a", "b"].map(parseBundlePath) as [BundlePath, BundlePath];
  const base = new Map([[a, file("1")], [b, file("1")]]);
  const theirs = new Map([[a, file("2")]]);
  assert.throws(
    () => plan(new Map([[a, file("3")]]), [{ holds: theirs, base }]),
    (error) => {
      assert.ok(isFailure(error, "tag-moved"));
      assert.deepEqual(error.facts.changedThere, ["modified a", "deleted b"]);
      assert.match(error.hint!, /mops bundle pull --tag latest/);
      return true;
    },
  );
});

Deno.test("with --force exactly what others changed since the base, and this push does not have, is listed as dropped", () => {
  fc.assert(fc.property(anyTree, anyTree, anyTree, (local, theirs, base) => {
    const made = plan(local, [{ holds: theirs, base }], { force: true });
    const dropped = new Set(made.drops.map(({ path }) => path));
    for (const path of new Set([...local.keys(), ...theirs.keys(), ...base.keys()])) {
      const changedThere = !same(theirs.get(path), base.get(path));
      const kept = same(local.get(path), theirs.get(path));
      const moves = !sameSnapshot(local, theirs) && !sameSnapshot(theirs, base);
      assert.equal(dropped.has(path), moves && changedThere && !kept, path);
    }
  }));
});

Deno.test("a link is sent as its target, not twice", () => {
  const [a, b] = ["a", "b"].map(parseBundlePath) as [BundlePath, BundlePath];
  const made = plan(new Map([[a, file("x")], [b, { ...file("x"), link: "a" }]]), [{ holds: null, base: null }]);
  assert.deepEqual(made.uploads.filter(({ path }) => path !== null).map(({ path }) => path), [a]);
});

Deno.test("a project whose manifest would pass 4 MiB is refused with the count that fits", () => {
  const many = new Map(
    Array.from({ length: 25_000 }, (_, i) => [parseBundlePath(`data/a-rather-long-folder-name/${i}.csv`), file(String(i))] as const),
  );
  assert.throws(() => plan(many, [{ holds: null, base: null }]), (error) => {
    assert.ok(isFailure(error, "invalid"));
    assert.match(error.message, /25003 layers make a manifest of \d+ bytes.*about \d+ layers fit/);
    assert.match(error.hint ?? "", /layout: auto/);
    const fits = Number(error.facts.fits);
    assert.ok(fits > 10_000 && fits < 25_000);
    return true;
  });
});

function file(text: string): FileContent {
  return { digest: digestOf(new TextEncoder().encode(text)), size: text.length, executable: false };
}

function same(a: FileContent | undefined, b: FileContent | undefined): boolean {
  return a === undefined || b === undefined ? a === b : a.digest === b.digest && a.executable === b.executable;
}
