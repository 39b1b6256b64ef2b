/**
 * Whoever has a bundle and docs/formats.md can make the digests of its closures anew: `closure_digest.py` is the page in Python, with its own
 * reader of TOML, and reads the list of keys that count from the page itself.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { canonicalPyproject } from "../../src/python/pyproject.ts";
import { Desk } from "../support/program.ts";
import { python, pythonTest } from "../support/python.ts";
import { copySample, type Sample } from "../support/samples.ts";

const SCRIPT = new URL("../support/closure_digest.py", import.meta.url).pathname;
const FORMATS = new URL("../../docs/formats.md", import.meta.url).pathname;

const REGISTER: Readonly<Record<Sample, readonly (readonly string[])[]>> = {
  sample_project: [
    ["register-model", "models/seir.py", "models/network_model.py", "--data", "data/"],
    ["register-target", "targets/incidence.py"],
  ],
  starsim_sample: [["register-model", "src/rsv/model.py", "--auto-data"], ["register-target", "src/rsv/targets/admissions.py"]],
};

for (const sample of ["sample_project", "starsim_sample"] as const) {
  pythonTest(`every closure digest of the published ${sample} comes out of the page alone`, ["yaml", "tomllib"], async () => {
    using desk = new Desk();
    copySample(sample, desk, "project");
    const cwd = "project";
    await desk.mops(["init", "."], { cwd });
    for (const command of REGISTER[sample]) await desk.mops(command, { cwd });
    const { reference } = await desk.json(["push"], { cwd });
    await desk.mops(["pull", "--ref", reference, "--into", "reader"]);
    const digests: Record<string, [string, string]> = JSON.parse(await python(SCRIPT, [FORMATS, join(desk.path, "reader")]));
    assert.ok(Object.keys(digests).filter((key) => key.endsWith("pyproject.toml")).length >= 2);
    for (const [entry, [recorded, made]] of Object.entries(digests)) assert.equal(made, recorded, entry);

    // A new description changes nothing; another requirement changes every entry.
    const pyproject = desk.read("reader/pyproject.toml");
    desk.write("reader/pyproject.toml", pyproject.replace("[project]", '[project]\nkeywords = ["epidemics"]'));
    assert.deepEqual(JSON.parse(await python(SCRIPT, [FORMATS, join(desk.path, "reader")])), digests);
    desk.write("reader/pyproject.toml", pyproject.replace(/dependencies = \[/, '$&"numpy==1.26.4", '));
    const changed: typeof digests = JSON.parse(await python(SCRIPT, [FORMATS, join(desk.path, "reader")]));
    for (const [entry, [recorded, made]] of Object.entries(changed)) {
      if (!/\.lock$|requirements\.txt$/.test(entry)) assert.notEqual(made, recorded, entry);
    }
  });
}

const text = fc.string({ unit: fc.constantFrom(..."aZ09._- ,;@<>=!~[]()'é\u{1f600}\u007f\t"), maxLength: 12 });
const name = fc.constantFrom("numpy", "Scikit_Learn", "a.b-c__d", "x", "ruamel.yaml");
const requirement = fc.oneof(
  text,
  fc.tuple(
    name,
    fc.constantFrom("", "[b, A_x]", "[]", " [c]"),
    fc.constantFrom("", ">=1", " >=1.4, <2", "(==2.0)", "~= 1.0 , !=1.3", "==1.*", " 1.0"),
  ).map((parts) => parts.join("")),
  fc.tuple(name, fc.constantFrom("@ https://x.org/a;b", "@git+https://x.org/a.git", "@ ")).map((parts) => parts.join(" ")),
).chain((one) => fc.constantFrom("", "; python_version < '3.12'", " ;  os_name=='nt'   and x", ";").map((marker) => one + marker));
const list = (item: fc.Arbitrary<string>) =>
  fc.array(item.map((one) => JSON.stringify(one)), { maxLength: 5 }).map((all) => `[${all.join(", ")}]`);
const plain = fc.oneof(
  text.map((one) => JSON.stringify(one)),
  fc.constantFrom(
    "1",
    "1.0",
    "0.25",
    "true",
    "9007199254740991",
    "9007199254740992",
    "-12345678901234567890123",
    "inf",
    "-inf",
    "nan",
    "{}",
  ),
  fc.constantFrom("2026-01-28", "07:32:00", "2026-01-28T07:32:00Z", "2026-01-28T07:32:00.98765-03:30", "2026-01-28 07:32:00"),
  list(text),
);
const value = (item: fc.Arbitrary<string>) => fc.oneof(item, plain);
const document = fc.record({
  requires: list(requirement),
  dependencies: value(list(requirement)),
  extra: value(list(requirement)),
  group: value(list(requirement)),
  index: plain,
  unknown: plain,
  flit: plain,
  key: fc.constantFrom("plots", '"é x"', '"__proto__"', '"a.b"'),
}).map(({ requires, dependencies, extra, group, index, unknown, flit, key }) =>
  `[build-system]
requires = ${requires}
[project]
name = "x"
keywords = ${unknown}
dependencies = ${dependencies}
[project.optional-dependencies]
${key} = ${extra}
[dependency-groups]
${key} = ${group}
dev = [{include-group = "z"}, "ruff>1", {include-group = "a"}]
[tool.uv]
index = ${index}
managed = ${unknown}
[tool.hatch.envs.x]
y = ${unknown}
[tool.flit]
${key} = ${flit}
`.replaceAll("\u007f", "\\u007F")
);

pythonTest("the page's form of pyproject.toml is ours, for whatever stands in it", ["tomllib"], async () => {
  using desk = new Desk();
  const texts = [
    ...fc.sample(document, { numRuns: 400, seed: 4 }),
    "",
    "\uFEFF[project]\nname = 'x'\n",
    "not TOML",
    "[project]\r\nname = 'x'\r\n",
  ];
  texts.forEach((one, index) => desk.write(`${index}/pyproject.toml`, one));
  const files = texts.map((_, index) => join(desk.path, `${index}/pyproject.toml`));
  const lines = (await python(SCRIPT, [FORMATS, "--pyproject", ...files])).split("\n").slice(0, -1);
  assert.equal(lines.length, texts.length);
  assert.ok(texts.filter((one) => canonicalPyproject(one) !== null).length > 350, "most of them are TOML");
  texts.forEach((one, index) => {
    const bytes = canonicalPyproject(one);
    assert.equal(lines[index], bytes === null ? one : new TextDecoder().decode(bytes), one);
  });
});

pythonTest("the worked example of docs/formats.md comes out of its own rules", ["tomllib"], async () => {
  using desk = new Desk();
  const page = await Deno.readTextFile(FORMATS);
  const example = (name: string) => new RegExp(`<!-- example: ${name} -->\n\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(page)![1]!;
  desk.write("pyproject.toml", example("pyproject"));
  assert.equal(await python(SCRIPT, [FORMATS, "--pyproject", join(desk.path, "pyproject.toml")]), example("canonical pyproject"));
});
