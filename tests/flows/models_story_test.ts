/**
 * What the tool was asked for, as it was asked for: the commands and the status table of the first README with a project of its shape, and
 * the sample project (`dev/sample_project`) through edits, a colleague, and a helper that goes away.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk, tree } from "../support/program.ts";
import { copySample } from "../support/samples.ts";

// deno-lint-ignore no-explicit-any -- looked at key by key
type Document = any;

const MODELS = ["StarsimSIR", "SEIR", "NetworkSEIR"];
const TARGETS = ["incidence_per_replicate_target", "incidence_replicate_mean_target"];

/** The tree that the first README shows: no `__init__.py`, three data files, two models, two targets of one output. */
function seedProject(desk: Desk, name: string): void {
  const model = (name: string) =>
    `import modelops_calabaria as cb


class ${name}(cb.BaseModel):
    PARAMS = cb.ParameterSpace([cb.ParameterSpec("beta", 0.0, 1.0)])

    def build_sim(self, params, config):
        return params["beta"]

    def run_sim(self, state, seed):
        return state

    @cb.model_output("incidence")
    def incidence(self, raw, seed):
        return raw
`;
  const target = (name: string) =>
    `@cb.calibration_target(model_output="incidence", data={"observed": "data/demographics.csv"})\ndef ${name}(data_paths):\n    return None\n`;
  desk.write(`${name}/models/seir.py`, model("StarsimSIR"));
  desk.write(`${name}/models/network_model.py`, model("NetworkSEIR"));
  desk.write(`${name}/targets/incidence.py`, `import modelops_calabaria as cb\n\n\n${TARGETS.map(target).join("\n\n")}`);
  for (const table of ["demographics", "contact_patterns", "contacts"]) desk.write(`${name}/data/${table}.csv`, `${table}\n`);
  desk.write(
    `${name}/pyproject.toml`,
    '[project]\nname = "seir-model"\nversion = "0.1.0"\ndependencies = ["modelops-calabaria"]\n',
  );
}

Deno.test("the first README, word for word: register, status with its table, register targets, group them, push", async (t) => {
  using desk = new Desk();
  seedProject(desk, "seir-model");
  const cwd = "seir-model";
  const say = async (...args: string[]) => (await desk.mops(args, { cwd })).stdout;

  await t.step("init . of an existing model", async () => {
    await say("init", ".");
    await say("add", ".");
    await say("push");
    for (const path of [".modelops-bundle", "pyproject.toml", ".modelopsignore"]) assert.ok(Deno.statSync(join(desk.path, cwd, path)));
  });

  await t.step("register a model with its data, and one with a folder of data", async () => {
    const first = ["register-model", "models/seir.py", "--class", "StarsimSIR"];
    const registered = await say(...first, "--data", "data/demographics.csv", "--data", "data/contact_patterns.csv");
    assert.match(registered, /^\+ seir_starsimsir {2}models\.seir:StarsimSIR {2}outputs: incidence$/m);
    assert.match(await say("register-model", "models/network_model.py", "--data", "data/"), /NetworkSEIR/);
  });

  await t.step("status shows the table of the first README, mark for mark", async () => {
    desk.write("seir-model/data/contacts.csv", "contacts of 2025\n");
    desk.write("seir-model/models/network_model.py", `${desk.read("seir-model/models/network_model.py")}\n# checked\n`);
    const lines = (await say("status", "--offline")).split("\n").map((line) => line.replace(/\s+/g, " ").trim());
    const from = lines.indexOf("Registered Models (2)");
    assert.ok(from > 0, lines.join("\n"));
    assert.match(lines[0]!, /^Bundle: .*seir-model:latest/);
    assert.ok(lines.some((line) => line.startsWith("Local changes: 3 files modified")), lines.join("\n"));
    assert.match(lines[from + 1]!, /^─+$/);
    assert.equal(lines[from + 2], "Model Status Dependencies Cloud");
    assert.match(lines[from + 3]!, /^StarsimSIR ✓ Ready 4 files /);
    assert.match(lines[from + 4]!, /^NetworkSEIR ⚠ Stale 2 modified /);

    const online = await say("status");
    assert.match(online, /^StarsimSIR +✓ Ready +4 files +Not pushed$/m);
    assert.match(online, /^NetworkSEIR +⚠ Stale +2 modified +Not pushed$/m);
    assert.match(online, /^Run 'mops bundle push' to sync with cloud$/m);
    for (const line of online.split("\n").filter((line) => /^(─|Model |StarsimSIR|NetworkSEIR)/.test(line))) {
      assert.ok(line.length <= 80, line);
    }
  });

  await t.step("register targets, make a set of them, list the sets", async () => {
    const registered = await say("register-target", "targets/incidence.py");
    for (const target of TARGETS) assert.ok(registered.includes(target), registered);
    await say("target-set", "set", "incidence", "--target", TARGETS[0]!, "--target", TARGETS[1]!);
    assert.match(await say("target-set", "list"), new RegExp(`incidence +${TARGETS.join(", ")}`));
  });

  await t.step("push, also under another tag; everything is Ready and Synced", async () => {
    assert.match(await say("push"), /^Pushed$/m);
    assert.match(await say("push", "--tag", "v1.0.0"), /^Tag v1\.0\.0 is new$/m);
    const status = await desk.json(["status"], { cwd });
    assert.deepEqual(states(status), all("ready synced", ["StarsimSIR", "NetworkSEIR", ...TARGETS]));
    await desk.mops(["status", "--check"], { cwd });
  });
});

