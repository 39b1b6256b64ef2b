import assert from "node:assert/strict";
import { parseToml } from "../../src/base/toml.ts";
import type { SourceLayout } from "../../src/python/project_sources.ts";
import { moduleNameOf } from "../../src/python/resolve_import.ts";
import { sourceLayout } from "../../src/python/source_layout.ts";
import { asPath, foldersOf } from "../support/python_project.ts";

const FILES = ["src/models/sir.py", "lib/models/sir.py", "models/sir.py", "python/core/x.py", "code/y.py"];

function layout(pyproject: string | null, files: readonly string[] = FILES, codeRoots: readonly string[] | null = null): SourceLayout {
  return sourceLayout({
    pyproject: pyproject === null ? null : parseToml(pyproject, "pyproject.toml"),
    codeRoots,
    files: new Set(files.map(asPath)),
    folders: foldersOf(files),
  });
}

function roots(pyproject: string | null, files?: readonly string[], codeRoots?: readonly string[]): string[] {
  return layout(pyproject, files, codeRoots ?? null).roots.map(({ folder, prefix }) => prefix === "" ? folder : `${folder} as ${prefix}`);
}

const HATCH = `[build-system]\nbuild-backend = "hatchling.build"\n`;
const SETUPTOOLS = `[build-system]\nbuild-backend = "setuptools.build_meta"\n`;
const backend = (name: string) => `[build-system]\nbuild-backend = "${name}"\n`;

Deno.test("without configuration src/ is a root if it holds Python, and the project's folder is always the last", () => {
  assert.deepEqual(roots(null), ["src", ""]);
  assert.deepEqual(roots(null, ["models/sir.py", "src/notes.txt"]), [""]);
  assert.equal(layout(null).from, "src/");
  assert.equal(layout(null, ["a.py"]).from, "the project's folder");
});

Deno.test("code roots of config.yaml come first, and those that do not exist are left out", () => {
  assert.deepEqual(roots(null, FILES, ["./lib/", "nowhere", "../out", "/abs"]), ["lib", ""]);
  assert.deepEqual(roots(`${HATCH}[tool.hatch.build.targets.wheel]\npackages = ["src/models"]`, FILES, ["lib"]), ["lib", "src", ""]);
  assert.equal(layout(null, FILES, ["lib"]).from, "auto_code.code_roots in config.yaml");
});

Deno.test("hatch: packages, only-include with sources, renamed sources, folders of development mode", () => {
  const wheel = "[tool.hatch.build.targets.wheel]\n";
  assert.deepEqual(roots(`${HATCH}${wheel}packages = ["src/models", "lib/models/"]`), ["src", "lib", ""]);
  assert.deepEqual(roots(`${HATCH}${wheel}packages = ["models"]`), [""]);
  assert.deepEqual(roots(`${HATCH}${wheel}only-include = ["lib/models"]\nsources = ["lib"]`), ["lib", ""]);
  assert.deepEqual(roots(`${HATCH}${wheel}only-include = ["models"]`), [""]);
  assert.deepEqual(roots(`${HATCH}${wheel}[tool.hatch.build.targets.wheel.sources]\n"python/core" = "seir/core"\n"src" = ""`), [
    "python/core as seir.core",
    "src",
    "",
  ]);
  assert.deepEqual(roots(`${HATCH}[tool.hatch.build]\nsources = ["lib"]`), ["lib", ""]);
  assert.deepEqual(roots(`${HATCH}[tool.hatch.build]\ndev-mode-dirs = ["lib", "."]`), ["lib", ""]);
  assert.deepEqual(
    roots(`${HATCH}${wheel}[tool.hatch.build.targets.wheel.force-include]\n"python/core" = "seir"\n"src/models" = "models"`),
    [
      "python/core as seir",
      "src",
      "",
    ],
  );
  assert.deepEqual(roots(HATCH), ["src", ""], "hatch looks into src/ by itself");
  assert.equal(layout(`${HATCH}${wheel}packages = ["models"]`).from, "tool.hatch.build.targets.wheel");
});

