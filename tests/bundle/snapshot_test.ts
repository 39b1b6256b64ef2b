/** Sides of a comparison: equality, order, where links lead. */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { compareUtf8 } from "../../src/base/utf8_order.ts";
import { linkTarget, sameContent, sameSnapshot, sortedPaths } from "../../src/bundle/snapshot.ts";
import { anySnapshot } from "../base/generators.ts";

Deno.test("a snapshot equals itself in any order, and no snapshot with one entry less or one bit changed", () => {
  fc.assert(fc.property(anySnapshot, fc.nat(), (snapshot, choice) => {
    const entries = [...snapshot];
    assert.ok(sameSnapshot(snapshot, new Map([...entries].reverse())));
    if (entries.length === 0) return;
    const [path, content] = entries[choice % entries.length]!;
    const less = new Map(entries.filter(([other]) => other !== path));
    assert.equal(sameSnapshot(snapshot, less) || sameSnapshot(less, snapshot), false);
    assert.equal(sameSnapshot(snapshot, new Map([...less, [path, { ...content, executable: !content.executable }]])), false);
    assert.equal(sameSnapshot(snapshot, new Map([...less, [path, { ...content, link: `${content.link}x` }]])), false);
  }));
});

Deno.test("nothing is the same as nothing, and as no content", () => {
  assert.equal(sameContent(undefined, undefined), true);
  const content = { digest: `sha256:${"0".repeat(64)}` as never, size: 0, executable: false };
  assert.equal(sameContent(content, undefined) || sameContent(undefined, content), false);
  assert.equal(sameContent(content, { ...content, link: undefined }), true, "a link that is not mentioned is no link");
});

Deno.test("the paths of all sides come once each, sorted by bytes", () => {
  fc.assert(fc.property(fc.array(anySnapshot, { maxLength: 3 }), (sides) => {
    const paths = sortedPaths(...sides.map((side) => side.keys()));
    assert.deepEqual(paths, [...new Set(sides.flatMap((side) => [...side.keys()]))].sort(compareUtf8));
  }));
});

Deno.test("a link leads where the file system would go, or outside, which is null", () => {
  const texts = fc.array(fc.constantFrom("..", ".", "", "a", "b"), { minLength: 1, maxLength: 5 }).map((parts) => parts.join("/"));
  const links = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(links, texts, (link, text) => {
      const target = linkTarget(link as BundlePath, text);
      if (text === "" || text.startsWith("/")) return assert.equal(target, null);
      const deep = "/1/2/3/4/5/6/project"; // so deep that no text here reaches the top
      const inside = relative(deep, join(deep, link, "..", text));
      const leavesOnTheWay = target === null && inside !== "" && !inside.startsWith("..");
      if (leavesOnTheWay) return; // out and in again by the project's own name cannot be told from here
      assert.equal(target, inside === "" || inside.startsWith("..") ? null : inside.replace(/\/$/, ""));
    }),
    { numRuns: 1000 },
  );
});