Deno.test("B13: the same commands from a sub-directory record the same bytes and show the same status", async () => {
  using desk = new Desk();
  const commands = (up: string) => [
    [
      "register-model",
      `${up}models/seir.py`,
      "--class",
      "StarsimSIR",
      "--data",
      `${up}data/demographics.csv`,
      "--data",
      `${up}data/contact_patterns.csv`,
    ],
    ["register-model", `${up}models/network_model.py`, "--data", `${up}data/`],
    ["register-target", `${up}targets/incidence.py`],
    ["target-set", "set", "incidence", "--target", TARGETS[0]!, "--target", TARGETS[1]!],
  ];
  for (const [name, below, up] of [["root", "", ""], ["sub", "/targets", "../"]] as const) {
    seedProject(desk, `${name}/seir-model`);
    const cwd = `${name}/seir-model${below}`;
    await desk.mops(["init", below === "" ? "." : ".."], { cwd });
    await desk.mops(["add", below === "" ? "." : ".."], { cwd });
    for (const command of commands(up)) await desk.mops(command, { cwd });
  }
  const registry = (name: string) => desk.read(`${name}/seir-model/.modelops-bundle/registry.yaml`);
  assert.equal(registry("sub"), registry("root"));
  const [fromRoot, fromBelow] = await Promise.all(
    ["root/seir-model", "sub/seir-model/targets"].map((cwd) => desk.mops(["status"], { cwd })),
  );
  assert.equal(fromBelow!.stdout, fromRoot!.stdout);
  const digests = [];
  for (const cwd of ["root/seir-model", "sub/seir-model/data"]) {
    digests.push((await desk.json(["push", "--tag", cwd.slice(0, 3)], { cwd })).digest);
  }
  assert.equal(digests[0], digests[1], "a bundle's digest does not depend on where somebody stood");
});

