/**
 * The samples as a worker gets them: registered, pushed, pulled into another folder, and read there by Python (`python_worker.py`), by the
 * rules of the existing workers and of nothing else. Models and targets are imported and made, against stand-ins of the frameworks.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "../support/program.ts";
import { python, pythonTest, STUBS } from "../support/python.ts";
import { copySample } from "../support/samples.ts";

const WORKER = new URL("../support/python_worker.py", import.meta.url).pathname;

async function readByWorker(folder: string, roots: readonly string[]): Promise<Record<string, number>> {
  return JSON.parse(await python(WORKER, [folder, STUBS, ...roots]));
}

async function pushAndPull(desk: Desk): Promise<string> {
  const pushed = await desk.json(["push"], { cwd: "project" });
  await desk.mops(["pull", "--ref", pushed.reference, "--into", "worker"]);
  return join(desk.path, "worker");
}

pythonTest("a worker reads the published sample: files, digests, imports, names", ["yaml"], async () => {
  using desk = new Desk();
  copySample("sample_project", desk, "project");
  const cwd = "project";
  await desk.mops(["init", "."], { cwd });
  await desk.mops(["add", "."], { cwd });
  await desk.mops(["register-model", "models/seir.py", "--data", "data/demographics.csv", "--data", "data/contact_patterns.csv"], { cwd });
  await desk.mops(["register-model", "models/network_model.py", "--data", "data/"], { cwd });
  await desk.mops(["register-target", "targets/incidence.py"], { cwd });
  await desk.mops(["target-set", "set", "incidence", "-w", "incidence_per_replicate_target=0.5"], { cwd });
  const worker = await pushAndPull(desk);
  assert.deepEqual(await readByWorker(worker, []), { models: 3, targets: 2, target_sets: 1, files: 21 });
});

pythonTest("a worker reads the published Starsim sample, whose wheel begins in src/", ["yaml"], async () => {
  using desk = new Desk();
  copySample("starsim_sample", desk, "project");
  const cwd = "project";
  await desk.mops(["init", "."], { cwd });
  const registered = await desk.json(["register-model", "src/rsv/model.py", "--auto-data"], { cwd });
  assert.equal(registered.entries[0].entrypoint, "rsv.model:InfantRSV");
  await desk.mops(["register-target", "src/rsv/targets/admissions.py"], { cwd });
  const worker = await pushAndPull(desk);
  const read = await readByWorker(worker, ["src"]);
  assert.deepEqual([read.models, read.targets], [1, 1]);
  // Nothing was added by hand: what was registered brought its files, the tables in the package and the lock file among them.
  const listed = desk.read("worker/.modelops-bundle/manifest.yaml");
  for (
    const path of ["src/rsv/waning.py", "src/rsv/tables/age_structure.csv", "src/rsv/tables/contacts_by_month.csv", "data/admissions.csv"]
  ) {
    assert.ok(listed.includes(`"${path}"`), path);
  }
});

pythonTest("the worker's reading is no formality: a wrong digest, a missing file and another output are found", ["yaml"], async () => {
  using desk = new Desk();
  copySample("sample_project", desk, "project");
  const cwd = "project";
  await desk.mops(["init", "."], { cwd });
  await desk.mops(["register-model", "models/seir.py"], { cwd });
  const worker = await pushAndPull(desk);
  await readByWorker(worker, []);
  const registry = desk.read("worker/.modelops-bundle/registry.yaml");
  const spoiled = registry.replace("- prevalence", "- recovered").replace(/(district\/weeks\.py: sha256:)\w/, "$1z");
  assert.notEqual(spoiled, registry);
  desk.write("worker/.modelops-bundle/registry.yaml", spoiled);
  await assert.rejects(readByWorker(worker, []), (error: Error) => {
    assert.match(error.message, /district\/weeks\.py has the digest 'sha256:z/);
    assert.match(error.message, /model seir_starsimsir: outputs are .*'prevalence'.*, and .*'recovered'.* are recorded/);
    assert.match(error.message, /manifest\.yaml: \.modelops-bundle\/registry\.yaml does not have the digest/);
    return true;
  });
  desk.write("worker/.modelops-bundle/registry.yaml", registry);
  Deno.removeSync(join(worker, "district/population.py"));
  await assert.rejects(readByWorker(worker, []), (error: Error) => {
    assert.match(error.message, /population\.py is not in the bundle/);
    assert.match(error.message, /models\.seir cannot be imported: ModuleNotFoundError/);
    return true;
  });
});
