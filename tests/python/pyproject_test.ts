import assert from "node:assert/strict";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { canonicalPyproject, differencesOfDeclarations, PROJECT_FILES, readDeclarations } from "../../src/python/pyproject.ts";
import { asPath, foldersOf, projectOf } from "../support/python_project.ts";

const BASE = `
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "seir-model"
version = "0.1.0"
description = "SEIR"
requires-python = ">=3.11"
dependencies = ["starsim==2.1", "numpy >= 1.26", "modelops-calabaria @ git+https://example.org/calabaria"]

[project.optional-dependencies]
plots = ["matplotlib"]

[project.entry-points."modelops.wire"]
execute = "modelops_calabaria.modelops_wire:wire_function"

[dependency-groups]
dev = ["pytest", {include-group = "lint"}]

[tool.hatch.build.targets.wheel]
packages = ["models"]

[tool.uv.sources]
starsim = {git = "https://example.org/starsim"}
`;

const text = (pyproject: string) => new TextDecoder().decode(canonicalPyproject(pyproject)!);

Deno.test("a new description, author, version, URL or setting of another tool leaves the canonical form as it was", () => {
  for (
    const more of [
      BASE.replace(`"SEIR"`, `"Something else"`),
      BASE.replace(`"0.1.0"`, `"0.2.0"`),
      BASE.replace(`[project]\n`, `[project]\nreadme = "README.md"\nlicense = "MIT"\nkeywords = ["x"]\nclassifiers = ["Private"]\n`),
      BASE.replace(`[project]\n`, `[project]\nauthors = [{name = "A"}]\nmaintainers = [{name = "B"}]\n`),
      `${BASE}\n[project.urls]\nhome = "https://example.org"\n`,
      `${BASE}\n[tool.ruff]\nline-length = 100\n[tool.pytest.ini_options]\naddopts = "-q"\n[tool.mypy]\nstrict = true\n`,
      `${BASE}\n[tool.hatch.envs.default]\ndependencies = ["pytest"]\n[tool.uv]\ncache-dir = "x"\n[tool.setuptools_scm]\n`,
      `# a comment\n${BASE}`,
      BASE.replaceAll("\n", "\r\n"),
      BASE.replace(`"numpy >= 1.26"`, `"NumPy>=1.26"`),
      BASE.replace(`"starsim==2.1", "numpy >= 1.26"`, `"numpy >= 1.26", "starsim==2.1"`),
      BASE.replace(`dependencies = ["starsim`, `dependencies = [\n  # why\n  "starsim`),
      BASE.replace(`[tool.hatch.build.targets.wheel]\npackages = ["models"]`, "") +
      `\n[tool.hatch.build.targets.wheel]\npackages = ["models"]\n`,
    ]
  ) {
    assert.equal(text(more), text(BASE), more);
  }
});

Deno.test("every key that decides what is installed or how it is imported changes the canonical form", () => {
  const changed = [
    BASE.replace("hatchling.build", "setuptools.build_meta"),
    BASE.replace(`requires = ["hatchling"]`, `requires = ["hatchling>=1.27"]`),
    BASE.replace("seir-model", "seir"),
    BASE.replace(">=3.11", ">=3.12"),
    BASE.replace("==2.1", "==2.2"),
    BASE.replace("matplotlib", "seaborn"),
    BASE.replace("wire_function", "other_function"),
    BASE.replace(`"pytest"`, `"pytest>=8"`),
    BASE.replace(`packages = ["models"]`, `packages = ["src/models"]`),
    BASE.replace("example.org/starsim", "example.org/fork"),
    ...[
      `[project.scripts]\nrun = "models.cli:main"`,
      `[project.gui-scripts]\nrun = "models.gui:main"`,
      `[[tool.uv.index]]\nurl = "https://example.org/simple"`,
      `[tool.uv]\nconstraint-dependencies = ["numpy<2"]`,
      `[tool.uv]\noverride-dependencies = ["numpy<2"]`,
      `[tool.uv]\nexclude-newer = "2026-01-01"`,
      `[tool.uv.build-backend]\nmodule-root = ""`,
      `[tool.poetry.dependencies]\nnumpy = "^2"`,
      `[[tool.poetry.source]]\nname = "x"\nurl = "https://example.org"`,
      `[[tool.poetry.packages]]\ninclude = "models"\nfrom = "src"`,
      `[tool.poetry.plugins."modelops.wire"]\nrun = "m:f"`,
      `[[tool.pdm.source]]\nname = "x"\nurl = "https://example.org"`,
      `[tool.pdm.build]\npackage-dir = "lib"`,
      `[tool.hatch.build.targets.sdist]\ninclude = ["data"]`,
      `[tool.setuptools.package-dir]\n"" = "lib"`,
      `[tool.setuptools.package-data]\nmodels = ["*.csv"]`,
      `[tool.setuptools.dynamic]\ndependencies = {file = ["requirements.txt"]}`,
      `[tool.flit.module]\nname = "models"`,
      `[tool.maturin]\npython-source = "python"`,
    ].map((more) => `${BASE}\n${more}\n`),
  ];
  const forms = changed.map(text);
  for (const [at, form] of forms.entries()) assert.notEqual(form, text(BASE), changed[at]!);
  assert.equal(new Set(forms).size, forms.length);
});

