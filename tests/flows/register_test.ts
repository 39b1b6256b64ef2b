/** Registering, as people do it: what is recorded, what stays, what is refused, and that nothing depends on where one stands. */
import assert from "node:assert/strict";
import { parse } from "./registered_project.ts";
import { Desk, tree } from "../support/program.ts";
import { join } from "node:path";

const P = { cwd: "p" };

/** Two models in one file, one in another that derives from the first; a helper package; two targets. */
function project(desk: Desk): void {
  const model = (name: string, base: string, output: string): string =>
    `class ${name}(${base}):
    PARAMS = ParameterSpace([ParameterSpec("beta", 0.1, 2.0, "float")])
    def build_sim(self, params, config): return 1
    def run_sim(self, state, seed): return 1
    @model_output("${output}")
    def ${output}(self, raw, seed): return raw
`;
  const head = "from modelops_calabaria import BaseModel, ParameterSpace, ParameterSpec, model_output, calibration_target\n";
  desk.write("p/models/__init__.py", "");
  desk.write("p/models/util/__init__.py", "");
  desk.write("p/models/util/mixing.py", "MIX = 1\n");
  desk.write(
    "p/models/seir.py",
    `${head}from .util.mixing import MIX\n\n${model("SIR", "BaseModel", "incidence")}\n${
      model("SEIR", "SIR", "exposed")
    }\n\nclass Helper:\n    pass\n`,
  );
  desk.write("p/models/age.py", `${head}from models.seir import SEIR\n\n${model("Age", "SEIR", "by_age")}`);
  desk.write("p/targets/__init__.py", "");
  desk.write(
    "p/targets/inc.py",
    `${head}
@calibration_target(model_output="incidence", data={"obs": "data/obs.csv"}, labels={"site": "north"}, weight=2.0)
def incidence(paths):
    return 1

@calibration_target(model_output="exposed", name="exp")
def exposed(paths):
    return 1
`,
  );
  for (const name of ["obs", "pop", "contact"]) desk.write(`p/data/${name}.csv`, `${name}\n`);
}

async function ready(desk: Desk): Promise<void> {
  project(desk);
  await desk.mops(["init", "."], P);
}

const registry = (desk: Desk) => parse(desk.read("p/.modelops-bundle/registry.yaml"));
const lists = (desk: Desk, id: string) => {
  const { data, code, data_given } = registry(desk).models[id];
  return { data, code, data_given };
};

Deno.test("a model is recorded with its outputs, parameters, scenarios and every file it imports; all of it is tracked and sealed", async () => {
  using desk = new Desk();
  await ready(desk);
  const report = await desk.json(["register-model", "models/age.py", "--data", "data/pop.csv"], P);
  assert.deepEqual(report.entries.map(({ id, change }: { id: string; change: string }) => [id, change]), [["age_age", "added"]]);
  const entry = registry(desk).models.age_age;
  assert.equal(entry.entrypoint, "models.age:Age");
  assert.deepEqual([...entry.outputs].sort(), ["by_age", "exposed", "incidence"], "inherited ones too");
  assert.deepEqual([entry.scenarios, entry.parameters], [["baseline"], ["beta"]]);
  assert.deepEqual(entry.parameter_specs, [{ name: "beta", lower: 0.1, upper: 2, kind: "float" }]);
  assert.deepEqual(entry.code, ["models/__init__.py", "models/seir.py", "models/util/__init__.py", "models/util/mixing.py"]);
  assert.deepEqual(Object.keys(entry.code_digests), entry.code);
  assert.match(entry.closure.digest, /^sha256:[0-9a-f]{64}$/);
  const tracked = desk.read("p/.modelops-bundle/tracked.txt").split("\n");
  for (const path of [entry.path, ...entry.code, "data/pop.csv", "pyproject.toml"]) assert.ok(tracked.includes(path), path);
  assert.ok(report.tracked.includes("models/util/mixing.py"));
});

