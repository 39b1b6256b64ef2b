/** What `diff` says of models and targets before anybody registered or pushed. */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";

const P = { cwd: "p" };
const HEAD = "from modelops_calabaria import BaseModel, ParameterSpace, ParameterSpec, model_output, calibration_target\n";

async function pushed(desk: Desk): Promise<void> {
  desk.write("p/models/__init__.py", "");
  desk.write("p/models/util.py", "X = 1\n");
  desk.write(
    "p/models/sir.py",
    `${HEAD}from .util import X
class SIR(BaseModel):
    PARAMS = ParameterSpace([ParameterSpec("dur", 1, 14, "float")])
    def build_sim(self, params, config): return 1
    def run_sim(self, state, seed): return 1
    @model_output("n")
    def n(self, raw, seed): return raw
`,
  );
  desk.write("p/targets/__init__.py", "");
  desk.write("p/targets/n.py", `${HEAD}@calibration_target(model_output="n")\ndef near(paths): return 1\n`);
  await desk.mops(["init", ".", "--name", "m", "--registry", `oci:${desk.folder("store")}`], P);
  desk.write("p/pyproject.toml", `${desk.read("p/pyproject.toml")}\n`);
  await desk.mops(["register-model", "models/sir.py"], P);
  await desk.mops(["register-target", "targets/n.py"], P);
  await desk.mops(["push"], P);
}

Deno.test("an edited helper is told with the models that depend on it; a description of the project with none", async () => {
  using desk = new Desk();
  await pushed(desk);
  desk.write("p/models/util.py", "X = 2\n");
  desk.write("p/README.md", "# read me\n");
  assert.match((await desk.mops(["diff"], P)).stdout, /Models and targets:\n {2}M {2}other files {2}model sir_sir\n {7}models\/util\.py$/m);
  const [one, ...more] = (await desk.json(["diff"], P)).models;
  assert.deepEqual([one.id, one.change, one.files, more.length], ["sir_sir", "files", ["models/util.py"], 0]);

  desk.write("p/models/util.py", "X = 1\n");
  const toml = desk.read("p/pyproject.toml");
  desk.write("p/pyproject.toml", toml.replace(/^description = .*$/m, 'description = "another one"'));
  assert.notEqual(desk.read("p/pyproject.toml"), toml);
  assert.deepEqual((await desk.json(["diff"], P)).models, []);
  desk.write("p/pyproject.toml", toml.replace(/^requires-python = .*$/m, 'requires-python = ">=3.12.1"'));
  assert.notEqual(desk.read("p/pyproject.toml"), toml);
  const both = (await desk.json(["diff"], P)).models;
  assert.deepEqual(both.map(({ id, files }: { id: string; files: string[] }) => [id, files]), [
    ["sir_sir", ["pyproject.toml"]],
    ["near", ["pyproject.toml"]],
  ]);
});

Deno.test("bounds that changed are shown before they are registered, and by diff afterwards", async () => {
  using desk = new Desk();
  await pushed(desk);
  desk.write("p/models/sir.py", desk.read("p/models/sir.py").replace("1, 14", "1, 15"));
  assert.match((await desk.mops(["status", "--explain"], P)).stdout, /parameter dur upper 14 → 15/);
  assert.match((await desk.mops(["push"], { ...P, expect: 8 })).stderr, /parameter dur upper 14 → 15/);
  assert.match((await desk.mops(["register-model", "--regen-all"], P)).stdout, /parameter dur upper 14 → 15/);
  assert.match((await desk.mops(["diff"], P)).stdout, /model sir_sir\n {7}parameter dur upper 14 → 15\n {7}models\/sir\.py/);
});
