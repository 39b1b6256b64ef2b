/** Preflight as people meet it: what a push refuses, with the place and the next command, and what it lets pass. */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";

// deno-lint-ignore no-explicit-any -- looked at key by key
type Document = any;

const MODEL = `import modelops_calabaria as cb


class SIR(cb.BaseModel):
    PARAMS = cb.ParameterSpace([cb.ParameterSpec("beta", 0.0, 1.0)])

    def build_sim(self, params, config):
        return None

    def run_sim(self, state, seed):
        return state

    @cb.model_output("cases")
    def cases(self, raw, seed):
        return raw
`;

async function lab(desk: Desk, pyproject: string | null = null): Promise<void> {
  desk.write("ann/models/__init__.py", "");
  desk.write("ann/models/sir.py", MODEL);
  if (pyproject !== null) desk.write("ann/pyproject.toml", pyproject);
  await desk.mops(["init", ".", "--name", "sir", "--registry", `oci:${desk.folder("site")}`], { cwd: "ann" });
  await desk.mops(["register-model", "models/sir.py"], { cwd: "ann" });
}

async function found(desk: Desk): Promise<string[]> {
  const { preflight } = await desk.json(["status", "--offline"], { cwd: "ann" });
  return preflight.map(({ code, severity }: Document) => `${severity} ${code}`);
}

Deno.test("scenario 46: init and register-model leave nothing to find, and the push tracks what is needed", async () => {
  using desk = new Desk();
  await lab(desk);
  assert.deepEqual(await found(desk), []);
  const pushed = await desk.json(["push"], { cwd: "ann" });
  assert.deepEqual(pushed.preflight, { skipped: false, issues: [] });
  const files = (await desk.json(["manifest", "latest"], { cwd: "ann" })).files.map((file: Document) => file.path);
  for (const path of ["models/__init__.py", "models/sir.py", "pyproject.toml"]) assert.ok(files.includes(path), path);
});

Deno.test("scenario 47: a push goes to the tag that was named, and outside of a project it says so", async () => {
  using desk = new Desk();
  await lab(desk);
  const pushed = await desk.json(["push", "--tag", "v1"], { cwd: "ann" });
  assert.deepEqual(pushed.tags.map((tag: Document) => tag.tag), ["v1"]);
  assert.match(pushed.digest, /^sha256:[0-9a-f]{64}$/);
  assert.match((await desk.mops(["push"], { cwd: "home", expect: 4 })).stderr, /is not inside a project/);
});

Deno.test("a needed file that nobody tracks is tracked by the push, and one line says so", async () => {
  using desk = new Desk();
  await lab(desk);
  await desk.mops(["remove", "models/__init__.py", "models/sir.py"], { cwd: "ann" });
  assert.deepEqual(await found(desk), ["warning untracked-file", "warning untracked-file"]);
  const plan = await desk.mops(["push", "--dry-run"], { cwd: "ann" });
  assert.match(plan.stdout, /\nWould track 2 files that models and targets need \(models\/__init__\.py, models\/sir\.py\)\n/);
  assert.doesNotMatch(desk.read("ann/.modelops-bundle/tracked.txt"), /models/);
  assert.match((await desk.mops(["push"], { cwd: "ann" })).stdout, /Tracked 2 files that models and targets need/);
  assert.match(desk.read("ann/.modelops-bundle/tracked.txt"), /models\/sir\.py/);
  assert.doesNotMatch((await desk.mops(["push"], { cwd: "ann" })).stdout, /Tracked/, "said once");

  const removed = await desk.mops(["remove", "models/sir.py"], { cwd: "ann" });
  assert.match(removed.stderr, /^warning: models\/sir\.py is needed by model sir_sir: a push tracks it again$/m);
  const again = await desk.mops(["push"], { cwd: "ann" });
  assert.match(again.stdout, /^Nothing to push: .*\nTracked 1 file that models and targets need \(models\/sir\.py\)\n/);
});

const WIRES: [name: string, files: Record<string, string>, codes: string[]][] = [
  ["nothing", {}, ["error missing-wire"]],
  ["wire.py", { "wire.py": "def wire(): ...\n" }, ["warning untracked-file"]],
  [".modelops/modelops.toml", { ".modelops/modelops.toml": '[modelops]\nwire = "models.sir:run"\n' }, ["warning untracked-file"]],
  [".modelops/manifest.json", { ".modelops/manifest.json": '{"wire": "models/sir.py:run"}' }, ["warning untracked-file"]],
  ["a manifest.json that leads nowhere", { ".modelops/manifest.json": '{"wire": "models/wire.py:run"}' }, ["error invalid-wire"]],
  ["a manifest.json without a wire", { ".modelops/manifest.json": "{}" }, ["error invalid-wire"]],
  ["a manifest.json that is no JSON", { ".modelops/manifest.json": "{" }, ["error invalid-wire"]],
  ["a modelops.toml that is no TOML", { ".modelops/modelops.toml": "[modelops\n" }, ["error invalid-wire"]],
];
for (const [name, files, codes] of WIRES) {
  Deno.test(`with ${name} and no framework among the dependencies, preflight finds ${codes.join(", ") || "nothing"}`, async () => {
    using desk = new Desk();
    await lab(desk, '[project]\nname = "m"\ndependencies = []\n');
    for (const [path, text] of Object.entries(files)) desk.write(`ann/${path}`, text);
    const wires = (await found(desk)).filter((code) => !code.endsWith("imported-not-declared"));
    assert.deepEqual(wires, codes);
    await desk.mops(["push"], { cwd: "ann", expect: codes.some((code) => code.startsWith("error")) ? 8 : 0 });
  });
}