Deno.test("B12: registering again keeps data, siblings and labels; --class drops nobody", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "--data", "data/pop.csv", "--label", "area=city"], P);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/contact.csv"], P);
  assert.deepEqual(Object.keys(registry(desk).models), ["seir_sir", "seir_seir"]);
  assert.deepEqual(lists(desk, "seir_sir").data, ["data/contact.csv", "data/pop.csv"]);
  assert.deepEqual(lists(desk, "seir_seir").data, ["data/pop.csv"]);
  assert.deepEqual(registry(desk).models.seir_sir.labels, { area: "city" });
  const before = desk.read("p/.modelops-bundle/registry.yaml");
  const again = await desk.json(["register-model", "models/seir.py"], P);
  assert.deepEqual(again.entries.map(({ change }: { change: string }) => change), ["unchanged", "unchanged"]);
  assert.equal(desk.read("p/.modelops-bundle/registry.yaml"), before);
});

Deno.test("B9, promise 5: --data takes a folder and a pattern, recorded as given and expanded; a new file in it is noticed", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/"], P);
  assert.deepEqual(lists(desk, "seir_sir").data_given, ["data/"]);
  assert.deepEqual(lists(desk, "seir_sir").data, ["data/contact.csv", "data/obs.csv", "data/pop.csv"]);
  await desk.mops(["register-model", "models/age.py", "--data", "data/*o*.csv"], P);
  assert.deepEqual(
    lists(desk, "age_age").data,
    ["data/contact.csv", "data/obs.csv", "data/pop.csv"].filter((path) => path.slice(5).includes("o")),
  );
  desk.write("p/data/new.csv", "new\n");
  const report = await desk.json(["register-model", "--regen-all"], P);
  assert.deepEqual(report.entries.find(({ id }: { id: string }) => id === "seir_sir").facts, ["new data data/new.csv"]);
});

Deno.test("B13: registering from a sub-directory, by relative and absolute paths, records the same as from the root", async () => {
  const recorded = [];
  for (
    const [cwd, file, data] of [["p", "models/age.py", "data"], ["p/models", "age.py", "../data/"], ["p/data", "../models/age.py", "."], [
      "p",
      "ABS",
      "./data",
    ]] as const
  ) {
    using desk = new Desk();
    await ready(desk);
    const path = file === "ABS" ? join(desk.path, "p/models/age.py") : file;
    await desk.mops(["register-model", path, "--data", data], { cwd });
    recorded.push(desk.read("p/.modelops-bundle/registry.yaml"));
  }
  assert.equal(new Set(recorded).size, 1, recorded.join("\n---\n"));
});

Deno.test("--id names one model, renames one that is registered, and is refused for several and for a taken id", async () => {
  using desk = new Desk();
  await ready(desk);
  const several = await desk.mops(["register-model", "models/seir.py", "--id", "one"], { ...P, expect: 2 });
  assert.match(several.stderr, /models\/seir\.py:SEIR/);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR"], P);
  const renamed = await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--id", "first"], P);
  assert.match(renamed.stdout, /~ first {2}models\.seir:SIR[\s\S]*was called seir_sir/);
  assert.deepEqual(Object.keys(registry(desk).models), ["first"]);
  const before = desk.read("p/.modelops-bundle/registry.yaml");
  await desk.mops(["register-model", "models/seir.py", "--class", "SEIR", "--id", "first"], { ...P, expect: 3 });
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--id", "a b"], { ...P, expect: 2 });
  assert.equal(desk.read("p/.modelops-bundle/registry.yaml"), before);
  assert.deepEqual(
    (await desk.json(["register-model", "models/seir.py", "--class", "SIR"], P)).entries[0].id,
    "first",
    "found again by file and class",
  );
});

