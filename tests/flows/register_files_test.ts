/** Registering the files of a pattern, and refusals whose next command can be pasted. */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";
import { parse } from "./registered_project.ts";

const P = { cwd: "p" };
const HEAD = "from dataclasses import dataclass\nfrom modelops_calabaria import BaseModel, ParameterSpace, ParameterSpec, model_output\n";
const model = (name: string): string => `
class ${name}(BaseModel):
    PARAMS = ParameterSpace([ParameterSpec("beta", 0.1, 2.0, "float")])
    def build_sim(self, params, config): return 1
    def run_sim(self, state, seed): return 1
    @model_output("n")
    def n(self, raw, seed): return raw
`;

async function ready(desk: Desk): Promise<void> {
  desk.write("p/models/__init__.py", "");
  desk.write("p/models/setup.py", `${HEAD}\n@dataclass\nclass Setup:\n    n: int\n`);
  desk.write("p/models/sir.py", `${HEAD}\n@dataclass\nclass Size:\n    n: int\n${model("SIR")}`);
  desk.write("p/models/two.py", `${HEAD}import scipy\n${model("A")}${model("B")}`);
  await desk.mops(["init", "."], P);
}

const models = (desk: Desk) => Object.keys(parse(desk.read("p/.modelops-bundle/registry.yaml")).models);

Deno.test("of several files those without a model are left out in one line, and plain classes are no news", async () => {
  using desk = new Desk();
  await ready(desk);
  const files = ["models/__init__.py", "models/setup.py", "models/sir.py"];
  const ran = await desk.mops(["register-model", ...files], P);
  assert.deepEqual(models(desk), ["sir_sir"]);
  assert.match(ran.stdout, /^Without a model: models\/__init__\.py, models\/setup\.py$/m);
  assert.doesNotMatch(ran.stdout, /Not registered|Size|Setup/);
  const report = await desk.json(["register-model", ...files, "--class", "SIR"], P);
  assert.deepEqual(report.nothingIn, ["models/__init__.py", "models/setup.py"]);
});

Deno.test("files without any model are refused, one or several; so is a model of a package's own file, without a command that harms", async () => {
  using desk = new Desk();
  await ready(desk);
  for (const files of [["models/setup.py"], ["models/__init__.py"], ["models/__init__.py", "models/setup.py"]]) {
    const { stderr } = await desk.mops(["register-model", ...files], { ...P, expect: 4 });
    assert.match(stderr, /no model in models/);
    assert.doesNotMatch(stderr, /mv |--class Setup/);
  }
  desk.write("p/models/__init__.py", HEAD + model("Root"));
  for (const files of [["models/__init__.py"], ["models/__init__.py", "models/sir.py"]]) {
    const { stderr } = await desk.mops(["register-model", ...files], { ...P, expect: 2 });
    assert.match(
      stderr,
      /models\/__init__\.py is in no package[\s\S]*hint: move its class Root into a file beside it, such as models\/root\.py/,
    );
    assert.doesNotMatch(stderr, /mkdir|mv /);
  }
  assert.deepEqual(models(desk), []);
});

Deno.test("a class that is not there is answered with a model, and a file that is not there with a folder that is", async () => {
  using desk = new Desk();
  await ready(desk);
  const hint = async (...args: string[]) =>
    /hint: (.*)/.exec((await desk.mops(["register-model", ...args], { ...P, expect: 4 })).stderr)![1]!;
  assert.equal(await hint("models/sir.py", "--class", "Nope"), "mops bundle register-model models/sir.py --class SIR");
  assert.match(await hint("models/sir.py", "--exclude", "Nope"), /^mops bundle register-model models\/sir\.py --dry-run {3}/);
  assert.equal(await hint("models/sir.py", "--data", "nope.csv"), "ls .");
  assert.equal(await hint("models/sir.py", "--data", "no/where/x.csv"), "ls .");
  assert.equal(await hint("models/sir.py", "--data", "models/raw/*.csv"), "ls models");
  assert.equal(await hint("models/no/nope.py"), "ls models");
});

Deno.test("an empty folder that is called like a Python file is said to be a folder", async () => {
  using desk = new Desk();
  await ready(desk);
  Deno.mkdirSync(`${desk.path}/p/models/dir.py`);
  for (const command of ["register-model", "register-target"]) {
    assert.match((await desk.mops([command, "models/dir.py"], { ...P, expect: 2 })).stderr, /models\/dir\.py is a folder/);
  }
});

Deno.test("what two models of a file have in common is told once", async () => {
  using desk = new Desk();
  await ready(desk);
  const { stdout } = await desk.mops(["register-model", "models/two.py"], P);
  assert.equal(stdout.match(/scipy/g)?.length, stdout.split("\n").filter((line) => line.includes("scipy")).length);
  assert.equal(stdout.match(/warning.*scipy/g)?.length, 1, stdout);
});

Deno.test("--regen-all --auto-data takes over what registered models name, and is proposed where many files do", async () => {
  using desk = new Desk();
  await ready(desk);
  desk.write("p/data/pop.csv", "1\n");
  const files = Array.from({ length: 7 }, (_, i) => `models/m${i}.py`);
  for (const file of files) desk.write(`p/${file}`, `${HEAD}POP = open("data/pop.csv")\n${model("M")}`);
  const { stdout } = await desk.mops(["register-model", ...files], P);
  assert.match(stdout, /Run 'mops bundle register-model --regen-all --auto-data' to take them over/);
  await desk.mops(["register-model", "--regen-all", "--auto-data"], P);
  const entries = parse(desk.read("p/.modelops-bundle/registry.yaml")).models;
  for (const id of models(desk)) assert.deepEqual(entries[id].data, ["data/pop.csv"], id);
});

Deno.test("names with blanks are quoted in commands to paste", async () => {
  using desk = new Desk();
  await ready(desk);
  desk.write("p/models/my model.py", `${HEAD}${model("M")}`);
  const { stderr } = await desk.mops(["register-model", "models/my model.py", "--class", "Nope"], { ...P, expect: 4 });
  assert.match(stderr, /hint: mops bundle register-model 'models\/my model\.py' --class M$/m);
});
