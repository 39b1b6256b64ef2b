/** Links that break and are repaired: the names of a project's files stay the same, and what was read of them does not. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "../support/program.ts";

const MODEL = `import modelops_calabaria as cb
from .util import load


class SIR(cb.BaseModel):
    PARAMS = cb.ParameterSpace([cb.ParameterSpec("beta", 0.0, 1.0)])

    def build_sim(self, params, config):
        return load()

    def run_sim(self, state, seed):
        return state

    @cb.model_output("cases")
    def out(self, raw, seed):
        return raw
`;

async function project(desk: Desk): Promise<void> {
  desk.write("ann/models/__init__.py", "");
  desk.write("ann/models/sir.py", MODEL);
  desk.write("ann/lib/util.py", "def load():\n    return 1\n");
  await desk.mops(["init", ".", "--name", "sir", "--registry", `oci:${desk.folder("site")}`], { cwd: "ann" });
}

function link(desk: Desk, path: string, to: string): void {
  const file = join(desk.path, "ann", path);
  try {
    Deno.removeSync(file);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  Deno.symlinkSync(to, file);
}

async function wordOf(desk: Desk): Promise<string> {
  const { models } = await desk.json(["status"], { cwd: "ann" });
  return models[0].status;
}

Deno.test("a helper that is a link is Broken while the link leads nowhere, and Ready again when it is repaired", async () => {
  using desk = new Desk();
  await project(desk);
  link(desk, "models/util.py", "../lib/util.py");
  await desk.mops(["register-model", "models/sir.py"], { cwd: "ann" });
  assert.equal(await wordOf(desk), "ready");
  link(desk, "models/util.py", "../lib/none.py");
  assert.equal(await wordOf(desk), "broken");
  link(desk, "models/util.py", "../lib/util.py");
  assert.equal(await wordOf(desk), "ready");
});

Deno.test("a pyproject.toml that is a link is read again when the link is repaired", async () => {
  using desk = new Desk();
  await project(desk);
  link(desk, "models/util.py", "../lib/util.py");
  Deno.renameSync(join(desk.path, "ann/pyproject.toml"), join(desk.path, "ann/lib/pyproject.toml"));
  link(desk, "pyproject.toml", "lib/pyproject.toml");
  await desk.mops(["add", "lib"], { cwd: "ann" });
  await desk.mops(["register-model", "models/sir.py"], { cwd: "ann" });
  assert.equal(await wordOf(desk), "ready");
  link(desk, "pyproject.toml", "lib/none.toml");
  assert.equal(await wordOf(desk), "broken");
  link(desk, "pyproject.toml", "lib/pyproject.toml");
  assert.equal(await wordOf(desk), "ready");
});