Deno.test("what cannot be registered is refused with a reason, and nothing is changed", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR"], P);
  desk.write("p/models/broken.py", "class A(:\n    pass\n");
  desk.write("p/models/plain.py", "import pydantic\n\nclass Config(pydantic.BaseModel):\n    pass\n");
  desk.write("p/root.py", desk.read("p/models/age.py"));
  desk.write("p/models/twice.py", `${desk.read("p/models/age.py")}\nclass Age(SEIR):\n    pass\n`);
  desk.write("p/models/notes.txt", "x\n");
  const before = tree(join(desk.path, "p"), { local: true });
  const cases: readonly (readonly [args: string[], exit: number, says: RegExp])[] = [
    [["models/gone.py"], 4, /models\/gone\.py does not exist/],
    [["models/age.py", "models/gone.py"], 4, /models\/gone\.py does not exist.*nothing was registered/],
    [["models/broken.py"], 8, /models\/broken\.py, line 1, column \d+/],
    [["models/seir.py", "models/broken.py"], 8, /line 1/],
    [["models/plain.py"], 4, /no model in models\/plain\.py[\s\S]*Config: [\s\S]*pydantic/],
    [["models/seir.py", "--class", "Nope"], 4, /no class Nope[\s\S]*SEIR[\s\S]*Helper: /],
    [["models/seir.py", "--exclude", "Nope"], 4, /no class Nope/],
    [["models/seir.py", "--data", "data/none.csv"], 4, /data\/none\.csv: no such file/],
    [["models/seir.py", "--data", "data/*.parquet"], 4, /no such file, folder or pattern/],
    [["models/seir.py", "--data", "."], 2, /whole project/],
    [["models/seir.py", "--data", "../else"], 2, /outside the project/],
    [["models/seir.py", "--label", "nonsense"], 2, /KEY=VALUE/],
    [["models/seir.py", "--code-mode", "all"], 2, /neither files nor package/],
    [["root.py"], 2, /in no package[\s\S]*mv root\.py models\/root\.py/],
    [["models/twice.py"], 8, /Age/],
    [["models"], 2, /is a folder[\s\S]*models\/age\.py/],
    [["models/notes.txt"], 2, /no Python file/],
    [[], 2, /FILE is missing/],
    [["--regen-all", "--data", "data/"], 2, /need a FILE/],
  ];
  for (const [args, exit, says] of cases) {
    const ran = await desk.mops(["register-model", ...args], { ...P, expect: exit });
    assert.match(ran.stderr, says, args.join(" "));
    assert.match(ran.stderr, /hint: /, args.join(" "));
  }
  const after = tree(join(desk.path, "p"), { local: true });
  for (const name of Object.keys(after)) if (/outlines?|stat-cache|cache/.test(name)) delete after[name];
  for (const name of Object.keys(before)) if (/outlines?|stat-cache|cache/.test(name)) delete before[name];
  assert.deepEqual(after, before);
});

Deno.test("--class takes a class that is no model by its bases, when it is asked for by name", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "--class", "Helper"], P);
  assert.deepEqual(Object.keys(registry(desk).models), ["seir_helper"]);
});

Deno.test("--regen-all takes over what sources say, removes what is really gone and prints it, and keeps the entries of broken files", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "models/age.py"], P);
  desk.write("p/models/extra.py", "X = 1\n");
  desk.write(
    "p/models/seir.py",
    desk.read("p/models/seir.py").replace(/class SEIR[\s\S]*?\n\n\n/, "").replace("MIX\n", "MIX\nfrom . import extra\n").replace(
      '"incidence"',
      '"cases"',
    ),
  );
  desk.write("p/models/age.py", "class Age(:\n");
  const ran = await desk.mops(["register-model", "--regen-all"], { ...P, expect: 8 });
  assert.match(ran.stdout, /~ seir_sir[\s\S]*new output cases\n {4}output incidence is gone\n {4}new import models\/extra\.py/);
  assert.match(ran.stdout, /- seir_seir {2}models\.seir:SEIR\n {4}removed: models\/seir\.py no longer declares SEIR/);
  assert.match(ran.stdout, /! age_age[\s\S]*kept as it was: models\/age\.py, line 1/);
  assert.deepEqual(Object.keys(registry(desk).models), ["seir_sir", "age_age"]);
  desk.write("p/models/seir.py", `${desk.read("p/models/seir.py")}\n\nclass New(SIR):\n    pass\n`);
  const again = await desk.json(["register-model", "--regen-all"], { ...P, expect: 8 });
  assert.ok(again.notRegistered.some(({ name }: { name: string }) => name === "New"), "new classes are named, and not registered");
});

