/** What is left alone, against a slow reference and by the scenarios of the Python tool. */
import assert from "node:assert/strict";
import fc from "fast-check";
import ignore from "ignore";
import { DEFAULT_IGNORES, IGNORE_TEMPLATE } from "../../src/worktree/default_ignores.ts";
import { ignoreRules, loadIgnore } from "../../src/worktree/ignore.ts";
import { inProject, put } from "./project_folder.ts";

function rulesOf(text: string, nested: Record<string, string> = {}) {
  return ignoreRules((path) => path === ".modelopsignore" ? text : nested[path] ?? null);
}

function ignored(text: string, path: string, isDirectory = false): boolean {
  return rulesOf(text).explain(path, isDirectory) !== null;
}

Deno.test("scenario 9: a later negation takes a file of an ignored folder back in", () => {
  assert.equal(ignored("temp/\n!temp/keep.txt\n", "temp/keep.txt"), false);
  assert.equal(ignored("temp/\n!temp/keep.txt\n", "temp/other.txt"), true);
  assert.equal(ignored("!temp/keep.txt\ntemp/\n", "temp/keep.txt"), true);
  assert.equal(rulesOf("temp/\n!temp/keep.txt\n").prunes("temp"), false);
  assert.equal(rulesOf("temp/\n!other/keep.txt\n").prunes("temp"), true);
});

Deno.test("scenario 9: data/*.csv means direct children only", () => {
  assert.equal(ignored("data/*.csv", "data/a.csv"), true);
  assert.equal(ignored("data/*.csv", "data/sub/a.csv"), false);
  assert.equal(ignored("data/*.csv", "x/data/a.csv"), false);
});

Deno.test("scenario 1: bytecode, environments and caches are left alone in every project", () => {
  for (const path of ["test.pyc", "a/b/c.pyo", "__pycache__/x.py", "src/__pycache__/x.py", ".venv/bin/python", "x.egg-info/PKG", "a/b~"]) {
    assert.deepEqual(rulesOf("").explain(path, false)?.source, "built-in", path);
  }
  for (const path of ["main.py", "build", "env", ".envrc", "data/dist.csv", "pyc", ".modelopsignore"]) {
    assert.equal(rulesOf("").explain(path, false), null, path);
  }
});

Deno.test("scenario 3: the explanation names pattern, file and line", () => {
  const rules = rulesOf("# logs\n\n*.log\n  temp/  \n", { "data/.modelopsignore": "raw\n" });
  assert.deepEqual(rules.explain("a/debug.log", false), { pattern: "*.log", source: ".modelopsignore", line: 3 });
  assert.deepEqual(rules.explain("temp/x", false), { pattern: "temp/", source: ".modelopsignore", line: 4 });
  assert.deepEqual(rules.explain("data/raw/x", false), { pattern: "raw", source: "data/.modelopsignore", line: 1 });
  assert.deepEqual(rules.explain("x.pyc", false), { pattern: "*.pyc", source: "built-in" });
  assert.equal(rules.explain("main.py", false), null);
});

Deno.test("patterns of a folder are relative to it, and deeper ones win", () => {
  const rules = rulesOf("*.csv\n/top\n", { "data/.modelopsignore": "!keep.csv\n/top\n", "data/sub/.modelopsignore": "keep.csv\n" });
  assert.equal(rules.explain("keep.csv", false)?.source, ".modelopsignore");
  assert.equal(rules.explain("data/keep.csv", false), null);
  assert.equal(rules.explain("data/deep/keep.csv", false), null);
  assert.equal(rules.explain("data/sub/keep.csv", false)?.source, "data/sub/.modelopsignore");
  assert.equal(rules.explain("data/top", false)?.source, "data/.modelopsignore");
  assert.equal(rules.explain("data/x/top", false), null);
});

Deno.test("rules inside an ignored folder do not count", () => {
  const rules = rulesOf("temp/\n", { "temp/.modelopsignore": "!*\n" });
  assert.equal(rules.prunes("temp"), true);
  assert.equal(rules.explain("temp/a", false)?.source, ".modelopsignore");
});

Deno.test("folders of the built-in list come back only when they are named", () => {
  assert.equal(rulesOf("!*.md").prunes("node_modules"), true);
  assert.equal(ignored("!*.md", "node_modules/x.md"), true);
  assert.equal(ignored("!*.md", "build/x.md"), true);
  assert.equal(rulesOf("!build/keep.txt").prunes("build"), false);
  assert.equal(ignored("!build/keep.txt", "build/keep.txt"), false);
  assert.equal(ignored("!build/keep.txt", "build/other.txt"), true);
  assert.equal(ignored("!build/", "src/build/a.txt"), false);
  assert.equal(ignored("!/build/", "src/build/a.txt"), true);
  assert.equal(ignored("!build/", "build/node_modules/a.js"), true);
  assert.equal(rulesOf("!build/keep/x.txt").prunes("build/other"), true);
  assert.equal(rulesOf("!build/keep/x.txt").prunes("build/keep"), false);
});