Deno.test("setuptools: package-dir, packages.find, listed packages and modules", () => {
  assert.deepEqual(roots(`${SETUPTOOLS}[tool.setuptools]\npackage-dir = {"" = "lib"}`), ["lib", ""]);
  assert.deepEqual(roots(`${SETUPTOOLS}[tool.setuptools.package-dir]\nseir = "python/core"\nmodels = "lib/models"`), [
    "python/core as seir",
    "lib",
    "",
  ]);
  assert.deepEqual(roots(`${SETUPTOOLS}[tool.setuptools.packages.find]\nwhere = ["src", "lib"]`), ["src", "lib", ""]);
  assert.deepEqual(roots(`${SETUPTOOLS}[tool.setuptools]\npackages = ["models"]`), [""]);
  assert.deepEqual(roots(`${SETUPTOOLS}[tool.setuptools]\npy-modules = ["wire"]`), [""]);
  assert.deepEqual(roots(`[tool.setuptools.packages.find]\nwhere = ["lib"]`), ["lib", ""], "no build-system means setuptools");
  assert.deepEqual(roots(SETUPTOOLS), ["src", ""]);
});

Deno.test("poetry: packages with from and to", () => {
  const poetry = backend("poetry.core.masonry.api");
  assert.deepEqual(roots(`${poetry}[[tool.poetry.packages]]\ninclude = "models"\nfrom = "lib"`), ["lib", ""]);
  assert.deepEqual(roots(`${poetry}[tool.poetry]\npackages = [{include = "models"}]`), [""]);
  assert.deepEqual(roots(`${poetry}[tool.poetry]\npackages = [{include = "core", from = "python", to = "seir"}]`), ["python as seir", ""]);
  assert.deepEqual(roots(poetry), ["src", ""]);
});

Deno.test("uv builds from src/ unless module-root says otherwise; pdm and maturin name a folder; flit looks in both places", () => {
  assert.deepEqual(roots(backend("uv_build")), ["src", ""]);
  assert.deepEqual(roots(`${backend("uv_build")}[tool.uv.build-backend]\nmodule-root = ""`), [""]);
  assert.deepEqual(roots(`${backend("uv_build")}[tool.uv.build-backend]\nmodule-root = "lib"\nmodule-name = "models"`), ["lib", ""]);
  assert.deepEqual(roots(`${backend("pdm.backend")}[tool.pdm.build]\npackage-dir = "lib"`), ["lib", ""]);
  assert.deepEqual(roots(`${backend("maturin")}[tool.maturin]\npython-source = "python"`), ["python", ""]);
  assert.deepEqual(roots(backend("flit_core.buildapi")), ["src", ""]);
});

Deno.test("another backend's tables do not count", () => {
  assert.deepEqual(roots(`${HATCH}[tool.setuptools]\npackage-dir = {"" = "lib"}`), ["src", ""]);
});

Deno.test("values of the wrong type are passed over", () => {
  assert.deepEqual(roots(`${HATCH}[tool.hatch.build.targets.wheel]\npackages = "src/models"\nsources = 3`), ["src", ""]);
  assert.deepEqual(roots(`tool = 1`), ["src", ""]);
});

Deno.test("a module's name is counted from the deepest root, with the name that the root is installed under", () => {
  const both: SourceLayout = {
    roots: [{ folder: "src", prefix: "" }, { folder: "python/core", prefix: "seir.core" }, { folder: "", prefix: "" }],
    from: "",
  };
  const names = [
    "src/models/sir.py",
    "models/sir.py",
    "models/__init__.py",
    "sir.py",
    "python/core/x.py",
    "python/core/__init__.py",
    "srcs/x.py",
  ];
  assert.deepEqual(names.map((path) => moduleNameOf(both, asPath(path))), [
    "models.sir",
    "models.sir",
    "models",
    "sir",
    "seir.core.x",
    "seir.core",
    "srcs.x",
  ]);
});
