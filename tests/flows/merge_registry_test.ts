/** Two people and one registry.yaml: what each registered meets, and the same model changed twice is a conflict by its name. */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";
import { parse } from "./registered_project.ts";

const HEAD = "from modelops_calabaria import BaseModel, ParameterSpace, ParameterSpec, model_output\n";
const model = (name: string, output = "incidence"): string =>
  `${HEAD}
class ${name}(BaseModel):
    PARAMS = ParameterSpace([ParameterSpec("beta", 0.1, 2.0, "float")])
    def build_sim(self, params, config): return 1
    def run_sim(self, state, seed): return 1
    @model_output("${output}")
    def ${output}(self, raw, seed): return raw
`;

/** Ann has pushed one model; Ben has cloned it. */
async function annAndBen(desk: Desk): Promise<void> {
  const store = `oci:${desk.folder("store")}`;
  desk.write("ann/models/__init__.py", "");
  desk.write("ann/models/seir.py", model("SEIR"));
  desk.write("ann/data/pop.csv", "1\n");
  await desk.mops(["init", ".", "--name", "seir", "--registry", store], { cwd: "ann" });
  const toml = desk.read("ann/pyproject.toml");
  desk.write("ann/pyproject.toml", toml);
  await desk.mops(["register-model", "models/seir.py", "--data", "data/pop.csv"], { cwd: "ann" });
  desk.write("ann/.modelops-bundle/registry.yaml", `# the lab's models\n${desk.read("ann/.modelops-bundle/registry.yaml")}owner: ann\n`);
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(["pull", "--ref", `${store}/seir:latest`, "--into", "ben"]);
}

const registered = (desk: Desk, who: string) => parse(desk.read(`${who}/.modelops-bundle/registry.yaml`));

Deno.test("two people who each registered another model: the pull merges, the push publishes both, and both sides agree", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  desk.write("ann/models/a.py", model("A"));
  await desk.mops(["register-model", "models/a.py"], { cwd: "ann" });
  desk.write("ben/models/b.py", model("B"));
  desk.write("ben/data/pop.csv", "2\n");
  await desk.mops(["register-model", "models/b.py", "--label", "by=ben"], { cwd: "ben" });
  await desk.mops(["push"], { cwd: "ben" });

  const text = (await desk.mops(["diff"], { cwd: "ann" })).stdout;
  assert.match(text, /Models and targets:\n {2}\+ {2}added {2}model a_a\n {2}↓ {2}added there {2}model b_b/);
  assert.doesNotMatch(text, /registry\.yaml/);
  const pulled = await desk.json(["pull"], { cwd: "ann" });
  assert.ok(pulled.written.includes(".modelops-bundle/registry.yaml") && pulled.conflicts.length === 0);
  assert.deepEqual(Object.keys(registered(desk, "ann").models).sort(), ["a_a", "b_b", "seir_seir"]);
  assert.match(desk.read("ann/.modelops-bundle/registry.yaml"), /^# the lab's models\n[\s\S]*\nowner: ann\n$/);
  const [ours, theirs] = ["ann", "ben"].map((who) => registered(desk, who).models.seir_seir.data_digests);
  assert.deepEqual(ours, theirs, "the digests that Ben sealed came with his file");
  assert.equal((await desk.json(["pull"], { cwd: "ann" })).written.length, 0, "a second pull changes nothing");

  await desk.mops(["push"], { cwd: "ann" });
  assert.match((await desk.mops(["push"], { cwd: "ann" })).stdout, /Nothing to push/);
  await desk.mops(["pull"], { cwd: "ben" });
  assert.deepEqual(registered(desk, "ben"), registered(desk, "ann"));
  assert.equal((await desk.json(["status"], { cwd: "ben" })).relation, "in-step");
});

