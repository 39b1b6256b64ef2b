import assert from "node:assert/strict";
import fc from "fast-check";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { closureDigest, type ClosureFile } from "../../src/models/closure_digest.ts";
import { closureOf, type ClosureRequest, expandGiven } from "../../src/models/closure_of.ts";
import type { AnalysedClosure } from "../../src/models/entry_analysis.ts";
import { asPath, projectOf, sourcesOf } from "../support/python_project.ts";

const FILES = {
  "README.md": "",
  "pyproject.toml": `[project]\nname = "x"\n`,
  "uv.lock": "",
  "requirements-dev.txt": "",
  "models/__init__.py": "",
  "models/a.py": `import helpers.load\nopen("data/x.csv")\nopen("data/gone.csv")`,
  "models/b.py": "",
  "helpers/load.py": `def table():\n    return open("data/deep/y.csv")`,
  "data/x.csv": "",
  "data/z.csv": "",
  "data/deep/y.csv": "",
  "data/make.py": "",
};

function closure(
  request: Partial<ClosureRequest> = {},
  files: Record<string, string> = FILES,
  ignore: readonly string[] = [],
): AnalysedClosure {
  const { sources, declarations } = projectOf(files, { ignore });
  return closureOf(sources, declarations, {
    path: asPath("models/a.py"),
    symbol: "A",
    dataGiven: [],
    codeGiven: [],
    autoCode: true,
    codeMode: "files",
    autoData: [],
    ...request,
  });
}

const told = (list: AnalysedClosure["code"]) => list.map(({ path, via }) => `${path} ${via.how}`);

Deno.test("a closure is code that imports lead to, data that was given, and the declarations that the project has", () => {
  const found = closure({ dataGiven: ["data/x.csv"] });
  assert.deepEqual(told(found.code), ["helpers/load.py imports", "models/__init__.py package", "models/a.py own"]);
  assert.deepEqual(told(found.data), ["data/x.csv given"]);
  assert.deepEqual(told(found.project), ["pyproject.toml declares", "uv.lock declares"]);
});

Deno.test("data that code names is proposed, not taken; what is not there is not proposed", () => {
  const found = closure({ dataGiven: ["data/x.csv"] });
  assert.deepEqual(found.proposed.map(({ path, file, scope }) => [path, file, scope]), [["data/deep/y.csv", "helpers/load.py", "table"]]);
  assert.deepEqual(closure({ dataGiven: ["data/"] }).proposed, []);
});

Deno.test("a folder, with and without a slash, is everything below it; a pattern what it matches; each file once", () => {
  for (const given of ["data", "data/", "./data/", "data//"]) {
    assert.deepEqual(closure({ dataGiven: [given] }).data.map(({ path }) => path), [
      "data/deep/y.csv",
      "data/make.py",
      "data/x.csv",
      "data/z.csv",
    ], given);
  }
  assert.deepEqual(told(closure({ dataGiven: ["data/*.csv", "data/x.csv"] }).data), ["data/x.csv given", "data/z.csv given"]);
  assert.deepEqual(closure({ dataGiven: ["data/**/*.csv"] }).data.map(({ path }) => path), ["data/deep/y.csv", "data/x.csv", "data/z.csv"]);
  assert.equal(closure({ dataGiven: ["data/*.csv"] }).data[0]?.via.what, "data/*.csv");
});

Deno.test("what leads to nothing is told", () => {
  const found = closure({ dataGiven: ["data/gone.csv", "nowhere/", "x*"], codeGiven: ["gone.py"], autoData: ["data/no.csv"] });
  assert.deepEqual(found.missingGiven, ["gone.py", "data/gone.csv", "nowhere/", "x*", "data/no.csv"]);
  assert.deepEqual(found.data, []);
});

Deno.test("code stays code, whatever else names it; lists share no path", () => {
  const found = closure({ dataGiven: ["models/", "data/", "pyproject.toml"], codeGiven: ["data/make.py"] });
  assert.deepEqual(told(found.code), ["data/make.py given", "helpers/load.py imports", "models/__init__.py package", "models/a.py own"]);
  assert.deepEqual(found.data.map(({ path }) => path), ["data/deep/y.csv", "data/x.csv", "data/z.csv", "models/b.py", "pyproject.toml"]);
  assert.deepEqual(told(found.project), ["uv.lock declares"]);
});

