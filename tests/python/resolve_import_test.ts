import assert from "node:assert/strict";
import type { ProjectSources } from "../../src/python/project_sources.ts";
import { ancestorsOf, resolveModule } from "../../src/python/resolve_import.ts";
import { asPath, foldersOf } from "../support/python_project.ts";

function project(files: readonly string[], roots: readonly (readonly [string, string])[] = [["", ""]]): ProjectSources {
  const layout = { roots: roots.map(([folder, prefix]) => ({ folder, prefix })), from: "" };
  return { files: new Set(files.map(asPath)), folders: foldersOf(files), layout, read: new Map() };
}

const FROM = asPath("models/a.py");

Deno.test("a module comes with its packages, outermost first", () => {
  const found = resolveModule(project(["a/__init__.py", "a/b/__init__.py", "a/b/c.py"]), FROM, "a.b.c", 0);
  assert.deepEqual(found, { kind: "file", path: "a/b/c.py", also: [], folders: [], ancestors: ["a/__init__.py", "a/b/__init__.py"] });
});

Deno.test("a package is its __init__.py, and says where its modules are", () => {
  const found = resolveModule(project(["a/__init__.py", "a/b/__init__.py"]), FROM, "a.b", 0);
  assert.deepEqual(found, { kind: "file", path: "a/b/__init__.py", also: [], folders: ["a/b"], ancestors: ["a/__init__.py"] });
});

Deno.test("a folder without __init__.py is all its parts, in the order of the roots", () => {
  const sources = project(["src/ns/x.py", "lib/ns/y.py", "ns/z.py"], [["src", ""], ["lib", ""], ["", ""]]);
  assert.deepEqual(resolveModule(sources, FROM, "ns", 0), { kind: "namespace", folders: ["src/ns", "lib/ns", "ns"], ancestors: [] });
});

Deno.test("what no root has is outside; the standard library's is said to be that", () => {
  const sources = project(["a.py"]);
  assert.deepEqual(resolveModule(sources, FROM, "numpy.linalg", 0), {
    kind: "outside",
    name: "numpy",
    module: "numpy.linalg",
    isStandardLibrary: false,
  });
  assert.deepEqual(resolveModule(sources, FROM, "json", 0), { kind: "outside", name: "json", module: "json", isStandardLibrary: true });
});

Deno.test("below a package of the project nothing is outside", () => {
  const sources = project(["a/__init__.py", "b.py"]);
  assert.deepEqual(resolveModule(sources, FROM, "a.x.y", 0), { kind: "missing", expected: "a/x/y.py", ancestors: ["a/__init__.py"] });
  assert.deepEqual(resolveModule(sources, FROM, "b.x", 0), { kind: "missing", expected: "b/x.py", ancestors: ["b.py"] }, "b.py runs first");
});

Deno.test("a folder that is installed under another name is found under that name", () => {
  const sources = project(["python/core/x.py", "python/core/__init__.py"], [["python/core", "seir.core"], ["", ""]]);
  const found = resolveModule(sources, FROM, "seir.core.x", 0);
  assert.deepEqual(found, { kind: "file", path: "python/core/x.py", also: [], folders: [], ancestors: ["python/core/__init__.py"] });
  assert.equal(resolveModule(sources, FROM, "seir", 0).kind, "namespace");
  assert.equal(resolveModule(sources, FROM, "core", 0).kind, "outside");
});

Deno.test("dots beyond the project lead nowhere", () => {
  const sources = project(["models/a.py", "models/__init__.py"]);
  assert.deepEqual(resolveModule(sources, FROM, "x", 3), { kind: "missing", expected: "x.py", ancestors: [], isBeyond: true });
  assert.equal(resolveModule(sources, FROM, "x", 9).kind, "missing");
});

Deno.test("packages above a file end at its root", () => {
  const sources = project(["src/__init__.py", "src/a/__init__.py", "src/a/b/c.py"], [["src", ""], ["", ""]]);
  assert.deepEqual(ancestorsOf(sources, asPath("src/a/b/c.py")), ["src/a/__init__.py"]);
  assert.deepEqual(ancestorsOf(sources, asPath("src/a/__init__.py")), []);
});