Deno.test("targets: id, output, data, labels and weight of the decorator; a new name renames, and sets follow", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-target", "targets/inc.py"], P);
  const { incidence } = registry(desk).targets;
  assert.deepEqual([incidence.model_output, incidence.data, incidence.labels, incidence.weight], ["incidence", ["data/obs.csv"], {
    site: "north",
  }, 2]);
  assert.deepEqual(Object.keys(incidence.data_digests), ["data/obs.csv"]);
  await desk.mops(["target-set", "set", "fit", "-t", "exp", "-t", "incidence", "-t", "exp", "-w", "exp=0.5"], P);
  assert.deepEqual(registry(desk).target_sets.fit, { targets: ["exp", "incidence"], weights: { exp: 0.5 } });
  desk.write("p/targets/inc.py", desk.read("p/targets/inc.py").replace('name="exp"', 'name="no"'));
  const renamed = await desk.mops(["register-target", "--regen-all"], P);
  assert.match(renamed.stdout, /~ no {2}targets\.inc:exposed[\s\S]*name exp → no\n[\s\S]*~ target set fit: exp is no now/);
  assert.deepEqual(registry(desk).target_sets.fit, { targets: ["no", "incidence"], weights: { no: 0.5 } });
  assert.match(desk.read("p/.modelops-bundle/registry.yaml"), /^ {2}"no":$/m);
  desk.write("p/targets/inc.py", desk.read("p/targets/inc.py").replace(/@calibration_target\(model_output="exposed"[\s\S]*/, ""));
  const gone = await desk.mops(["register-target", "--regen-all"], P);
  assert.match(gone.stdout, /- no [\s\S]*~ target set fit: without no/);
  assert.deepEqual(registry(desk).target_sets.fit, { targets: ["incidence"], weights: {} });
});

Deno.test("target sets: all targets by default; unknown ids, stray and malformed weights are refused; delete", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["target-set", "set", "all"], { ...P, expect: 4 });
  await desk.mops(["register-target", "targets/inc.py"], P);
  await desk.mops(["target-set", "set", "all"], P);
  assert.deepEqual(registry(desk).target_sets.all.targets, ["incidence", "exp"]);
  const unknown = await desk.mops(["target-set", "set", "all", "-t", "nope"], { ...P, expect: 4 });
  assert.match(unknown.stderr, /exp/);
  for (const weight of ["incidence", "incidence=", "incidence=heavy", "=1", "incidence=NaN", "incidence=0x10"]) {
    await desk.mops(["target-set", "set", "all", "-w", weight], { ...P, expect: 2 });
  }
  await desk.mops(["target-set", "set", "all", "-t", "exp", "-w", "incidence=1"], { ...P, expect: 2 });
  assert.deepEqual(registry(desk).target_sets.all, { targets: ["incidence", "exp"], weights: {} });
  await desk.mops(["target-set", "delete", "nope"], { ...P, expect: 4 });
  await desk.mops(["target-set", "delete", "all"], P);
  assert.deepEqual(registry(desk).target_sets, {});
});