Deno.test("the same model changed on both sides is a conflict named by model; --take and --keep decide it, and the refusal says so", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  await desk.mops(["register-model", "models/seir.py", "--label", "by=ann"], { cwd: "ann" });
  await desk.mops(["register-model", "models/seir.py", "--label", "by=ben"], { cwd: "ben" });
  desk.write("ben/models/b.py", model("B"));
  await desk.mops(["register-model", "models/b.py"], { cwd: "ben" });
  await desk.mops(["push"], { cwd: "ben" });

  const before = desk.read("ann/.modelops-bundle/registry.yaml");
  const refused = await desk.mops(["pull"], { cwd: "ann", expect: 3 });
  assert.match(refused.stderr, /error: model seir_seir changed here and in .*; nothing was written/);
  assert.match(refused.stderr, /model seir_seir: changed here and there/);
  assert.match(refused.stderr, /--keep model:seir_seir/);
  assert.equal(desk.read("ann/.modelops-bundle/registry.yaml"), before);
  const dry = await desk.json(["pull", "--dry-run"], { cwd: "ann", expect: 3 });
  assert.deepEqual(dry.conflicts, [{
    path: ".modelops-bundle/registry.yaml",
    reason: "model seir_seir: changed here and there; theirs beside ours: label by ann → ben",
    entry: "model:seir_seir",
  }]);
  assert.match(
    (await desk.mops(["diff"], { cwd: "ann" })).stdout,
    /! {2}changed on both sides {2}model seir_seir\n {7}label by ben → ann\n/,
  );
  await desk.mops(["pull", "--keep", "model:nope"], { cwd: "ann", expect: 2 });

  await desk.mops(["pull", "--keep", "model:seir_seir"], { cwd: "ann" });
  assert.deepEqual(registered(desk, "ann").models.seir_seir.labels, { by: "ann" });
  assert.ok("b_b" in registered(desk, "ann").models);
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(["register-model", "models/seir.py", "--label", "by=ben2"], { cwd: "ben" });
  await desk.mops(["pull", "--take", "model:seir_seir"], { cwd: "ben" });
  assert.deepEqual(registered(desk, "ben").models.seir_seir.labels, { by: "ann" });
  assert.equal((await desk.json(["status"], { cwd: "ben" })).relation, "in-step");
});

Deno.test("the whole file can still be decided about; --overwrite takes theirs everywhere, and leaves what was never synced", async () => {
  for (const [decision, expected] of [["--take", "ben"], ["--keep", "ann"], ["--overwrite", "ben"]] as const) {
    using desk = new Desk();
    await annAndBen(desk);
    for (const who of ["ann", "ben"]) await desk.mops(["register-model", "models/seir.py", "--label", `by=${who}`], { cwd: who });
    desk.write("ann/models/a.py", model("A"));
    await desk.mops(["register-model", "models/a.py"], { cwd: "ann" });
    await desk.mops(["push"], { cwd: "ben" });
    await desk.mops(["pull", decision, ...decision === "--overwrite" ? [] : [".modelops-bundle/registry.yaml"]], { cwd: "ann" });
    assert.deepEqual(registered(desk, "ann").models.seir_seir.labels, { by: expected });
    assert.equal("a_a" in registered(desk, "ann").models, decision !== "--take", decision);
    if (decision === "--overwrite") assert.equal((await desk.json(["pull", "--overwrite"], { cwd: "ann" })).written.length, 0);
  }
});

Deno.test("--overwrite leaves models that were never synced where only the other side changed, too", async () => {
  for (const decision of [["--overwrite"], ["--take", "."]]) {
    using desk = new Desk();
    await annAndBen(desk);
    desk.write("ben/models/mine.py", model("Mine"));
    await desk.mops(["register-model", "models/mine.py"], { cwd: "ben" });
    await desk.mops(["register-model", "models/seir.py", "--label", "by=ann"], { cwd: "ann" });
    await desk.mops(["push"], { cwd: "ann" });
    const pulled = await desk.json(["pull", ...decision], { cwd: "ben" });
    assert.deepEqual(Object.keys(registered(desk, "ben").models).sort(), ["mine_mine", "seir_seir"]);
    assert.deepEqual(registered(desk, "ben").models.seir_seir.labels, { by: "ann" });
    assert.ok(pulled.kept.some(({ path }: { path: string }) => path === ".modelops-bundle/registry.yaml"));
  }
});

Deno.test("with --overwrite what only this side edited or deleted is as the other side has it", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  await desk.mops(["register-model", "models/seir.py", "--label", "by=ben"], { cwd: "ben" });
  await desk.mops(["pull", "--overwrite"], { cwd: "ben" });
  assert.deepEqual(registered(desk, "ben"), registered(desk, "ann"));
  await desk.mops(["unregister", "seir_seir"], { cwd: "ben" });
  await desk.mops(["pull", "--overwrite"], { cwd: "ben" });
  assert.deepEqual(registered(desk, "ben"), registered(desk, "ann"));
});

Deno.test("--keep model:ID holds beside --overwrite; an entry and the whole file decided otherwise are refused", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  for (const who of ["ann", "ben"]) await desk.mops(["register-model", "models/seir.py", "--label", `by=${who}`], { cwd: who });
  await desk.mops(["push"], { cwd: "ben" });
  const before = desk.read("ann/.modelops-bundle/registry.yaml");
  for (const [one, other] of [["--take", "--keep"], ["--keep", "--take"]]) {
    const args = ["pull", one!, "model:seir_seir", other!, ".modelops-bundle/registry.yaml"];
    assert.match((await desk.mops(args, { cwd: "ann", expect: 2 })).stderr, /"model:seir_seir" is named, and so is the whole of/);
  }
  assert.equal(desk.read("ann/.modelops-bundle/registry.yaml"), before);
  await desk.mops(["pull", "--keep", "model:seir_seir", "--overwrite"], { cwd: "ann" });
  assert.deepEqual(registered(desk, "ann").models.seir_seir.labels, { by: "ann" });
});