Deno.test("what is no TOML has no canonical form; odd numbers and a key called __proto__ have one", () => {
  assert.equal(canonicalPyproject("a == 1"), null);
  assert.equal(
    text(`[build-system]\nx = nan\ny = inf\nz = -0.0\n"__proto__" = 1`),
    `{"build-system":{"__proto__":1,"x":"NaN","y":"Infinity","z":0}}`,
  );
  assert.equal(text(""), "{}");
  assert.equal(text(`project = 3\ntool = []`), "{}");
});

Deno.test("law: the order of tables does not matter", () => {
  const tables = BASE.trim().split(/\n(?=\[)/);
  fc.assert(fc.property(fc.shuffledSubarray(tables, { minLength: tables.length }), (order) => {
    assert.equal(text(order.join("\n")), text(BASE));
  }));
});

function differences(before: string, after: string): string[] {
  return differencesOfDeclarations(canonicalPyproject(before)!, canonicalPyproject(after)!);
}

Deno.test("differences are told by dependency, then by key", () => {
  assert.deepEqual(differences(BASE, BASE), []);
  assert.deepEqual(differences(BASE, BASE.replace("==2.1", "==2.2")), ["starsim 2.1 → 2.2"]);
  assert.deepEqual(differences(BASE, BASE.replace(">= 1.26", ">=2.0")), ["numpy >=1.26 → >=2.0"]);
  assert.deepEqual(differences(BASE, BASE.replace(`"starsim==2.1"`, `"starsim"`)), ["starsim ==2.1 → any version"]);
  assert.deepEqual(differences(BASE, BASE.replace(`"starsim==2.1"`, `"starsim==2.1", "scipy>=1"`)), ["scipy added"]);
  assert.deepEqual(differences(BASE, BASE.replace(`"starsim==2.1", `, "")), ["starsim removed"]);
  assert.deepEqual(differences(BASE, BASE.replace(`"starsim==2.1"`, `"starsim[all]==2.1"`)), ["starsim==2.1 → starsim[all]==2.1"]);
  assert.deepEqual(differences(BASE, BASE.replace("org/calabaria", "org/fork")), [
    "modelops-calabaria git+https://example.org/calabaria → git+https://example.org/fork",
  ]);
  assert.deepEqual(differences(BASE, BASE.replace(">=3.11", ">=3.12")), ["requires-python >=3.11 → >=3.12"]);
  assert.deepEqual(differences(BASE, BASE.replace(`requires-python = ">=3.11"\n`, "")), ["requires-python removed"]);
  assert.deepEqual(differences(BASE, BASE.replace("matplotlib", "seaborn").replace(`"pytest"`, `"pytest>=8"`)), [
    "extra plots: matplotlib removed",
    "extra plots: seaborn added",
    "group dev: pytest any version → >=8",
  ]);
  assert.deepEqual(differences(BASE, BASE.replace("hatchling.build", "setuptools.build_meta")), [
    "build-system.build-backend hatchling.build → setuptools.build_meta",
  ]);
  assert.deepEqual(differences(BASE, BASE.replace(`["models"]`, `["src/models"]`)), ["tool.hatch.build.targets.wheel.packages changed"]);
  assert.deepEqual(differences(BASE, BASE.replace(/\[tool\.uv[^]*/, "")), ["tool.uv.sources.starsim.git removed"]);
  assert.deepEqual(differences("", BASE.replace(/\[dep[^]*/, "")).slice(0, 3), [
    "modelops-calabaria added",
    "numpy added",
    "starsim added",
  ]);
});

Deno.test("differences of a poetry project, and of what is no TOML", () => {
  const poetry = (version: string) => `[tool.poetry.dependencies]\npython = "^3.11"\nstarsim = "${version}"\n`;
  assert.deepEqual(differences(poetry("^2.1"), poetry("^2.2")), ["starsim ^2.1 → ^2.2"]);
  assert.deepEqual(differences(poetry("2.1"), poetry("2.1").replace("3.11", "3.12")), ["requires-python ^3.11 → ^3.12"]);
  const raw = new TextEncoder().encode("a == 1");
  assert.deepEqual(differencesOfDeclarations(canonicalPyproject(BASE)!, raw), ["it is not valid TOML now"]);
  assert.deepEqual(differencesOfDeclarations(raw, canonicalPyproject(BASE)!), ["it is valid TOML again"]);
});

Deno.test("law: there are differences exactly where the canonical form differs", () => {
  const part = fc.constantFrom(
    `"starsim==2.1"`,
    `"starsim==2.2"`,
    `"numpy"`,
    `"numpy>=1; python_version < '3.12'"`,
    `"not a requirement!"`,
    `"x[a,b]"`,
  );
  const pyproject = fc.record({
    dependencies: fc.array(part, { maxLength: 3 }),
    extra: fc.array(part, { maxLength: 2 }),
    group: fc.array(fc.oneof(part, fc.constant(`{include-group = "a"}`)), { maxLength: 2 }),
    python: fc.option(fc.constantFrom(">=3.11", ">=3.12")),
    packages: fc.option(fc.constantFrom(`["a"]`, `["b"]`, "3")),
  }).map(({ dependencies, extra, group, python, packages }) =>
    `[project]\ndependencies = [${dependencies}]\n${python === null ? "" : `requires-python = "${python}"\n`}` +
    `[project.optional-dependencies]\nx = [${extra}]\n[dependency-groups]\ny = [${group}]\n` +
    (packages === null ? "" : `[tool.hatch.build.targets.wheel]\npackages = ${packages}\n`)
  );
  fc.assert(
    fc.property(pyproject, pyproject, (before, after) => {
      assert.equal(differences(before, after).length > 0, text(before) !== text(after), `${before}\n---\n${after}`);
    }),
    { numRuns: 500 },
  );
});

Deno.test("declarations are read from what is there: dependencies with their group, wires, locks, layout", () => {
  const { declarations } = projectOf({
    "pyproject.toml": BASE,
    "uv.lock": `[[package]]\nname = "NumPy"\nversion = "2.0"\n`,
    "requirements.txt": "numpy==2.1\n",
    "models/a.py": "",
  });
  const { pyproject, locks, layout } = declarations;
  assert.equal(pyproject?.problem, null);
  assert.equal(pyproject?.name, "seir-model");
  assert.equal(pyproject?.requiresPython, ">=3.11");
  assert.deepEqual(
    pyproject?.dependencies.map(({ name, specifier, url, group }) => [name, specifier || url, group]),
    [
      ["starsim", "==2.1", null],
      ["numpy", ">=1.26", null],
      ["modelops-calabaria", "git+https://example.org/calabaria", null],
      ["matplotlib", null, "plots"],
      ["pytest", null, "dev"],
    ].map(([name, how, group]) => [name, how ?? null, group]),
  );
  assert.deepEqual(pyproject?.wireEntryPoints, ["execute = modelops_calabaria.modelops_wire:wire_function"]);
  assert.deepEqual(locks.map(({ path, packages }) => [path, [...packages]]), [["uv.lock", [["numpy", "2.0"]]], ["requirements.txt", [[
    "numpy",
    "2.1",
  ]]]]);
  assert.equal(layout.from, "tool.hatch.build.targets.wheel");
});

Deno.test("a pyproject.toml that is no TOML is told with its place, and counts by its bytes; none at all is null", () => {
  const bad = projectOf({ "pyproject.toml": "[project]\nname = \n", "src/a.py": "" }).declarations;
  assert.equal(bad.pyproject?.problem?.line, 2);
  assert.equal(new TextDecoder().decode(bad.pyproject?.canonicalBytes), "[project]\nname = \n");
  assert.deepEqual(bad.layout.roots.map(({ folder }) => folder), ["src", ""]);
  assert.equal(projectOf({ "a.py": "" }).declarations.pyproject, null);
});

Deno.test("poetry's own dependencies are read", () => {
  const texts = new Map<BundlePath, string>([[
    PROJECT_FILES[0]!,
    `[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\npython = "^3.11"\nScikit_Learn = "^1.4"\nlocal = {path = "../local"}\npinned = {version = "1.0", extras = ["A"]}\n[tool.poetry.group.dev.dependencies]\npytest = "*"\n`,
  ]]);
  const { pyproject } = readDeclarations(texts, new Set([asPath("a.py")]), foldersOf(["a.py"]), { codeRoots: null });
  assert.deepEqual(pyproject?.dependencies.map(({ name, specifier, url, extras, group }) => [name, specifier, url, extras, group]), [
    ["scikit-learn", "^1.4", null, [], null],
    ["local", "", "../local", [], null],
    ["pinned", "1.0", null, ["a"], null],
    ["pytest", "", null, [], "dev"],
  ]);
  assert.equal(pyproject?.requiresPython, "^3.11");
});