Deno.test("unregister takes out what is named, tells the sets, and is refused for what is not there or means two things", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "--data", "data/pop.csv", "--data", "data/contact.csv"], P);
  await desk.mops(["register-model", "models/age.py", "--id", "incidence"], P);
  await desk.mops(["register-target", "targets/inc.py"], P);
  await desk.mops(["target-set", "set", "fit"], P);
  await desk.mops(["unregister", "seir_sir", "nope"], { ...P, expect: 4 });
  const two = await desk.mops(["unregister", "incidence"], { ...P, expect: 2 });
  assert.match(two.stderr, /--models/);
  const gone = await desk.mops(["unregister", "incidence", "--targets"], P);
  assert.match(gone.stdout, /- incidence[\s\S]*target set fit: without incidence/);
  await desk.mops(["unregister", "seir_sir", "--data", "data/pop.csv"], P);
  assert.deepEqual(lists(desk, "seir_sir"), { ...lists(desk, "seir_sir"), data: ["data/contact.csv"], data_given: ["data/contact.csv"] });
  assert.deepEqual(Object.keys(registry(desk).models.seir_sir.data_digests), ["data/contact.csv"]);
  assert.deepEqual(lists(desk, "seir_seir").data, ["data/contact.csv", "data/pop.csv"]);
  await desk.mops(["unregister", "seir_sir", "--data", "data/obs.csv"], { ...P, expect: 4 });
  const named = await desk.mops(["unregister", "SIR", "Nope", "--models"], { ...P, expect: 4 });
  assert.doesNotMatch(named.stderr, /hint: mops bundle unregister/, "one of them is nobody's name");
  const meant = await desk.mops(["unregister", "SIR", "seir_seir"], { ...P, expect: 4 });
  assert.match(meant.stderr, /hint: mops bundle unregister seir_sir seir_seir {3}\(SIR is the name in the code of seir_sir\)/);
  await desk.mops(["unregister", "seir_sir", "seir_seir"], P);
  assert.deepEqual(Object.keys(registry(desk).models), ["incidence"]);
});

Deno.test("--auto-data takes over files that the code names; without it they are proposed", async () => {
  using desk = new Desk();
  await ready(desk);
  desk.write(
    "p/models/util/mixing.py",
    'import pathlib\nMIX = (pathlib.Path(__file__).parent / "mix.csv").read_text()\nPOP = open("data/pop.csv")\n',
  );
  desk.write("p/models/util/mix.csv", "1\n");
  const first = await desk.json(["register-model", "models/seir.py", "--class", "SIR"], P);
  assert.deepEqual(first.proposals.map(({ path }: { path: string }) => path).sort(), ["data/pop.csv", "models/util/mix.csv"]);
  assert.deepEqual(lists(desk, "seir_sir").data, []);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--auto-data"], P);
  assert.deepEqual(lists(desk, "seir_sir").data, ["data/pop.csv", "models/util/mix.csv"]);
});

Deno.test("what only a run could tell is recorded as unresolved with its place, and said; no source text poses as a name", async () => {
  using desk = new Desk();
  await ready(desk);
  desk.write("p/models/odd.py", desk.read("p/models/age.py").replace('"by_age"', "NAME.lower()"));
  const ran = await desk.mops(["register-model", "models/odd.py"], P);
  assert.match(ran.stdout, /Recorded as unresolved, since only a run could tell:\n {2}models\/odd\.py:\d+: /);
  const { outputs, unresolved } = registry(desk).models.odd_age;
  assert.deepEqual([...outputs].sort(), ["exposed", "incidence"]);
  assert.deepEqual([unresolved.length, unresolved[0].file], [1, "models/odd.py"]);
});

Deno.test("--no-auto-code and --code-mode are recorded and kept", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--no-auto-code", "--code", "models/util/mixing.py"], P);
  assert.deepEqual([registry(desk).models.seir_sir.auto_code, lists(desk, "seir_sir").code], [false, [
    "models/__init__.py",
    "models/util/mixing.py",
  ]]);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR"], P);
  assert.equal(registry(desk).models.seir_sir.auto_code, false);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--auto-code", "--code-mode", "package"], P);
  const entry = registry(desk).models.seir_sir;
  assert.deepEqual([entry.auto_code, entry.code_mode], [undefined, "package"]);
  assert.ok(entry.code.includes("models/age.py"));
});