const OWN_WIRE = '[project]\nname = "m"\ndependencies = []\n\n[project.entry-points."modelops.wire"]\nexecute = "mywire.run:wire"\n';

Deno.test("a project's own wire function travels with what it imports, and nothing goes out without it", async () => {
  using desk = new Desk();
  await lab(desk, OWN_WIRE);
  desk.write("ann/mywire/__init__.py", "");
  desk.write("ann/mywire/run.py", "from .util import load\n\n\ndef wire(): ...\n");
  desk.write("ann/mywire/util.py", "def load(): ...\n");
  const wire = ["mywire/__init__.py", "mywire/run.py", "mywire/util.py"];
  const { preflight } = await desk.json(["status", "--offline"], { cwd: "ann" });
  const untracked = preflight.filter(({ code }: Document) => code === "untracked-file");
  assert.deepEqual(untracked.map(({ path }: Document) => path).sort(), wire);
  assert.deepEqual([...(await desk.json(["push"], { cwd: "ann" })).autoTracked].sort(), wire);
  assert.deepEqual((await found(desk)).filter((code) => code.startsWith("error")), []);

  Deno.removeSync(`${desk.path}/ann/mywire/util.py`);
  assert.match(
    (await desk.mops(["push"], { cwd: "ann", expect: 8 })).stderr,
    /mywire\/run\.py line 1 imports \.util, and mywire\/util\.py does not exist/,
  );
  Deno.removeSync(`${desk.path}/ann/mywire`, { recursive: true });
  const refused = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(refused.stderr, /wire function mywire\.run:wire, and neither the project nor a declared dependency has that module/);
  assert.ok((await found(desk)).includes("error missing-wire-module"));
});

Deno.test("an entry point of the wire function that a declared dependency brings needs no file", async () => {
  using desk = new Desk();
  await lab(desk, OWN_WIRE.replace("[]", '["MyWire>=1"]'));
  assert.deepEqual((await found(desk)).filter((code) => code.includes("wire")), []);
});

Deno.test("a needed file that is there and ignored is told with the pattern and the command, wherever the import leads from", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("ann/models/tables.py", "T = 1\n");
  desk.write("ann/helper.py", "H = 1\n");
  desk.write("ann/models/sir.py", `from . import tables\nfrom helper import H\n${MODEL}`);
  desk.write("ann/targets/__init__.py", "");
  desk.write("ann/data/obs.csv", "1\n");
  desk.write(
    "ann/targets/inc.py",
    'import modelops_calabaria as cb\n\n\n@cb.calibration_target(model_output="cases", data={"obs": "data/obs.csv"})\ndef inc(data_paths):\n    return None\n',
  );
  desk.write("ann/.modelopsignore", "models/tables.py\n/helper.py\n*.csv\n");
  await desk.mops(["register-target", "targets/inc.py"], { cwd: "ann" });
  const errors = async () => {
    const { preflight } = await desk.json(["status", "--offline"], { cwd: "ann" });
    return preflight.filter(({ severity }: Document) => severity === "error").map(({ code, message, hint }: Document) =>
      `${code}: ${message} | ${hint}`
    );
  };
  const out = "(or take the pattern out)";
  assert.deepEqual(await errors(), [
    `ignored-file: models/sir.py line 1 imports .tables, and models/tables.py is ignored by models/tables.py (.modelopsignore line 1) | mops bundle add --force models/tables.py   ${out}`,
    `ignored-file: models/sir.py line 2 imports helper, and helper.py is ignored by /helper.py (.modelopsignore line 2) | mops bundle add --force helper.py   ${out}`,
    `ignored-file: targets/inc.py line 5: target inc reads data/obs.csv, which is ignored by *.csv (.modelopsignore line 3) | mops bundle add --force data/obs.csv   ${out}`,
  ]);
  const registry = desk.read("ann/.modelops-bundle/registry.yaml");
  desk.write("ann/.modelops-bundle/registry.yaml", registry.replace("    code:\n", "    code:\n      - models/tables.py\n"));
  assert.equal(
    (await errors()).filter((text: string) => text.includes("models/tables.py is")).length,
    1,
    "recorded and ignored: told once",
  );
  desk.write("ann/.modelops-bundle/registry.yaml", registry);
  await desk.mops(["add", "--force", "models/tables.py", "helper.py", "data/obs.csv"], { cwd: "ann" });
  assert.deepEqual((await errors()).filter((text: string) => text.startsWith("ignored-file")), []);
});