Deno.test("a decorator's data is data of a target", () => {
  assert.deepEqual(told(closure({ autoData: ["data/z.csv"] }).data), ["data/z.csv given"]);
});

Deno.test("without auto-code the own file, its packages and what was given are the code", () => {
  assert.deepEqual(told(closure({ autoCode: false, codeGiven: ["models/b.py"] }).code), [
    "models/__init__.py package",
    "models/a.py own",
    "models/b.py given",
  ]);
});

Deno.test("without auto-code nothing is said of what imports lead to", () => {
  const files = { ...FILES, "helpers/load.py": "from . import gone\nimport jax\nopen('data/z.csv')" };
  const { followed, proposed } = closure({ autoCode: false }, files);
  assert.deepEqual([followed.broken, followed.outside], [[], []]);
  assert.deepEqual(proposed.map(({ path }) => path), ["data/x.csv"]);
});

Deno.test("auto_code.ignore keeps code out of closures, with what only it leads to; what was given stays", () => {
  const files = { ...FILES, "helpers/load.py": "import helpers.deep.more", "helpers/deep/more.py": "import models.b" };
  assert.deepEqual(told(closure({}, files, ["helpers/*"]).code), ["models/__init__.py package", "models/a.py own"]);
  assert.deepEqual(told(closure({}, files, ["*/more.py", "models/a.py"]).code), [
    "helpers/load.py imports",
    "models/__init__.py package",
    "models/a.py own",
  ]);
  assert.deepEqual(told(closure({ codeGiven: ["helpers/deep"] }, files, ["helpers/*"]).code), [
    "helpers/deep/more.py given",
    "models/__init__.py package",
    "models/a.py own",
    "models/b.py imports",
  ]);
});

Deno.test("code that was given is followed, too", () => {
  const files = { ...FILES, "plugins/p.py": "import models.b" };
  assert.deepEqual(told(closure({ codeGiven: ["plugins/p.py"] }, files).code), [
    "helpers/load.py imports",
    "models/__init__.py package",
    "models/a.py own",
    "models/b.py imports",
    "plugins/p.py given",
  ]);
});

Deno.test("given paths are expanded in their order, sorted, each once", () => {
  const sources = sourcesOf(FILES);
  assert.deepEqual(expandGiven(sources, ["models/b.py", "data/*.csv", "models", "gone"]), {
    paths: ["data/x.csv", "data/z.csv", "models/__init__.py", "models/a.py", "models/b.py"],
    missing: ["gone"],
  });
});

const path = fc.constantFrom(...["a.py", "b.py", "data/x.csv", "__proto__", "12", "é/ü.csv", "\u{1F600}.csv", "\uFF5E.csv"].map(asPath));
const file = fc.record({ digest: fc.constantFrom<Digest>(digestOf(new Uint8Array([1])), digestOf(new Uint8Array([2]))), size: fc.nat(3) });
const files = fc.uniqueArray(fc.tuple(path, file), { selector: ([path]) => path, maxLength: 6 });
const parts = fc.record({ code: files, data: files, project: files });

Deno.test("law: a closure's digest does not depend on the order of files", () => {
  fc.assert(fc.property(parts, ({ code, data, project }) => {
    const turned = { code: code.toReversed(), data: data.toReversed(), project: project.toReversed() };
    assert.equal(closureDigest(turned), closureDigest({ code, data, project }));
  }));
});

Deno.test("law: two closures have one digest only if they hold the same files, in the same parts", () => {
  const table = (list: readonly (readonly [BundlePath, ClosureFile])[]) =>
    list.map(([path, { digest, size }]) => `${path} ${digest} ${size}`).sort().join();
  fc.assert(fc.property(parts, parts, (one, other) => {
    const same = (["code", "data", "project"] as const).every((part) => table(one[part]) === table(other[part]));
    assert.equal(closureDigest(one) === closureDigest(other), same);
  }));
});

Deno.test("the digest's form is that of decision 0007, to the byte", () => {
  const digest = digestOf(new Uint8Array([1]));
  const text = `{"code":{"a.py":["${digest}",1]},"data":{},"project":{},"schema":"mops.closure","version":1}`;
  assert.equal(
    closureDigest({ code: [[asPath("a.py"), { digest, size: 1 }]], data: [], project: [] }),
    digestOf(new TextEncoder().encode(text)),
  );
});