Deno.test("data that is a link is recorded, sealed and tracked together with the file that it leads to", async () => {
  using desk = new Desk();
  await ready(desk);
  Deno.symlinkSync("pop.csv", join(desk.path, "p/data/latest.csv"));
  const report = await desk.json(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/latest.csv"], P);
  assert.ok(["data/latest.csv", "data/pop.csv"].every((path) => report.tracked.includes(path)), report.tracked.join());
  const { data_digests, closure } = registry(desk).models.seir_sir;
  assert.deepEqual(Object.keys(data_digests), ["data/latest.csv"]);
  assert.match(closure.digest, /^sha256:/);
  const { models } = await desk.json(["status"], P);
  assert.deepEqual(models.map(({ status }: { status: string }) => status), ["ready"]);
});

Deno.test("a dry run of registering writes nothing", async () => {
  using desk = new Desk();
  await ready(desk);
  const before = tree(join(desk.path, "p"), { local: true });
  for (const args of [["register-model", "models/seir.py"], ["register-target", "targets/inc.py"]]) {
    assert.match((await desk.mops([...args, "--dry-run"], P)).stdout, /^Plan \(nothing was written\):\n\+ /);
  }
  assert.deepEqual(tree(join(desk.path, "p"), { local: true }), before);
});

Deno.test("an entry of the Python tool keeps its data when it is registered anew, and gets a closure", async () => {
  using desk = new Desk();
  await ready(desk);
  const old = `version: '1.0'
models:
  my_sir:
    entrypoint: models.seir:SIR
    path: ./models/seir.py
    class_name: SIR
    scenarios: []
    parameters: []
    outputs: []
    data:
    - data\\pop.csv
    data_digests: {}
    code:
    - models/age.py
    code_digests: {}
    model_digest: null
    owner: ann  # unknown here
targets: {}
target_sets: {}
`;
  desk.write("p/.modelops-bundle/registry.yaml", old);
  assert.match((await desk.mops(["list"], P)).stdout, /my_sir/);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR"], P);
  const entry = registry(desk).models.my_sir;
  assert.deepEqual([entry.data_given, entry.code_given, entry.owner], [["data/pop.csv"], ["models/age.py"], "ann"]);
  assert.ok(entry.code.includes("models/util/mixing.py") && entry.code.includes("models/age.py"));
  assert.equal(entry.closure.rule, 1);
  assert.ok(desk.read("p/.modelops-bundle/registry.yaml").includes("owner: ann  # unknown here"));
});

Deno.test("a missing __init__.py is a warning with its command; an ignored file is refused with the command that tracks it", async () => {
  using desk = new Desk();
  await ready(desk);
  Deno.removeSync(join(desk.path, "p/models/__init__.py"));
  const ran = await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/contact.csv"], P);
  assert.match(ran.stdout, /models\/__init__\.py is missing[\s\S]*touch models\/__init__\.py/);
  desk.write("p/.modelopsignore", "data/pop.csv\n");
  const ignored = await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/pop.csv"], { ...P, expect: 2 });
  assert.match(
    ignored.stderr,
    /data\/pop\.csv is ignored by data\/pop\.csv \(\.modelopsignore line 1\)[\s\S]*mops bundle add --force data\/pop\.csv/,
  );
  await desk.mops(["add", "--force", "data/pop.csv"], P);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/pop.csv"], P);
  assert.deepEqual(lists(desk, "seir_sir").data, ["data/contact.csv", "data/pop.csv"]);
});

Deno.test("promise 9: two models of one file, a target and a set stand in list with what was found of them, in 80 columns", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "--label", "area=city"], P);
  await desk.mops(["register-target", "targets/inc.py", "--target", "incidence"], P);
  await desk.mops(["target-set", "set", "fit", "-w", "incidence=2"], P);
  assert.equal(
    (await desk.mops(["list"], P)).stdout,
    `Models:
  Model      Entrypoint        Outputs             Labels
  seir_sir   models.seir:SIR   incidence           area=city
  seir_seir  models.seir:SEIR  incidence, exposed  area=city

Targets:
  Target     Entrypoint             Model output  Labels      Weight
  incidence  targets.inc:incidence  incidence     site=north       2

Target sets:
  Set  Targets    Weights
  fit  incidence  incidence=2
`,
  );
  assert.match(
    (await desk.mops(["list", "--model-label", "area=country"], P)).stdout,
    /^Targets:[\s\S]*2 others left out by their labels\n$/,
  );
  assert.deepEqual((await desk.json(["list", "--target-label", "site=south"], P)).targets, []);
});

