/** Paths: whoever holds a BundlePath may join it to a folder. */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import fc from "fast-check";
import {
  type BundlePath,
  collidingPaths,
  compareBundlePaths,
  mayCollide,
  METADATA_PATHS,
  parseBundlePath,
  unportableComponent,
  whyNotABundlePath,
} from "../../src/base/bundle_path.ts";
import { anyPath, asFailure } from "./generators.ts";

Deno.test("a path parses to itself, and joined to a folder it stays in it", () => {
  fc.assert(fc.property(anyPath, (path) => {
    assert.equal(parseBundlePath(path), path);
    assert.equal(relative("/project", join("/project", path)), path);
  }));
});

Deno.test("whatever is accepted stays in the folder, whatever text comes in", () => {
  const nasty = fc.array(
    fc.constantFrom("..", ".", "", "a", ".git", "\\", "/", "\0", "\n", ".modelops-bundle", "state.json", ".GIT", "git~1", " "),
  ).map((parts) => parts.join("/"));
  fc.assert(
    fc.property(fc.oneof(nasty, fc.string({ unit: "binary" })), (text) => {
      if (whyNotABundlePath(text) !== null) return;
      const inside = relative("/project", join("/project", text));
      assert.equal(inside, text);
      assert.ok(!/(^|\/)\.git(\/|$)/i.test(text));
    }),
    { numRuns: 2000 },
  );
});

const malformed: [text: string, reason: RegExp][] = [
  ["", /is empty/],
  ["/etc/passwd", /is absolute/],
  ["//server/share", /is absolute/],
  ["..", /contains "\.\."/],
  ["../a", /contains "\.\."/],
  ["a/../b", /contains "\.\."/],
  ["a/..", /contains "\.\."/],
  ["./a", /shortest form/],
  ["a/./b", /shortest form/],
  ["a//b", /shortest form/],
  ["a/", /shortest form/],
  [".", /shortest form/],
  ["a\\b", /backslash/],
  ["..\\a", /backslash/],
  ["C:\\a", /backslash/],
  ["a\nb", /newline/],
  ["a\rb", /control character/],
  ["a\0b", /control character/],
  ["a\u001b[31mb", /control character/],
  ["a\u007f", /control character/],
  ["a\ud800", /not valid Unicode/],
  ["\udc00a", /not valid Unicode/],
  [".git", /leads into \.git/],
  [".git/config", /leads into \.git/],
  [".GIT/config", /leads into \.GIT/],
  [".Git/hooks/pre-commit", /leads into \.Git/],
  ["sub/.git/config", /leads into \.git/],
  [".git./config", /leads into/],
  [".git /config", /leads into/],
  ["git~1/config", /leads into/],
  ["GIT~1/config", /leads into/],
  [".g\u200cit/config", /leads into/],
  [".git::$INDEX_ALLOCATION/config", /leads into/],
  [".git:stream", /leads into/],
  [".modelops-bundle", /local state/],
  [".modelops-bundle./state.json", /local state/],
  [".modelops-bundle /state.json", /local state/],
  [".modelops-bundle::$INDEX_ALLOCATION/state.json", /local state/],
  [".modelops\u200c-bundle/state.json", /local state/],
  [".modelops-bundle/state.json", /local state/],
  [".modelops-bundle/tracked.txt", /local state/],
  [".modelops-bundle/env", /local state/],
  [".modelops-bundle/journal.json", /local state/],
  [".modelops-bundle/objects/ab", /local state/],
  [".modelops-bundle/config.yaml/x", /local state/],
  [".ModelOps-Bundle/state.json", /local state/],
  [".MODELOPS-BUNDLE/config.yaml", /local state/],
  ["a".repeat(256), /component longer than 255 bytes/],
  ["ä".repeat(128), /component longer than 255 bytes/],
  [Array.from({ length: 500 }, () => "aaaaaaaaa").join("/"), /longer than 4096 bytes/],
];

for (const [text, reason] of malformed) {
  Deno.test(`${JSON.stringify(text.slice(0, 60))} is no path of a bundle: ${reason.source}`, () => {
    const failure = asFailure(() => parseBundlePath(text), "usage");
    assert.match(failure.message, reason);
    assert.equal(failure.message.includes("\n"), false);
  });
}

for (
  const text of [
    "a",
    "a b",
    "..a",
    "a..b",
    "...",
    ".gitignore",
    ".gitattributes",
    ".github/x",
    "C:x",
    "git",
    "ä/😀",
    "a".repeat(255),
    "x.git",
    "-rf",
    "con",
    "modelops-bundle/state.json",
    "sub/.modelops-bundle/x",
  ]
) {
  Deno.test(`${JSON.stringify(text.slice(0, 60))} is a path of a bundle`, () => assert.equal(whyNotABundlePath(text), null));
}

Deno.test("of the metadata folder exactly three files may travel", () => {
  assert.deepEqual(METADATA_PATHS.map((path) => whyNotABundlePath(path)), [null, null, null]);
  assert.deepEqual(METADATA_PATHS, [".modelops-bundle/config.yaml", ".modelops-bundle/manifest.yaml", ".modelops-bundle/registry.yaml"]);
});

Deno.test("paths collide where only case or Unicode form tells them apart, in any component", () => {
  const colliding = (...texts: string[]) => collidingPaths(texts.map((text) => parseBundlePath(text))).map((pair) => pair.join(" "));
  assert.deepEqual(colliding("a", "b", "a/x"), []);
  assert.deepEqual(colliding("README", "readme"), ["README readme"]);
  assert.deepEqual(colliding("Data/a", "data/b"), ["Data data"]);
  assert.deepEqual(colliding("é", "e\u0301"), ["é e\u0301"]);
  assert.deepEqual(colliding("A/x", "a/y", "A/z", "a/w"), ["A a"]);
});

Deno.test("law: where nothing may collide nothing does, and where a glance says so it mostly does", () => {
  const component = fc.constantFrom("a", "A", "b", "B-", "a-", "é", "e\u0301", "É", "\u03a3", "\u03c3", "\u03c2", "𝒜");
  const anyPaths = fc.array(fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/") as BundlePath), {
    maxLength: 6,
  });
  let quiet = 0;
  fc.assert(
    fc.property(anyPaths, (paths) => {
      const inOrder = [...new Set(paths)].sort(compareBundlePaths);
      if (mayCollide(inOrder)) return;
      quiet++;
      assert.deepEqual(collidingPaths(paths), []);
    }),
    { numRuns: 2000 },
  );
  assert.ok(quiet > 200, `${quiet} of 2000`);
  assert.ok(!mayCollide(["Data/a", "Data/b", "Data/c/a", "a/Data", "a-b", "a/b"].sort(compareBundlePaths as never) as BundlePath[]));
});

Deno.test("names that Windows cannot create are told apart from those that it can", () => {
  const of = (text: string) => unportableComponent(parseBundlePath(text));
  for (const text of ["con", "a/NUL.txt", "com1", "LPT9.x", "a:b", "a?", "a*", "a|b", '"', "<", "end.", "end "]) {
    assert.notEqual(of(text), null, text);
  }
  for (const text of ["console", "a/null", "com", "com10", "a.b", "ä"]) assert.equal(of(text), null, text);
});

Deno.test("paths sort by their bytes", () => {
  const sorted = (["b", "a/b", "a", "a.b", "Z", "é", "\uff21", "😀"] as BundlePath[]).sort(compareBundlePaths);
  assert.deepEqual(sorted, ["Z", "a", "a.b", "a/b", "b", "é", "\uff21", "😀"]);
});
