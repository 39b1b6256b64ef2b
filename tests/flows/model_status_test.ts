/** Models and targets as people see them: registered, changed, broken, pushed, pulled; `status`, `why`, `impact` and `push` agree. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk, tree } from "../support/program.ts";

// deno-lint-ignore no-explicit-any -- looked at key by key
type Document = any;

const FRAMEWORK = "import modelops_calabaria as cb\n";
const SPACE = 'PARAMS = cb.ParameterSpace([cb.ParameterSpec("beta", 0.0, 1.0)])';
const MODEL = (name: string, base: string, output: string, body: string) =>
  `class ${name}(${base}):
    ${SPACE}

    def build_sim(self, params, config):
        return ${body}

    def run_sim(self, state, seed):
        return state

    @cb.model_output("${output}")
    def out(self, raw, seed):
        return raw
`;
const FILES: Readonly<Record<string, string>> = {
  "models/__init__.py": "",
  "models/util.py": 'def load_contacts():\n    return open("data/contact.csv")\n',
  "models/seir.py": `${FRAMEWORK}from .util import load_contacts\n\n\n${MODEL("StarsimSIR", "cb.BaseModel", "cases", "load_contacts()")}`,
  "models/network.py": `${FRAMEWORK}\n\n${MODEL("NetworkSEIR", "cb.BaseModel", "deaths", 'open("data/pop.csv")')}`,
  "targets/__init__.py": "",
  "targets/incidence.py":
    `${FRAMEWORK}\n\n@cb.calibration_target(model_output="cases", data={"obs": "data/obs.csv"})\ndef incidence_target(data_paths):\n    return None\n`,
  "data/contact.csv": "c\n",
  "data/pop.csv": "p\n",
  "data/obs.csv": "o\n",
  "README.md": "# SEIR\n",
};

async function lab(desk: Desk, name = "ann"): Promise<void> {
  for (const [path, text] of Object.entries(FILES)) desk.write(`${name}/${path}`, text);
  await desk.mops(["init", ".", "--name", "seir", "--registry", `oci:${desk.folder("site")}`], { cwd: name });
  await desk.mops(["add", "."], { cwd: name });
  await desk.mops(["register-model", "models/seir.py", "--data", "data/contact.csv"], { cwd: name });
  await desk.mops(["register-model", "models/network.py", "--data", "data/pop.csv"], { cwd: name });
  await desk.mops(["register-target", "targets/incidence.py"], { cwd: name });
  await desk.mops(["target-set", "set", "main", "-t", "incidence_target"], { cwd: name });
}

function states({ models, targets }: Document): Record<string, string> {
  return Object.fromEntries([...models, ...targets].map((one) => [one.name, `${one.status} ${one.cloud}`]));
}

Deno.test("an edit of one data file makes exactly the models that use it stale; status, why and impact agree, on both sides", async (t) => {
  using desk = new Desk();
  await lab(desk);
  const ann = (...args: string[]) => desk.json(args, { cwd: "ann" });

  await t.step("registered and not pushed: Ready, Not pushed", async () => {
    assert.deepEqual(states(await ann("status")), {
      StarsimSIR: "ready not-pushed",
      NetworkSEIR: "ready not-pushed",
      incidence_target: "ready not-pushed",
    });
    assert.deepEqual((await ann("impact")).models.map((one: Document) => one.effect), ["new", "new"]);
  });

  await t.step("pushed: Ready, Synced; a second push sends nothing", async () => {
    await desk.mops(["push"], { cwd: "ann" });
    assert.deepEqual(new Set(Object.values(states(await ann("status")))), new Set(["ready synced"]));
    const again = await ann("push");
    assert.deepEqual([again.uploaded.blobs, again.tags[0].moved], [0, false]);
    await desk.mops(["status", "--check"], { cwd: "ann" });
  });

  await t.step("one data file edited: one model Stale, and everybody says why", async () => {
    desk.write("ann/data/contact.csv", "changed\n");
    const status = await ann("status");
    assert.deepEqual(states(status), { StarsimSIR: "stale ahead", NetworkSEIR: "ready synced", incidence_target: "ready synced" });
    const [reason, ...rest] = status.models[0].reasons;
    assert.deepEqual(rest, []);
    assert.match(
      reason.text,
      /^data\/contact\.csv changed \(sha256:[0-9a-f]{4}… → [0-9a-f]{4}…\), used by models\/seir\.py through models\/util\.py:load_contacts$/,
    );
    assert.match(
      (await desk.mops(["status", "--explain"], { cwd: "ann" })).stdout,
      /⚠ Stale {2}StarsimSIR \(model seir_starsimsir\)\n {2}data\/contact\.csv changed/,
    );
    const why = await ann("why", "data/contact.csv");
    assert.deepEqual(why.paths[0].dependents.map((one: Document) => [one.id, one.text]), [
      ["seir_starsimsir", "models/seir.py → imports models/util.py (line 2) → reads data/contact.csv (line 2, load_contacts)"],
    ]);
    const impact = await ann("impact");
    assert.deepEqual(impact.models.map((one: Document) => [one.name, one.effect]), [["StarsimSIR", "stale"], ["NetworkSEIR", "valid"]]);
    assert.deepEqual(impact.models[0].components.map((one: Document) => one.path), ["data/contact.csv"]);
    assert.deepEqual(impact.target_sets, [{ name: "main", effect: "valid", members: [] }]);
    await desk.mops(["impact", "--exit-code"], { cwd: "ann", expect: 1 });
    await desk.mops(["status", "--check"], { cwd: "ann", expect: 1 });
  });

  await t.step("README.md makes nothing stale", async () => {
    desk.write("ann/README.md", "# Other\n");
    assert.equal((await ann("impact")).models[1].effect, "valid");
    assert.equal((await ann("why", "README.md")).paths[0].standing, "tracked");
    assert.match((await desk.mops(["why", "README.md"], { cwd: "ann" })).stdout, /tracked, but no model and no target needs it/);
  });

  await t.step("pushed and pulled: Ready and Synced on both sides, and a second push sends nothing", async () => {
    await desk.mops(["push"], { cwd: "ann" });
    await desk.mops(["pull", "--ref", `oci:${desk.path}/site/seir:latest`, "--into", "ben"]);
    for (const cwd of ["ann", "ben"]) {
      assert.deepEqual(new Set(Object.values(states(await desk.json(["status"], { cwd })))), new Set(["ready synced"]));
      assert.equal((await desk.json(["push"], { cwd })).tags[0].moved, false);
    }
  });

  await t.step("a colleague's push is Behind; both changed is Diverged", async () => {
    desk.write("ben/data/pop.csv", "of ben\n");
    await desk.mops(["push"], { cwd: "ben" });
    assert.equal(states(await ann("status"))["NetworkSEIR"], "ready behind");
    desk.write("ann/data/pop.csv", "of ann\n");
    assert.equal(states(await ann("status"))["NetworkSEIR"], "stale diverged");
    assert.equal(states(await ann("status", "--offline"))["NetworkSEIR"], "stale unknown");
  });
});

Deno.test("a helper that is gone is Broken, and the push is refused with the file and the line that imports it", async () => {
  using desk = new Desk();
  await lab(desk);
  await desk.mops(["push"], { cwd: "ann" });
  Deno.removeSync(join(desk.path, "ann/models/util.py"));
  const status = await desk.json(["status"], { cwd: "ann" });
  assert.deepEqual(states(status), { StarsimSIR: "broken ahead", NetworkSEIR: "ready synced", incidence_target: "ready synced" });
  assert.match((await desk.mops(["status"], { cwd: "ann" })).stdout, /StarsimSIR +✗ Broken +1 missing +Ahead/);
  for (const args of [["push"], ["push", "--force"], ["push", "--dry-run"], ["push", "--refresh"]]) {
    const refused = await desk.mops(args, { cwd: "ann", expect: 8 });
    assert.match(refused.stderr, /preflight: .* this push; nothing was sent/);
    assert.match(refused.stderr, /models\/seir\.py line 2 imports \.util, and models\/util\.py does not exist/);
  }
  const failure = JSON.parse((await desk.mops(["push", "--json"], { cwd: "ann", expect: 8 })).stderr.trim().split("\n").at(-1)!);
  assert.equal(failure.code, "not-ready");
  assert.ok(
    failure.facts.issues.some((issue: Document) => issue.severity === "error" && issue.path === "models/seir.py" && issue.line === 2),
  );
});

Deno.test("--no-preflight publishes all the same, warns, and the push record says so", async () => {
  using desk = new Desk();
  await lab(desk);
  Deno.removeSync(join(desk.path, "ann/data/pop.csv"));
  await desk.mops(["push"], { cwd: "ann", expect: 8 });
  const pushed = await desk.mops(["push", "--no-preflight"], { cwd: "ann" });
  assert.match(pushed.stderr, /warning: preflight was skipped/);
  assert.equal((await desk.json(["log"], { cwd: "ann" })).records[0].preflight, "skipped");
  assert.match((await desk.mops(["log"], { cwd: "ann" })).stdout, /Preflight was skipped/);
  desk.write("ann/data/pop.csv", "p\n");
  await desk.mops(["push"], { cwd: "ann" });
  assert.equal("preflight" in (await desk.json(["log"], { cwd: "ann" })).records[0], false);
});

Deno.test("a new import stops the push with the command; --refresh registers again and pushes in one step", async () => {
  using desk = new Desk();
  await lab(desk);
  await desk.mops(["push"], { cwd: "ann" });
  desk.write("ann/models/extra.py", "X = 1\n");
  desk.write("ann/models/network.py", FILES["models/network.py"]!.replace("\n\n\n", "\nfrom models import extra\n\n\n"));
  const status = await desk.mops(["status"], { cwd: "ann" });
  assert.match(status.stdout, /NetworkSEIR +⚠ Stale +1 modified, 1 new +Ahead/);
  assert.match(status.stdout, /⚠ NetworkSEIR: new import models\/extra\.py \(models\/network\.py line 2\)/);
  assert.match(status.stdout, /Run 'mops bundle register-model --regen-all'/);
  const refused = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(refused.stderr, /hint: mops bundle push --refresh/);

  const before = tree(join(desk.path, "ann"), { local: true });
  const plan = await desk.json(["push", "--refresh", "--dry-run"], { cwd: "ann" });
  assert.deepEqual(plan.autoTracked, ["models/extra.py"]);
  assert.deepEqual(plan.refreshed.map((one: Document) => [one.id, one.change]), [["network_networkseir", "updated"]]);
  assert.deepEqual(tree(join(desk.path, "ann"), { local: true }), before, "a dry run writes nothing, no cache either");

  const pushed = await desk.mops(["push", "--refresh"], { cwd: "ann" });
  assert.match(pushed.stdout, /Registered again: model network_networkseir\n/);
  assert.match(pushed.stdout, /Tracked 1 file that models and targets need \(models\/extra\.py\)/);
  assert.match(desk.read("ann/.modelops-bundle/registry.yaml"), /- models\/extra\.py/);
  assert.equal((await desk.json(["push"], { cwd: "ann" })).tags[0].moved, false);
  assert.deepEqual(new Set(Object.values(states(await desk.json(["status"], { cwd: "ann" })))), new Set(["ready synced"]));
});

Deno.test("--refresh takes an entry out whose symbol is gone, and says so; without it the push is refused", async () => {
  using desk = new Desk();
  await lab(desk);
  await desk.mops(["push"], { cwd: "ann" });
  desk.write("ann/targets/incidence.py", "X = 1\n");
  const refused = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(refused.stderr, /incidence_target/);
  const pushed = await desk.mops(["push", "--refresh"], { cwd: "ann" });
  assert.match(pushed.stdout, /Took out, since they are gone from their files: target incidence_target\n/);
  assert.match(pushed.stdout, /Target set main: /);
  assert.deepEqual((await desk.json(["status"], { cwd: "ann" })).targets, []);
});

Deno.test("only comments changed is told so; pyproject.toml tells what changed, and its description changes nothing", async () => {
  using desk = new Desk();
  desk.write("ann/pyproject.toml", '[project]\nname = "m"\ndependencies = ["modelops-calabaria", "starsim==2.1"]\n');
  await lab(desk);
  await desk.mops(["push"], { cwd: "ann" });
  const explained = async () => (await desk.mops(["status", "--explain"], { cwd: "ann" })).stdout;
  assert.equal(await explained(), "Every registered model and target is Ready\n");
  desk.write("ann/pyproject.toml", '[project]\nname = "m"\ndescription = "new"\ndependencies = ["modelops-calabaria", "starsim==2.1"]\n');
  assert.equal(await explained(), "Every registered model and target is Ready\n");
  desk.write("ann/pyproject.toml", '[project]\nname = "m"\ndependencies = ["modelops-calabaria", "starsim==2.2"]\n');
  assert.match(await explained(), /pyproject\.toml: starsim .*2\.1 → .*2\.2/);
  desk.write("ann/pyproject.toml", '[project]\nname = "m"\ndependencies = ["modelops-calabaria", "starsim==2.1"]\n');
  desk.write("ann/models/util.py", `# a comment\n${FILES["models/util.py"]!}`);
  const status = await desk.json(["status"], { cwd: "ann" });
  const util = status.models[0].dependencies.find((one: Document) => one.path === "models/util.py");
  assert.deepEqual([util.state, util.formOnly], ["modified", true]);
  assert.match(await explained(), /only comments or formatting changed \(identity changes all the same\)/);
});

Deno.test("status looks the same after its caches are deleted, damaged or cannot be written", async () => {
  using desk = new Desk();
  await lab(desk);
  const status = async () => {
    const { hashed: _, ...rest } = await desk.json(["status", "--offline"], { cwd: "ann" });
    return rest;
  };
  const first = await status();
  assert.deepEqual(await status(), first);
  const folder = join(desk.path, "ann/.modelops-bundle");
  assert.ok(Deno.statSync(join(folder, "analysis.json")).isFile);
  for (const text of ["", "{", '{"version":1}', '{"version":99}', '{"version":1,"fingerprint":1,"rest":null}']) {
    Deno.writeTextFileSync(join(folder, "analysis.json"), text);
    assert.deepEqual(await status(), first);
  }
  const whole = Deno.readTextFileSync(join(folder, "analysis.json"));
  Deno.writeTextFileSync(join(folder, "analysis.json"), whole.replace(/"records":\[.*\]\}$/, '"records":[]}'));
  assert.deepEqual(await status(), first);
  Deno.removeSync(join(folder, "analysis.json"));
  Deno.removeSync(join(folder, "outlines.json"));
  Deno.chmodSync(folder, 0o555);
  assert.deepEqual(await status(), first);
  Deno.chmodSync(folder, 0o755);
});

Deno.test("B13: status, why and push mean the same from a sub-directory", async () => {
  using desk = new Desk();
  await lab(desk);
  const from = async (cwd: string, path: string) => {
    const { models, targets, preflight } = await desk.json(["status"], { cwd });
    const { paths } = await desk.json(["why", path], { cwd });
    return { models, targets, preflight, paths };
  };
  assert.deepEqual(await from("ann/models", "../data/pop.csv"), await from("ann", "data/pop.csv"));
  await desk.mops(["push"], { cwd: "ann/models" });
  assert.deepEqual(new Set(Object.values(states(await desk.json(["status"], { cwd: "ann/data" })))), new Set(["ready synced"]));
});

Deno.test("--details takes an id or a name, and lists what there is for any other", async () => {
  using desk = new Desk();
  await lab(desk);
  for (const name of ["seir_starsimsir", "StarsimSIR"]) {
    const { stdout } = await desk.mops(["status", "--details", name], { cwd: "ann" });
    assert.match(
      stdout,
      /^Model: StarsimSIR \(seir_starsimsir\)\nPath: models\/seir\.py\nEntry point: models\.seir:StarsimSIR\nStatus: ✓ Ready: /,
    );
    assert.match(
      stdout,
      /models\/seir\.py → imports models\/util\.py \(line 2\) → reads data\/contact\.csv \(line 2, load_contacts\)\n {6}sha256:[0-9a-f]{64}\n/,
    );
    assert.match(stdout, /\nOutputs: cases\n/);
  }
  assert.match((await desk.mops(["status", "--details", "incidence_target"], { cwd: "ann" })).stdout, /^Target: incidence_target /);
  const failed = await desk.mops(["status", "--details", "SIR"], { cwd: "ann", expect: 4 });
  assert.match(failed.stderr, /there is no model and no target SIR\n {2}model seir_starsimsir \(StarsimSIR\)/);
});

Deno.test("why says of every path why nobody needs it, and refuses one that is nowhere", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("ann/notes.txt", "x\n");
  const standing = async (path: string) => (await desk.json(["why", path], { cwd: "ann" })).paths[0].standing;
  assert.equal(await standing("notes.txt"), "untracked");
  assert.equal(await standing(".modelopsignore"), "tracked");
  assert.equal(await standing("pyproject.toml"), "needed");
  await desk.mops(["unregister", "network_networkseir", "--data", "data/pop.csv"], { cwd: "ann", expect: null });
  assert.equal(await standing("data/pop.csv"), "proposed");
  await desk.mops(["why", "nowhere.csv"], { cwd: "ann", expect: 4 });
  const folder = await desk.json(["why", "models"], { cwd: "ann" });
  assert.deepEqual(folder.paths.map((one: Document) => one.path), [
    "models/__init__.py",
    "models/network.py",
    "models/seir.py",
    "models/util.py",
  ]);
});

Deno.test("a file that a model needs and the rules ignore stops the push", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("ann/.modelopsignore", "data/pop.csv\n");
  await desk.mops(["remove", "data/pop.csv"], { cwd: "ann" });
  const refused = await desk.mops(["push"], { cwd: "ann", expect: 8 });
  assert.match(refused.stderr, /data\/pop\.csv is needed by model network_networkseir, and ignored by data\/pop\.csv/);
  assert.match(refused.stderr, /hint: mops bundle add --force data\/pop\.csv/);
  await desk.mops(["add", "--force", "data/pop.csv"], { cwd: "ann" });
  await desk.mops(["push"], { cwd: "ann" });
});

Deno.test("a registry.yaml that cannot be read is told by status, which shows the files all the same", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("ann/.modelops-bundle/registry.yaml", 'version: "1.0"\nmodels: [\n');
  const { stdout } = await desk.mops(["status"], { cwd: "ann" });
  assert.match(stdout, /Preflight:\n {2}✗ .*registry\.yaml/);
  assert.equal((await desk.json(["status"], { cwd: "ann" })).preflight[0].code, "invalid-registry");
});

Deno.test("data that a model's code names and its entry lacks is told, though another model brings it, and its results are not called valid", async () => {
  using desk = new Desk();
  for (const [path, text] of Object.entries(FILES)) desk.write(`ann/${path}`, text);
  desk.write(
    "ann/models/two.py",
    `${FRAMEWORK}\n\n${MODEL("First", "cb.BaseModel", "cases", 'open("data/pop.csv")')}\n\n${
      MODEL("Second", "cb.BaseModel", "deaths", 'open("data/pop.csv")')
    }`,
  );
  await desk.mops(["init", ".", "--name", "seir", "--registry", `oci:${desk.folder("site")}`], { cwd: "ann" });
  await desk.mops(["register-model", "models/two.py", "--class", "First", "--data", "data/pop.csv"], { cwd: "ann" });
  await desk.mops(["register-model", "models/two.py", "--class", "Second"], { cwd: "ann" });
  await desk.mops(["push"], { cwd: "ann" });
  const warned = await desk.mops(["status"], { cwd: "ann" });
  assert.match(warned.stdout, /⚠ models\/two\.py line \d+ names data\/pop\.csv, which model two_second does not list/);
  const told = await desk.mops(["impact"], { cwd: "ann" });
  assert.match(told.stdout, /Results stay valid:[\s\S]*model Second \(two_second\)\n +data\/pop\.csv is in no list, and as it was pushed/);

  desk.write("ann/data/pop.csv", "edited\n");
  const impact = await desk.json(["impact"], { cwd: "ann" });
  assert.deepEqual(impact.models.map(({ id, effect }: Document) => [id, effect]), [["two_first", "stale"], ["two_second", "unknown"]]);
  await desk.mops(["impact", "--exit-code"], { cwd: "ann", expect: 1 });
  const { models } = await desk.json(["status"], { cwd: "ann" });
  const [issue] = models[1].issues.filter(({ code }: Document) => code === "unlisted-data");
  await desk.mops(issue.hint.split("   (")[0].split(" ").slice(2), { cwd: "ann" });
  assert.deepEqual((await desk.json(["impact"], { cwd: "ann" })).models.map(({ effect }: Document) => effect), ["stale", "stale"]);
});

Deno.test("a deletion that was pushed is tracked no longer, and status says nothing of it; pushed under another tag, it is", async () => {
  using desk = new Desk();
  await lab(desk);
  await desk.mops(["push"], { cwd: "ann" });
  Deno.removeSync(join(desk.path, "ann/README.md"));
  const found = async () =>
    (await desk.json(["status"], { cwd: "ann" })).preflight.filter(({ code }: Document) => code === "tracked-missing");
  assert.deepEqual((await found()).map(({ severity, path }: Document) => [severity, path]), [["warning", "README.md"]]);
  await desk.mops(["push", "--tag", "other"], { cwd: "ann" });
  assert.match(desk.read("ann/.modelops-bundle/tracked.txt"), /^README\.md$/m);
  await desk.mops(["push"], { cwd: "ann" });
  assert.doesNotMatch(desk.read("ann/.modelops-bundle/tracked.txt"), /^README\.md$/m);
  assert.deepEqual(await found(), []);
  assert.doesNotMatch((await desk.mops(["push"], { cwd: "ann" })).stderr, /README/);
  desk.write("ann/README.md", "again\n");
  assert.deepEqual((await desk.json(["status"], { cwd: "ann" })).untracked.includes("README.md"), true);
});

Deno.test("what is tracked and neither on disk nor in the bundle is a note with the command that forgets it", async () => {
  using desk = new Desk();
  await lab(desk);
  await desk.mops(["push"], { cwd: "ann" });
  desk.write("ann/notes.md", "n\n");
  await desk.mops(["add", "notes.md"], { cwd: "ann" });
  Deno.removeSync(join(desk.path, "ann/notes.md"));
  const { preflight } = await desk.json(["status"], { cwd: "ann" });
  const [issue] = preflight.filter(({ code }: Document) => code === "tracked-missing");
  assert.deepEqual([issue.severity, issue.path], ["info", "notes.md"]);
  assert.doesNotMatch((await desk.mops(["status"], { cwd: "ann" })).stdout, /notes\.md/);
  await desk.mops(issue.hint.split("   (")[0].split(" ").slice(2), { cwd: "ann" });
  assert.doesNotMatch(desk.read("ann/.modelops-bundle/tracked.txt"), /notes/);
});