Deno.test("taking a folder or a pattern away prints every file that leaves the entry, and hints quote patterns", async () => {
  using desk = new Desk();
  await ready(desk);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/", "--data", "data/p*.csv"], P);
  const refused = await desk.mops(["unregister", "seir_sir", "--data", "data/obs.csv"], { ...P, expect: 2 });
  assert.match(refused.stderr, /hint: mops bundle unregister seir_sir --data data\/ /);
  const dry = await desk.mops(["unregister", "seir_sir", "--data", "data", "--dry-run"], P);
  const gone = await desk.mops(["unregister", "seir_sir", "--data", "data"], P);
  for (const { stdout } of [dry, gone]) {
    assert.match(stdout, /without --data data\/\n {4}data\/contact\.csv is no dependency of it any more\n {4}data\/obs\.csv is no/);
    assert.doesNotMatch(stdout, /data\/pop\.csv/, "the pattern stays");
  }
  const pattern = await desk.mops(["unregister", "seir_sir", "--data", "data/pop.csv"], { ...P, expect: 2 });
  assert.match(pattern.stderr, /hint: mops bundle unregister seir_sir --data 'data\/p\*\.csv' /);
});

Deno.test("a folder or a pattern with ignored files says which it leaves out, and one with nothing else is refused", async () => {
  using desk = new Desk();
  await ready(desk);
  desk.write("p/.modelopsignore", "*.parquet\n/out/\n/data/raw/\n");
  for (const path of ["data/big.parquet", "data/raw/a.csv", "data/__pycache__/x.pyc", "out/a.csv", "only/a.parquet"]) {
    desk.write(`p/${path}`, "x");
  }
  const folder = await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data"], P);
  assert.match(
    folder.stdout,
    /! data\/big\.parquet is needed, and ignored by \*\.parquet \(\.modelopsignore line 1\): mops bundle add --force data\/big/,
  );
  assert.match(folder.stdout, /! data\/raw\/ is needed, and ignored by \/data\/raw\//);
  assert.doesNotMatch(folder.stdout, /pycache/);
  const refused = await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/b*"], { ...P, expect: 2 });
  assert.match(
    refused.stderr,
    /every file of data\/b\* is ignored; nothing was registered[\s\S]*hint: mops bundle add --force data\/big\.parquet /,
  );
  const pattern = await desk.json(["register-model", "models/seir.py", "--class", "SIR", "--data", "data/*"], P);
  assert.deepEqual(pattern.ignored.map(({ path }: { path: string }) => path), ["data/big.parquet"]);
  for (
    const [given, says] of [["out", /out is ignored by \/out\/ \(/], ["out/", /out is ignored by/], [
      "only",
      /every file of only\/ is ignored/,
    ]] as const
  ) {
    assert.match(
      (await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", given], { ...P, expect: 2 })).stderr,
      says,
    );
  }
  await desk.mops(["add", "--force", "data/big.parquet"], P);
  await desk.mops(["register-model", "models/seir.py", "--class", "SIR", "--data", "data"], P);
  assert.ok(registry(desk).models.seir_sir.data.includes("data/big.parquet"));
});

Deno.test("below the root, hints name files as they are read from there", async () => {
  using desk = new Desk();
  await ready(desk);
  const HERE = { cwd: "p/models" };
  const file = await desk.mops(["register-model", "models/seir.py"], { ...HERE, expect: 4 });
  assert.match(file.stderr, /models\/models\/seir\.py does not exist; nothing was registered\nhint: mops bundle register-model seir\.py /);
  const gone = await desk.mops(["register-model", "nope/gone.py"], { ...HERE, expect: 4 });
  assert.match(gone.stderr, /hint: ls \.\n/);
  const data = await desk.mops(["register-model", "seir.py", "--data", "data/pop.csv"], { ...HERE, expect: 4 });
  assert.match(data.stderr, /hint: ls -d \.\.\/data\/pop\.csv /);
  await desk.mops(["register-model", "seir.py", "--data", "../data/pop.csv"], HERE);
  const why = await desk.mops(["why", "data/pop.csv"], { ...HERE, expect: 4 });
  assert.match(why.stderr, /hint: mops bundle why \.\.\/data\/pop\.csv /);
  await desk.mops(["why", "../data/pop.csv"], HERE);
});