Deno.test("a registry that cannot be read on one side is decided about as a file", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  await desk.mops(["register-model", "models/seir.py", "--label", "by=ben"], { cwd: "ben" });
  await desk.mops(["push"], { cwd: "ben" });
  desk.write("ann/.modelops-bundle/registry.yaml", "models: [\n");
  const refused = await desk.mops(["pull"], { cwd: "ann", expect: 3 });
  assert.match(refused.stderr, /1 file changed here and in/);
  await desk.mops(["pull", "--take", ".modelops-bundle/registry.yaml"], { cwd: "ann" });
  assert.deepEqual(registered(desk, "ann").models.seir_seir.labels, { by: "ben" });
});

Deno.test("a pull undoes no seal: what only this folder sealed anew stays, what only the other side sealed comes", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  desk.write("ann/models/other.py", model("Other"));
  desk.write("ann/data/other.csv", "1\n");
  await desk.mops(["register-model", "models/other.py", "--data", "data/other.csv"], { cwd: "ann" });
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(["pull"], { cwd: "ben" });
  desk.write("ann/data/other.csv", "2\n");
  await desk.mops(["register-model", "--regen-all"], { cwd: "ann" });
  const sealed = registered(desk, "ann").models.other_other;
  assert.equal((await desk.json(["pull"], { cwd: "ann" })).written.length, 0);
  desk.write("ben/data/pop.csv", "2\n");
  await desk.mops(["push"], { cwd: "ben" });
  const pulled = await desk.json(["pull"], { cwd: "ann" });
  assert.deepEqual(pulled.kept, [{ path: "data/other.csv", kind: "modified" }]);
  const { other_other, seir_seir } = registered(desk, "ann").models;
  assert.deepEqual(other_other, sealed);
  assert.deepEqual(seir_seir, registered(desk, "ben").models.seir_seir);
  const { models } = await desk.json(["status"], { cwd: "ann" });
  assert.deepEqual(models.map(({ status }: { status: string }) => status), ["ready", "ready"]);
});

Deno.test("after a merge an entry is Ready where its files are as either side sealed them, and Stale where nobody did", async () => {
  using desk = new Desk();
  await annAndBen(desk);
  desk.write("ann/data/other.csv", "1\n");
  await desk.mops(["register-model", "models/seir.py", "--data", "data/other.csv"], { cwd: "ann" });
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(["pull"], { cwd: "ben" });
  const statusOf = async (who: string) =>
    (await desk.json(["status"], { cwd: who })).models.map(({ status }: { status: string }) => status);

  // Ben labels the model that Ann seals anew: the declarations change, too, and what counts of them is read from the bundle
  await desk.mops(["register-model", "models/seir.py", "--label", "by=ben"], { cwd: "ben" });
  desk.write("ann/data/pop.csv", "2\n");
  desk.write("ann/pyproject.toml", `# a word\n${desk.read("ann/pyproject.toml")}\n[project.scripts]\nsir = "models.seir:SEIR"\n`);
  await desk.mops(["push"], { cwd: "ann" });
  assert.equal((await desk.json(["pull", "--dry-run"], { cwd: "ben" })).conflicts.length, 0);
  await desk.mops(["pull"], { cwd: "ben" });
  assert.deepEqual(await statusOf("ben"), ["ready"]);
  const { labels, ...theirs } = registered(desk, "ben").models.seir_seir;
  assert.deepEqual(labels, { by: "ben" });
  assert.deepEqual(theirs, registered(desk, "ann").models.seir_seir);
  await desk.mops(["push"], { cwd: "ben" });
  await desk.mops(["pull"], { cwd: "ann" });

  // each sealed another file of it
  desk.write("ann/data/pop.csv", "3\n");
  await desk.mops(["push"], { cwd: "ann" });
  desk.write("ben/data/other.csv", "3\n");
  await desk.mops(["register-model", "--regen-all"], { cwd: "ben" });
  await desk.mops(["pull"], { cwd: "ben" });
  assert.deepEqual(await statusOf("ben"), ["ready"]);
  await desk.mops(["push"], { cwd: "ben" });
  await desk.mops(["pull"], { cwd: "ann" });

  // Ben edits a file, and seals it nowhere
  await desk.mops(["register-model", "models/seir.py", "--label", "by=ann"], { cwd: "ann" });
  desk.write("ann/data/pop.csv", "4\n");
  await desk.mops(["push"], { cwd: "ann" });
  desk.write("ben/models/b.py", model("B"));
  await desk.mops(["register-model", "models/b.py"], { cwd: "ben" });
  desk.write("ben/data/other.csv", "5\n");
  await desk.mops(["pull"], { cwd: "ben" });
  assert.deepEqual((await statusOf("ben")).sort(), ["ready", "stale"]);
});