Deno.test("nothing opens .git or .modelops-bundle", () => {
  for (
    const path of [
      ".git/config",
      "sub/.git/config",
      ".GIT/config",
      ".modelops-bundle/state.json",
      "sub/.modelops-bundle/config.yaml",
      ".git",
    ]
  ) {
    assert.equal(ignored("!.git/\n!.modelops-bundle/\n!*\n!**\n", path), true, path);
  }
  assert.equal(rulesOf("!.git/\n!.git/config").prunes(".git"), true);
});

Deno.test("lines are read as git and the Python tool read them", () => {
  assert.equal(ignored("\ufeff*.log\r\n", "a.log"), true);
  assert.equal(ignored("a.txt   ", "a.txt"), true);
  assert.equal(ignored("a\\ ", "a "), true);
  assert.equal(ignored("a\\ ", "a"), false);
  assert.equal(ignored("\\#x", "#x"), true);
  assert.equal(ignored("\\!x", "!x"), true);
  assert.equal(ignored("#x", "#x"), false);
  assert.equal(ignored("!", "!"), false);
  assert.equal(ignored("/", "a"), false);
  assert.equal(ignored("A.txt", "a.txt"), false);
});

Deno.test("the template ignores secrets and logs, and no models", () => {
  for (const path of [".env", ".env.local", "x.key", "a/b.pem", "run.log", "tmp/x", "docs/_build/x"]) {
    assert.equal(ignored(IGNORE_TEMPLATE, path), true, path);
  }
  for (const path of ["models/sir.py", "data/pop.csv", "pyproject.toml", "docs/x.md"]) {
    assert.equal(ignored(IGNORE_TEMPLATE, path), false, path);
  }
});

Deno.test("files are read when they are needed, from the project", () =>
  inProject((project) => {
    put(project, ".modelopsignore", "*.log\n");
    put(project, "data/.modelopsignore", "!keep.log\n");
    const rules = loadIgnore(project);
    assert.equal(rules.explain("a.log", false)?.pattern, "*.log");
    assert.equal(rules.explain("data/keep.log", false), null);
  }));

const name = fc.constantFrom("a", "b", "a.csv", "b.csv", "temp", "build", "node_modules", "keep.txt");
const anyPath = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"));
const anyComponent = fc.constantFrom(
  "a",
  "b",
  "*.csv",
  "a*",
  "a*.csv",
  "a*b",
  "temp",
  "build",
  "node_modules",
  "keep.txt",
  "*",
  "**",
  "?",
  "[ab]",
);
const anyPattern = fc.record({
  negative: fc.boolean(),
  anchored: fc.boolean(),
  components: fc.array(anyComponent, { minLength: 1, maxLength: 3 }),
  directoryOnly: fc.boolean(),
}).map(({ negative, anchored, components, directoryOnly }) =>
  `${negative ? "!" : ""}${anchored ? "/" : ""}${components.join("/")}${directoryOnly ? "/" : ""}`
);

Deno.test("law: every verdict is that of the last pattern that matches, asked one by one", () => {
  fc.assert(
    fc.property(fc.array(anyPattern, { maxLength: 6 }), anyPath, fc.boolean(), (patterns, path, isDirectory) => {
      const built = path.split("/").some((component) => component === "build" || component === "node_modules");
      if (built && patterns.some((pattern) => pattern.startsWith("!"))) return; // these have rules of their own, tested above
      assert.equal(ignored(patterns.join("\n"), path, isDirectory), slowly([...DEFAULT_IGNORES, ...patterns], path, isDirectory));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("law: nothing below a folder that is not entered counts", () => {
  fc.assert(
    fc.property(
      fc.array(anyPattern, { maxLength: 5 }),
      fc.array(anyPattern, { maxLength: 3 }),
      anyPath,
      anyPath,
      (patterns, deeper, folder, below) => {
        const rules = rulesOf(patterns.join("\n"), { "a/.modelopsignore": deeper.join("\n") });
        if (!rules.prunes(folder)) return;
        assert.notEqual(rules.explain(folder, true), null);
        assert.notEqual(rules.explain(`${folder}/${below}`, false), null);
      },
    ),
    { numRuns: 5000 },
  );
});

Deno.test("law: a folder is not entered in vain for user patterns alone", () => {
  fc.assert(
    fc.property(fc.array(anyPattern.filter((pattern) => !pattern.startsWith("!")), { maxLength: 5 }), anyPath, (patterns, folder) => {
      const rules = rulesOf(patterns.join("\n"));
      assert.equal(rules.prunes(folder), rules.explain(folder, true) !== null);
    }),
    { numRuns: 2000 },
  );
});

/** One library matcher for each pattern, last one first. */
function slowly(patterns: readonly string[], path: string, isDirectory: boolean): boolean {
  for (const pattern of [...patterns].reverse()) {
    const negative = pattern.startsWith("!");
    const matcher = ignore({ ignorecase: false }).add(negative ? pattern.slice(1) : pattern);
    if (matcher.ignores(isDirectory ? `${path}/` : path)) return !negative;
  }
  return false;
}
