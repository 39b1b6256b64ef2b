/** What status says of a registry.yaml that both sides changed is what a pull does with it. */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";
import { parse } from "./registered_project.ts";

const TARGET = (name: string) =>
  `import modelops_calabaria as cb\n\n\n@cb.calibration_target(model_output="cases", data={})\ndef ${name}(data_paths):\n    return None\n`;

/** Ann has pushed two targets; Ben has cloned them. */
async function annAndBen(desk: Desk): Promise<void> {
  const store = `oci:${desk.folder("store")}`;
  desk.write("ann/targets/__init__.py", "");
  for (const name of ["a", "b"]) desk.write(`ann/targets/${name}.py`, TARGET(name));
  await desk.mops(["init", ".", "--name", "seir", "--registry", store], { cwd: "ann" });
  await desk.mops(["register-target", "targets/a.py", "targets/b.py"], { cwd: "ann" });
  await desk.mops(["push", "--no-preflight"], { cwd: "ann" });
  await desk.mops(["pull", "--ref", `${store}/seir:latest`, "--into", "ben"]);
}

const setsOf = (desk: Desk, who: string) => Object.keys(parse(desk.read(`${who}/.modelops-bundle/registry.yaml`)).target_sets ?? {}).sort();

Deno.test("a registry that merges is no conflict for status, whose next step is the pull that merges it", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  await desk.mops(["target-set", "set", "k1", "-t", "a"], { cwd: "ann" });
  await desk.mops(["push", "--no-preflight"], { cwd: "ann" });
  await desk.mops(["target-set", "set", "k2", "-t", "b"], { cwd: "ben" });
  const status = await desk.json(["status"], { cwd: "ben" });
  assert.deepEqual([status.relation, status.entryConflicts, status.changes], ["diverged", [], [
    { path: ".modelops-bundle/registry.yaml", kind: "modified" },
    { path: ".modelops-bundle/registry.yaml", kind: "remote-modified" },
  ]]);
  for (const args of [["status"], ["status", "--files"]]) {
    const { stdout } = await desk.mops(args, { cwd: "ben" });
    assert.doesNotMatch(stdout, /Conflict|--keep|--take|both sides/);
    assert.match(stdout, /Run 'mops bundle pull', then 'mops bundle push'/);
  }
  await desk.mops(["pull"], { cwd: "ben" });
  assert.deepEqual(setsOf(desk, "ben"), ["k1", "k2"]);
});

Deno.test("a real conflict is told by its entry, and the next step decides that entry", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  await desk.mops(["target-set", "set", "k", "-t", "a"], { cwd: "ann" });
  await desk.mops(["push", "--no-preflight"], { cwd: "ann" });
  await desk.mops(["target-set", "set", "k", "-t", "b"], { cwd: "ben" });
  const status = await desk.json(["status"], { cwd: "ben" });
  assert.deepEqual([status.relation, status.entryConflicts.length, status.entryConflicts[0].entry], ["diverged", 1, "set:k"]);
  const { stdout } = await desk.mops(["status"], { cwd: "ben" });
  assert.match(stdout, /! set k: added here and there, with different content/);
  assert.match(stdout, /'mops bundle pull' with --keep set:k or --take set:k$/m);
});

Deno.test("a pull that decides about the whole registry says which entries it gives up", async () => {
  for (
    const [decision, whose, expected, sets] of [
      ["--keep", "theirs", /Given up of the remote's registry\.yaml, with the next push:\n {2}! set k1 \(added there\)/, ["k2"]],
      ["--take", "ours", /Gave up of registry\.yaml here:\n {2}! set k2 \(added here\)/, ["k1"]],
    ] as const
  ) {
    using desk = new Desk();
    await annAndBen(desk);
    await desk.mops(["target-set", "set", "k1", "-t", "a"], { cwd: "ann" });
    await desk.mops(["push", "--no-preflight"], { cwd: "ann" });
    await desk.mops(["target-set", "set", "k2", "-t", "b"], { cwd: "ben" });
    const words = ["pull", decision, ".modelops-bundle/registry.yaml"];
    const plan = await desk.json([...words, "--dry-run"], { cwd: "ben" });
    assert.deepEqual(plan.givenUp, [
      whose === "theirs" ? { entry: "set:k1", whose, change: "remote-added" } : { entry: "set:k2", whose, change: "added" },
    ]);
    assert.match((await desk.mops(words, { cwd: "ben" })).stdout, expected);
    assert.deepEqual(setsOf(desk, "ben"), sets);
  }
});

Deno.test("--overwrite says which changed entries it gives up, and a plain pull gives up none", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  await desk.mops(["target-set", "set", "k", "-t", "a"], { cwd: "ann" });
  await desk.mops(["push", "--no-preflight"], { cwd: "ann" });
  assert.deepEqual((await desk.json(["pull"], { cwd: "ben" })).givenUp, []);
  await desk.mops(["target-set", "set", "k", "-t", "b"], { cwd: "ben" });
  await desk.mops(["target-set", "set", "mine", "-t", "b"], { cwd: "ben" });
  const { givenUp } = await desk.json(["pull", "--overwrite"], { cwd: "ben" });
  assert.deepEqual(givenUp, [{ entry: "set:k", whose: "ours", change: "modified" }]);
  assert.deepEqual(setsOf(desk, "ben"), ["k", "mine"]);
});
