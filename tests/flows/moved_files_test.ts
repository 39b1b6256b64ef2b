/** Files of registered models and targets that move or go: what people wrote of an entry stays, and the way out is named. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "../support/program.ts";
import { parse } from "./registered_project.ts";

const P = { cwd: "p" };
const HEAD = "from modelops_calabaria import BaseModel, ParameterSpace, ParameterSpec, calibration_target, model_output\n";
const model = (name: string): string =>
  `${HEAD}
class ${name}(BaseModel):
    PARAMS = ParameterSpace([ParameterSpec("beta", 0.1, 2.0, "float")])
    def build_sim(self, params, config): return 1
    def run_sim(self, state, seed): return 1
    @model_output("incidence")
    def incidence(self, raw, seed): return raw
`;
const TARGET = `${HEAD}
@calibration_target(model_output="incidence", data="data/pop.csv")
def inc(data): return data
`;

async function ready(desk: Desk): Promise<void> {
  for (const folder of ["models", "targets"]) desk.write(`p/${folder}/__init__.py`, "");
  desk.write("p/models/seir.py", model("SEIR"));
  desk.write("p/targets/inc.py", TARGET);
  desk.write("p/data/pop.csv", "1\n");
  await desk.mops(["init", ".", "--name", "seir", "--registry", `oci:${desk.folder("store")}`], P);
  await desk.mops(["register-model", "models/seir.py", "--data", "data/pop.csv", "--label", "area=city"], P);
  await desk.mops(["register-target", "targets/inc.py", "--label", "site=north"], P);
  await desk.mops(["target-set", "set", "fit"], P);
}

const registered = (desk: Desk) => parse(desk.read("p/.modelops-bundle/registry.yaml"));

function move(desk: Desk, from: string, to: string): void {
  desk.write(to, desk.read(from));
  Deno.removeSync(join(desk.path, from));
}

Deno.test("a file that moved is registered with its entry's id, labels and data, and the move is told", async () => {
  using desk = new Desk();
  await ready(desk);
  move(desk, "p/models/seir.py", "p/models/seirs.py");
  move(desk, "p/targets/inc.py", "p/targets/incidence.py");
  const dry = await desk.mops(["register-model", "models/seirs.py", "--dry-run"], P);
  assert.match(dry.stdout, /~ seir_seir {2}models\.seirs:SEIR[\s\S]*\n {4}moved from models\/seir\.py, which is gone/);
  await desk.mops(["register-model", "models/seirs.py", "--regen-all"], P);
  await desk.mops(["register-target", "targets/incidence.py"], P);
  const { models, targets, target_sets } = registered(desk);
  assert.deepEqual(Object.keys(models), ["seir_seir"]);
  assert.deepEqual([models.seir_seir.path, models.seir_seir.entrypoint, models.seir_seir.labels, models.seir_seir.data_given], [
    "models/seirs.py",
    "models.seirs:SEIR",
    { area: "city" },
    ["data/pop.csv"],
  ]);
  assert.deepEqual([targets.inc.path, targets.inc.labels, target_sets.fit.targets], ["targets/incidence.py", { site: "north" }, ["inc"]]);
  const status = await desk.json(["status"], P);
  assert.deepEqual([...status.models, ...status.targets].map((one: { status: string }) => one.status), ["ready", "ready"]);
});

Deno.test("a class of a name whose file is there, another id, or two that it could be, is another model", async () => {
  using desk = new Desk();
  await ready(desk);
  desk.write("p/models/other.py", model("SEIR"));
  await desk.mops(["register-model", "models/other.py"], P);
  assert.deepEqual(Object.keys(registered(desk).models), ["seir_seir", "other_seir"]);
  move(desk, "p/models/seir.py", "p/models/third.py");
  await desk.mops(["register-model", "models/third.py", "--id", "mine"], P);
  assert.deepEqual(Object.keys(registered(desk).models), ["seir_seir", "other_seir", "mine"]);
  move(desk, "p/models/other.py", "p/models/fourth.py");
  await desk.mops(["register-model", "models/fourth.py"], P);
  assert.deepEqual(Object.keys(registered(desk).models), ["seir_seir", "other_seir", "mine", "fourth_seir"]);
});

Deno.test("where the file is gone for good, push and --regen-all name the command that takes the entry out, and it runs", async () => {
  using desk = new Desk();
  await ready(desk);
  for (const path of ["p/models/seir.py", "p/targets/inc.py"]) Deno.removeSync(join(desk.path, path));
  const push = await desk.mops(["push"], { ...P, expect: 8 });
  assert.match(push.stderr, /mops bundle (unregister (seir_seir --models|inc --targets)|status)/);
  const { preflight } = await desk.json(["status"], P);
  const hints = JSON.stringify(preflight);
  assert.match(hints, /mops bundle unregister seir_seir --models/);
  assert.match(hints, /mops bundle unregister inc --targets/);
  assert.doesNotMatch(hints, /regen-all/);
  for (const kind of ["model", "target"]) {
    const again = await desk.mops([`register-${kind}`, "--regen-all"], { ...P, expect: 8 });
    assert.match(again.stdout, /kept as it was: .* does not exist.*mops bundle unregister (seir_seir --models|inc --targets)/);
    assert.doesNotMatch(again.stdout, /to publish them/);
  }
  await desk.mops(["unregister", "seir_seir", "--models"], P);
  await desk.mops(["unregister", "inc", "--targets"], P);
});
