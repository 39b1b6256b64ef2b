/**
 * Imports beside what CPython really does, on projects that nobody thought of: small ones with names that collide, packages with and without
 * `__init__.py`, relative imports, stars and modules that are named by texts. Every file that Python ran must be in the closure.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { followImports } from "../../src/python/follow_imports.ts";
import { moduleNameOf, resolveModule } from "../../src/python/resolve_import.ts";
import { python, pythonTest } from "../support/python.ts";
import { asPath, sourcesOf } from "../support/python_project.ts";

const SCRIPT = new URL("./random_projects.py", import.meta.url).pathname;
const PROJECTS = 300;

const name = fc.constantFrom("a", "b", "c", "p", "q");
const module = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("."));
const statement = fc.oneof(
  module.map((module) => `import ${module}`),
  module.map((module) => `import ${module} as z`),
  fc.tuple(fc.integer({ min: 0, max: 3 }), module, fc.oneof(name, fc.constant("*"))).map(([level, module, name]) =>
    `from ${".".repeat(level)}${module} import ${name}`
  ),
  fc.tuple(fc.integer({ min: 1, max: 3 }), name).map(([level, name]) => `from ${".".repeat(level)} import ${name}`),
  fc.tuple(name, name).map(([one, other]) => `__all__ = ["${one}", "${other}"]`),
  name.map((name) => `${name} = 1`),
  module.map((module) => `importlib.import_module("${module}")`),
  module.map((module) => `importlib.import_module(".${module}", __package__)`),
  module.map((module) => `__import__("${module}", fromlist=["a", "b"])`),
);
// An import that fails ends nothing: so everything that a file names is tried.
const text = fc.array(statement, { maxLength: 5 }).map((statements) =>
  ["import importlib", ...statements.map((line) => `try:\n    ${line}\nexcept Exception:\n    pass`)].join("\n")
);
const path = fc.tuple(module, fc.boolean()).map(([module, isPackage]) =>
  `${module.replaceAll(".", "/")}${isPackage ? "/__init__" : ""}.py`
);
const project = fc.dictionary(path, text, { minKeys: 2, maxKeys: 14 });

pythonTest(`as CPython does it, on ${PROJECTS} random projects`, [], async () => {
  const cases = fc.sample(project, { numRuns: PROJECTS, seed: 20_260 }).flatMap((texts) => {
    const sources = sourcesOf(texts);
    return Object.keys(texts).slice(0, 2).map(asPath).flatMap((start) => {
      const module = moduleNameOf(sources.layout, start);
      const found = resolveModule(sources, start, module, 0);
      return found.kind === "file" && found.path === start ? [{ texts, sources, start, module }] : []; // else another file has its name
    });
  });
  assert.ok(cases.length > PROJECTS, `${cases.length} entries`);

  const folder = await Deno.makeTempDir({ prefix: "mops-random-" });
  try {
    const list = join(folder, "projects.json");
    await Deno.writeTextFile(list, JSON.stringify(cases.map(({ texts, module }) => ({ texts, module }))));
    const ran: string[][] = JSON.parse(await python(SCRIPT, [list]));
    let files = 0;
    for (const [at, { texts, sources, start }] of cases.entries()) {
      const code = new Set<string>(followImports(sources, start, { codeMode: "files" }).code.map(({ path }) => path));
      const missed = ran[at]!.filter((path) => !code.has(path));
      assert.deepEqual(missed, [], `from ${start} Python ran more: ${JSON.stringify(texts, null, 1)}`);
      files += ran[at]!.length;
    }
    assert.ok(files > 1.5 * cases.length, "Python ran more than the entries");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
