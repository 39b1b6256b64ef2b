/** The list of tracked files, as both tools read it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type BundlePath, isMetadataPath, whyNotABundlePath } from "../../src/base/bundle_path.ts";
import { isFailure } from "../../src/base/failure.ts";
import { compareUtf8 } from "../../src/base/utf8_order.ts";
import { formatManifestFile } from "../../src/bundle/manifest_file.ts";
import { formatTracked, loadTracked, parseTracked, readTracked, saveTracked } from "../../src/worktree/tracked.ts";
import { content, inProject, paths, put } from "./project_folder.ts";

Deno.test("law: reading gives back what was written, whatever the names", () => {
  const anyPath = fc.string({ unit: "binary", minLength: 1 }).filter((text) =>
    whyNotABundlePath(text) === null && !text.startsWith(".modelops")
  );
  fc.assert(fc.property(fc.array(anyPath), (texts) => {
    const tracked = new Set(paths(...texts));
    assert.deepEqual([...parseTracked(bytes(formatTracked(tracked)))].sort(), [...tracked].sort());
  }));
});

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("law: a list that was edited by hand is read as its lines say, in order or not", () => {
  const component = fc.constantFrom(
    "a",
    "A9_",
    "b-.c",
    "-x",
    ".git",
    ".gitignore",
    "..",
    ".",
    "git~1",
    ".modelops-bundle",
    "é",
    "x y",
    "c:",
    "\uff5e",
    "𝒜",
    "\t",
  );
  const line = fc.array(component, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const end = fc.constantFrom("\n", "\n", "\r\n");
  fc.assert(
    fc.property(fc.array(line), fc.boolean(), end, fc.boolean(), fc.boolean(), (some, inOrder, newline, isClosed, hasMark) => {
      const lines = inOrder ? [...new Set(some)].sort(compareUtf8) : some;
      const text = (hasMark ? "\ufeff" : "") + lines.join(newline) + (isClosed ? newline : "");
      const expected = lines.every((line) => whyNotABundlePath(line) === null)
        ? [...new Set(lines)].filter((line) => !isMetadataPath(line as BundlePath)).sort(compareUtf8)
        : "refused";
      const read = () => {
        try {
          return [...parseTracked(bytes(text))];
        } catch (error) {
          assert.ok(isFailure(error, "invalid"));
          return "refused";
        }
      };
      assert.deepEqual(read(), expected);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("one path a line, sorted by bytes, with the model registry for the Python tool", () => {
  assert.equal(
    formatTracked(paths("b", "\u{1F980}", "\uff5e", "a b ", ".modelops-bundle/config.yaml")),
    ".modelops-bundle/registry.yaml\na b \nb\n\uff5e\n\u{1F980}\n",
  );
  assert.equal(formatTracked([]), ".modelops-bundle/registry.yaml\n");
});

Deno.test("blanks belong to names, line ends of Windows do not, and metadata files are not tracked", () => {
  const text = ".modelops-bundle/registry.yaml\r\n.modelops-bundle/config.yaml\r\n b \r\na\r\n\r\na\r\n";
  assert.deepEqual([...parseTracked(bytes(text))], [" b ", "a"]);
});

Deno.test("a line that is no path is a failure with its number", () => {
  for (const line of ["../x", "/etc/passwd", "a//b", ".git/config", ".modelops-bundle/state.json", "a\\b"]) {
    assert.throws(
      () => parseTracked(bytes(`a\n${line}\n`)),
      (error) => isFailure(error, "invalid") && error.message.includes("line 2"),
      line,
    );
  }
});

Deno.test("a missing list is what manifest.yaml says, and with neither nothing is tracked", () =>
  inProject((project) => {
    assert.equal(readTracked(project), null);
    assert.deepEqual([...loadTracked(project)], []);
    const all = paths("b", "a", ".modelops-bundle/config.yaml");
    put(project, ".modelops-bundle/manifest.yaml", formatManifestFile(new Map(all.map((path) => [path, content(path)]))));
    assert.deepEqual([...loadTracked(project)], ["a", "b"]);
    saveTracked(project, paths("c"));
    assert.deepEqual([...loadTracked(project)], ["c"]);
  }));