Deno.test("a file that is ignored, and then gone, is told as gone", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("ann/models/tables.py", "T = 1\n");
  desk.write("ann/models/sir.py", `from . import tables\n${MODEL}`);
  desk.write("ann/.modelopsignore", "models/tables.py\n");
  assert.deepEqual((await found(desk)).filter((code) => code.startsWith("error")), ["error ignored-file"]);
  Deno.removeSync(`${desk.path}/ann/models/tables.py`);
  assert.ok((await found(desk)).includes("error missing-import"));
  desk.write("ann/models/tables.py", "T = 1\n");
  assert.ok((await found(desk)).includes("error ignored-file"));
});

Deno.test("a pyproject.toml that is no TOML stops the push with the line", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("ann/pyproject.toml", "[project]\nname = \n");
  assert.match((await desk.mops(["push"], { cwd: "ann", expect: 8 })).stderr, /pyproject\.toml is not TOML: line 2:/);
});

Deno.test("a project without models pushes whatever it is, with a line of warnings at the most", async () => {
  using desk = new Desk();
  desk.write("ann/a.txt", "a\n");
  await desk.mops(["init", ".", "--registry", `oci:${desk.folder("site")}`], { cwd: "ann" });
  await desk.mops(["add", "a.txt"], { cwd: "ann" });
  await desk.mops(["remove", "pyproject.toml"], { cwd: "ann" });
  const first = await desk.mops(["push"], { cwd: "ann" });
  assert.match(first.stdout, /^Preflight: pyproject\.toml is not tracked, so the bundle does not say what to install$/m);
  Deno.removeSync(`${desk.path}/ann/pyproject.toml`);
  desk.write("ann/a.txt", "b\n");
  assert.match(
    (await desk.mops(["push"], { cwd: "ann" })).stdout,
    /^Preflight: 2 warnings \('mops bundle status' lists them\), the first: there is no pyproject\.toml/m,
  );
});

Deno.test("a file that does not parse stops the push with line and column, and the entry stays as it was", async () => {
  using desk = new Desk();
  await lab(desk);
  const before = desk.read("ann/.modelops-bundle/registry.yaml");
  desk.write("ann/models/sir.py", `${MODEL}\ndef broken(:\n`);
  const refused = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(refused.stderr, /models\/sir\.py line 17, column \d+:/);
  assert.equal(desk.read("ann/.modelops-bundle/registry.yaml"), before);
  assert.match((await desk.mops(["status"], { cwd: "ann" })).stdout, /SIR +✗ Broken/);
});

Deno.test("what fails when a worker imports it stops the push: a model without PARAMS", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("ann/models/sir.py", MODEL.replace(/ +PARAMS.*\n/, ""));
  const refused = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(refused.stderr, /PARAMS/);
  assert.ok((await found(desk)).includes("error params-missing"));
});

Deno.test("the hint below the errors of a push is a command, and never one finding's own sentence", async () => {
  using desk = new Desk();
  await lab(desk);
  const registry = desk.read("ann/.modelops-bundle/registry.yaml");
  desk.write("ann/models/sir.py", MODEL.replace("0.0, 1.0", "1.0, 0.0"));
  const reversed = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(reversed.stderr, /bounds the wrong way round/);
  assert.match(reversed.stderr, /\nhint: mops bundle status --details sir_sir /);
  assert.match((await desk.mops(["status", "--details", "sir_sir"], { cwd: "ann" })).stdout, /exchange them/);

  desk.write(
    "ann/.modelops-bundle/registry.yaml",
    registry.replace("target_sets: {}", "target_sets:\n  main:\n    targets: [gone]\n    weights: {other: 1.0}"),
  );
  const both = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(both.stderr, /\nhint: mops bundle target-set delete main /);
});

Deno.test("an entry that points outside of the project is refused by name", async () => {
  using desk = new Desk();
  await lab(desk);
  const registry = desk.read("ann/.modelops-bundle/registry.yaml");
  for (const path of ["../outside.csv", "/etc/passwd"]) {
    desk.write("ann/.modelops-bundle/registry.yaml", registry.replace(/^ {4}data: \[\]$/m, `    data: ["${path}"]`));
    assert.match(desk.read("ann/.modelops-bundle/registry.yaml"), /data: \["/);
    const refused = await desk.mops(["push"], { cwd: "ann", expect: 8 });
    assert.match(refused.stderr, /model sir_sir names the path ".*", which (contains "\.\."|is absolute)/);
    assert.match((await desk.mops(["status"], { cwd: "ann" })).stdout, /SIR +✗ Broken +1 missing/);
  }
});

Deno.test("a target set with an unknown member, or a weight for none, stops the push", async () => {
  using desk = new Desk();
  await lab(desk);
  const registry = desk.read("ann/.modelops-bundle/registry.yaml");
  desk.write(
    "ann/.modelops-bundle/registry.yaml",
    registry.replace("target_sets: {}", "target_sets:\n  main:\n    targets: [gone]\n    weights: {other: 1.0}"),
  );
  const refused = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(refused.stderr, /target set main names the target gone, which is not registered/);
  assert.match(refused.stderr, /target set main has a weight for other, which is no member/);
});