Deno.test("the sample: one table edited, exactly its models are Stale, everybody says so; pushed and pulled, both sides are Ready and Synced", async (t) => {
  using desk = new Desk();
  await sample(desk);
  const ann = (...args: string[]) => desk.json(args, { cwd: "ann" });
  const told = async (args: string[], cwd = "ann") => (await desk.mops(args, { cwd })).stdout;
  const stale = ["StarsimSIR", "SEIR"];

  await t.step("contacts are edited: the compartment models are Stale, the network model and the targets are not", async () => {
    await desk.mops(["push"], { cwd: "ann" });
    desk.write("ann/data/contact_patterns.csv", desk.read("ann/data/contact_patterns.csv").replace("2.100", "2.300"));
    assert.deepEqual(states(await ann("status")), { ...all("ready synced", [...MODELS, ...TARGETS]), ...all("stale ahead", stale) });
  });

  await t.step("why, status --explain and impact agree with it", async () => {
    const why = await ann("why", "data/contact_patterns.csv");
    assert.deepEqual(why.paths[0].dependents.map(({ name }: Document) => name), stale);
    assert.deepEqual(why.paths[0].dependents[0].chain.map(({ path }: Document) => path), [
      "models/seir.py",
      "district/contacts.py",
      "data/contact_patterns.csv",
    ]);
    const explained = await told(["status", "--explain"]);
    for (const name of stale) assert.match(explained, new RegExp(`Stale {2}${name} `));
    assert.doesNotMatch(explained, /NetworkSEIR|incidence_/);
    assert.match(
      explained,
      /data\/contact_patterns\.csv changed \(sha256:[0-9a-f]{4}… → [0-9a-f]{4}…\), used by models\/seir\.py through district\/contacts\.py:read_contacts/,
    );
    const impact = await ann("impact");
    assert.deepEqual(effects(impact, "stale"), stale);
    assert.deepEqual(effects(impact, "valid"), ["NetworkSEIR", ...TARGETS]);
    for (const model of impact.models.slice(0, 2)) {
      assert.deepEqual(model.components.map(({ path }: Document) => path), ["data/contact_patterns.csv"]);
    }
  });

  await t.step("pushed and pulled by a colleague: the same bytes, Ready and Synced, and nothing to push on either side", async () => {
    const pushed = await ann("push");
    await desk.mops(["pull", "--ref", pushed.reference, "--into", "ben"]);
    for (const cwd of ["ann", "ben"]) {
      assert.deepEqual(states(await desk.json(["status"], { cwd })), all("ready synced", [...MODELS, ...TARGETS]));
    }
    const again = await ann("push");
    assert.deepEqual([again.digest, again.uploaded.blobs, again.tags[0].moved], [pushed.digest, 0, false]);
    const { ".gitignore": _ann, ...mine } = tree(join(desk.path, "ann"));
    const { ".gitignore": _ben, ...theirs } = tree(join(desk.path, "ben"));
    assert.deepEqual(theirs, mine);
  });

  await t.step("a colleague's edit comes back as Behind, then as Ready and Synced", async () => {
    await desk.mops(["pull"], { cwd: "ben" }); // follows the tag again
    desk.write("ben/data/observed_incidence.csv", desk.read("ben/data/observed_incidence.csv").replace("20,1915", "20,1920"));
    await desk.mops(["push"], { cwd: "ben" });
    assert.deepEqual(states(await ann("status")), {
      ...all("ready synced", [...MODELS, ...TARGETS]),
      ...all("ready behind", ["NetworkSEIR", ...TARGETS]), // --data data/ holds it, too
    });
    await desk.mops(["pull"], { cwd: "ann" });
    assert.deepEqual(states(await ann("status")), all("ready synced", [...MODELS, ...TARGETS]));
    assert.equal((await ann("push")).tags[0].moved, false);
  });
});

