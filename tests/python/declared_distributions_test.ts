import assert from "node:assert/strict";
import { distributionsOf, undeclaredImports } from "../../src/python/declared_distributions.ts";
import { followImports } from "../../src/python/follow_imports.ts";
import { asPath, projectOf } from "../support/python_project.ts";

function undeclared(code: string, files: Record<string, string>): string[] {
  const { sources, declarations } = projectOf({ ...files, "models/a.py": code });
  const { outside } = followImports(sources, asPath("models/a.py"), { codeMode: "files" });
  return undeclaredImports(declarations, outside).map((one) =>
    `${one.import.name} (${one.distribution}) ${one.how}${one.group === null ? "" : ` ${one.group}`} line ${one.import.at.line}`
  );
}

const PYPROJECT = (dependencies: string) => `[project]\nname = "x"\ndependencies = [${dependencies}]\n`;

Deno.test("point 13: an import that nothing declares is told, once, with its place", () => {
  const code = "import os, numpy\nimport scipy.stats\nfrom scipy import signal\nimport numpy.linalg";
  assert.deepEqual(undeclared(code, { "pyproject.toml": PYPROJECT(`"NumPy>=1"`) }), ["scipy (scipy) undeclared line 2"]);
});

Deno.test("point 13: modules are looked for under the name of what brings them", () => {
  const code = "import yaml, sklearn, cv2, PIL, modelops_calabaria, dateutil, ruamel.yaml, google.cloud.storage, netCDF4, louvain";
  const names =
    `"PyYAML", "scikit_learn", "opencv-python-headless", "pillow", "modelops-calabaria @ git+https://example.org/c", "python-dateutil", "ruamel.yaml", "google-cloud-storage", "netCDF4", "python-louvain"`;
  assert.deepEqual(undeclared(code, { "pyproject.toml": PYPROJECT(names) }), []);
  assert.deepEqual(undeclared("import cv2", { "pyproject.toml": PYPROJECT("") }), ["cv2 (opencv-python) undeclared line 1"]);
  assert.deepEqual(distributionsOf("sklearn.cluster")[0], "scikit-learn");
});

Deno.test("point 13: what is locked for something else's sake, or only in a group, or not locked, is told apart", () => {
  const files = {
    "pyproject.toml": `${
      PYPROJECT(`"starsim", "polars"`)
    }[project.optional-dependencies]\nplots = ["matplotlib"]\n[dependency-groups]\ndev = ["pytest"]\n`,
    "uv.lock": ["starsim", "numpy", "matplotlib", "pytest"].map((name) => `[[package]]\nname = "${name}"\nversion = "1"\n`).join(""),
  };
  assert.deepEqual(undeclared("import starsim, polars, numpy, matplotlib.pyplot as plt, pytest, jax", files), [
    "jax (jax) undeclared line 1",
    "matplotlib (matplotlib) grouped plots line 1",
    "numpy (numpy) transitive line 1",
    "polars (polars) unlocked line 1",
    "pytest (pytest) grouped dev line 1",
  ]);
});

Deno.test("point 13: an unconditional import is the one that is told", () => {
  const code = "try:\n    import jax\nexcept ImportError:\n    pass\nimport jax";
  assert.deepEqual(undeclared(code, { "pyproject.toml": PYPROJECT("") }), ["jax (jax) undeclared line 5"]);
});

Deno.test("point 13: where nobody can say what is declared, nothing is told", () => {
  assert.deepEqual(undeclared("import jax", {}), []);
  assert.deepEqual(undeclared("import jax", { "pyproject.toml": "a == 1" }), []);
  assert.deepEqual(undeclared("import jax", { "pyproject.toml": `[project]\nname = "x"\ndynamic = ["dependencies"]\n` }), []);
});

Deno.test("point 13: requirements.txt declares where pyproject.toml leaves it to it", () => {
  const dynamic = `[project]\nname = "x"\ndynamic = ["dependencies"]\n`;
  assert.deepEqual(undeclared("import jax, numpy", { "pyproject.toml": dynamic, "requirements.txt": "numpy" }), [
    "jax (jax) undeclared line 1",
  ]);
  assert.deepEqual(undeclared("import jax, numpy", { "requirements.txt": "numpy" }), ["jax (jax) undeclared line 1"]);
});