Deno.test("editing README.md or the description makes nothing stale, a helper two imports away does, and comments are told apart", async () => {
  using desk = new Desk();
  await sample(desk);
  await desk.mops(["push"], { cwd: "ann" });
  const before = await closures(desk);

  desk.write("ann/README.md", "# another text\n");
  desk.write("ann/scripts/run_local.sh", `${desk.read("ann/scripts/run_local.sh")}# nobody imports it\n`, { executable: true });
  assert.deepEqual(states(await desk.json(["status"], { cwd: "ann" })), all("ready synced", [...MODELS, ...TARGETS]));
  desk.write("ann/pyproject.toml", desk.read("ann/pyproject.toml").replace(/description = .*/, 'description = "Other words"'));
  const { models, targets } = await desk.json(["status"], { cwd: "ann" });
  assert.deepEqual(new Set([...models, ...targets].map(({ status }: Document) => status)), new Set(["ready"]));
  assert.deepEqual(effects(await desk.json(["impact"], { cwd: "ann" }), "valid"), [...MODELS, ...TARGETS]);
  assert.deepEqual(await closures(desk), before);
  await desk.mops(["push"], { cwd: "ann" });
  assert.deepEqual(await closures(desk), before, "a push of other files changes no closure");

  // models/network_model.py → district/population.py → district/tables.py
  desk.write("ann/district/tables.py", `# looked through\n${desk.read("ann/district/tables.py")}`);
  const form = await desk.mops(["status", "--explain"], { cwd: "ann" });
  assert.match(form.stdout, /district\/tables\.py changed .*; only comments or formatting changed/);
  desk.write("ann/district/tables.py", desk.read("ann/district/tables.py").replace("start=2", "start=1"));
  const meaning = await desk.mops(["status", "--explain"], { cwd: "ann" });
  assert.match(meaning.stdout, /district\/tables\.py changed .*used by models\/network_model\.py through district\/population\.py/);
  assert.doesNotMatch(meaning.stdout, /only comments/);
  const status = await desk.json(["status"], { cwd: "ann" });
  assert.deepEqual(states(status), { ...all("stale ahead", MODELS), ...all("ready synced", TARGETS) });
  await desk.mops(["push"], { cwd: "ann" });
  const after = await closures(desk);
  for (const name of MODELS) assert.notEqual(after[name], before[name], name);
  for (const name of TARGETS) assert.equal(after[name], before[name], name);
});

Deno.test("a helper of the sample is deleted: Broken, the push is refused with file and line; put back, all is well", async () => {
  using desk = new Desk();
  await sample(desk);
  await desk.mops(["push"], { cwd: "ann" });
  const helper = desk.read("ann/district/weeks.py");
  Deno.removeSync(join(desk.path, "ann/district/weeks.py"));
  assert.deepEqual(states(await desk.json(["status"], { cwd: "ann" })), {
    ...all("broken ahead", MODELS),
    ...all("ready synced", TARGETS),
  });
  assert.match((await desk.mops(["status"], { cwd: "ann" })).stdout, /^StarsimSIR +✗ Broken +1 missing +Ahead$/m);
  for (const args of [["push"], ["push", "--force"], ["push", "--refresh"]]) {
    const refused = await desk.mops(args, { cwd: "ann", expect: 8 });
    assert.match(refused.stderr, /nothing was sent/);
    assert.match(refused.stderr, /models\/base\.py line 10 imports district\.weeks, and district\/weeks\.py does not exist/);
  }
  desk.write("ann/district/weeks.py", helper);
  assert.deepEqual(states(await desk.json(["status"], { cwd: "ann" })), all("ready synced", [...MODELS, ...TARGETS]));
  assert.equal((await desk.json(["push"], { cwd: "ann" })).tags[0].moved, false);
});

Deno.test("the Starsim sample: a new starsim in uv.lock, a table in the package and a new import are each told, and each taken over as it should be", async (t) => {
  using desk = new Desk();
  copySample("starsim_sample", desk, "rsv");
  const cwd = "rsv";
  const mops = async (...args: string[]) => (await desk.mops(args, { cwd })).stdout;
  await mops("init", ".");
  await mops("add", ".");
  await mops("register-model", "src/rsv/model.py", "--auto-data");
  await mops("register-target", "src/rsv/targets/admissions.py");
  await mops("push");
  const model = async () => (await desk.json(["status"], { cwd })).models[0];

  await t.step("what it needs was found: packages, the namespace package, tables in the package", async () => {
    const paths = (await model()).dependencies.map(({ path }: Document) => path);
    for (const path of ["src/rsv/__init__.py", "src/rsv/interventions/maternal_vaccine.py", "src/rsv/waning.py", "uv.lock"]) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual(paths.filter((path: string) => path.endsWith(".csv")), [
      "src/rsv/tables/age_structure.csv",
      "src/rsv/tables/contacts_by_month.csv",
    ]);
  });

  await t.step("another version in the lock file", async () => {
    desk.write(
      "rsv/uv.lock",
      desk.read("rsv/uv.lock").replace('name = "starsim"\nversion = "3.0.1"', 'name = "starsim"\nversion = "3.0.2"'),
    );
    assert.match(await mops("status", "--explain"), /uv\.lock: starsim 3\.0\.1 → 3\.0\.2/);
    await mops("push");
    assert.equal((await model()).status, "ready");
  });

  await t.step("a table of the package", async () => {
    desk.write("rsv/src/rsv/tables/contacts_by_month.csv", desk.read("rsv/src/rsv/tables/contacts_by_month.csv").replace("1.12", "1.13"));
    assert.match(
      await mops("status", "--explain"),
      /contacts_by_month\.csv changed .*used by src\/rsv\/model\.py through src\/rsv\/population\.py:contact_factors/,
    );
    await mops("push");
  });

  await t.step("a new import stops the push; --refresh takes it over", async () => {
    desk.write("rsv/src/rsv/interventions/hygiene.py", "EFFECT = 0.1\n");
    desk.write(
      "rsv/src/rsv/model.py",
      desk.read("rsv/src/rsv/model.py").replace("from .population", "from .interventions.hygiene import EFFECT\nfrom .population"),
    );
    assert.match(await mops("status", "--explain"), /new import src\/rsv\/interventions\/hygiene\.py/);
    assert.equal((await model()).status, "stale");
    const refused = await desk.mops(["push"], { cwd, expect: 8 });
    assert.match(refused.stderr, /--regen-all|--refresh/);
    assert.match(await mops("push", "--refresh"), /Pushed/);
    const { status, dependencies } = await model();
    assert.equal(status, "ready");
    assert.ok(dependencies.some(({ path }: Document) => path === "src/rsv/interventions/hygiene.py"));
  });
});

/** The sample project in `ann`, registered in full, not pushed. */
async function sample(desk: Desk): Promise<void> {
  copySample("sample_project", desk, "ann");
  for (
    const args of [
      ["init", ".", "--name", "seir-model"],
      ["add", "."],
      ["register-model", "models/seir.py", "--data", "data/demographics.csv", "--data", "data/contact_patterns.csv"],
      ["register-model", "models/network_model.py", "--data", "data/demographics.csv", "--data", "data/observed_incidence.csv"],
      ["register-target", "targets/incidence.py"],
      ["target-set", "set", "incidence", "-t", TARGETS[0]!, "-t", TARGETS[1]!, "-w", `${TARGETS[1]}=0.5`],
    ]
  ) await desk.mops(args, { cwd: "ann" });
}

async function closures(desk: Desk): Promise<Record<string, string>> {
  const { models, targets } = await desk.json(["status"], { cwd: "ann" });
  return Object.fromEntries([...models, ...targets].map(({ name, closure }: Document) => [name, JSON.stringify(closure)]));
}

function states({ models, targets }: Document): Record<string, string> {
  return Object.fromEntries([...models, ...targets].map(({ name, status, cloud }: Document) => [name, `${status} ${cloud}`]));
}

function effects({ models, targets }: Document, wanted: string): string[] {
  return [...models, ...targets].filter(({ effect }: Document) => effect === wanted).map(({ name }: Document) => name);
}

function all(state: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, state]));
}
