/**
 * Models and targets beside the Python tool: its bugs, the promises of its README, and the scenarios of its test suite, by their numbers.
 * Scenarios 43 to 47 stand in tests/plan/readiness_test.ts, tests/plan/preflight_test.ts and tests/flows/preflight_test.ts.
 */
import assert from "node:assert/strict";
import { Desk, tree } from "../support/program.ts";
import { copySample } from "../support/samples.ts";
import { parse } from "./registered_project.ts";

// deno-lint-ignore no-explicit-any -- looked at key by key
type Document = any;

const P = { cwd: "p" } as const;

function registry(desk: Desk): Document {
  return parse(desk.read("p/.modelops-bundle/registry.yaml"));
}

async function sample(desk: Desk): Promise<void> {
  copySample("sample_project", desk, "p");
  await desk.mops(["init", ".", "--name", "seir", "--registry", `oci:${desk.folder("site")}`], P);
}

Deno.test("B8: sibling modules, relative imports and packages of the project are found without an option, shipped and sealed", async () => {
  using desk = new Desk();
  await sample(desk);
  await desk.mops(["register-model", "models/seir.py"], P);
  const code = [
    "district/__init__.py",
    "district/contacts.py",
    "district/population.py",
    "district/tables.py",
    "district/weeks.py",
    "models/__init__.py",
    "models/base.py",
  ];
  for (const id of ["seir_starsimsir", "seir_seir"]) {
    assert.deepEqual(registry(desk).models[id].code, code);
    assert.deepEqual(Object.keys(registry(desk).models[id].code_digests), code);
  }
  await desk.mops(["push"], P);
  const { files } = await desk.json(["manifest", "latest"], P);
  const paths = files.map(({ path }: Document) => path);
  for (const path of [...code, "models/seir.py", "pyproject.toml"]) assert.ok(paths.includes(path), `${path} is in the bundle`);
  assert.ok(!paths.includes("models/network_model.py"), "what nobody needs and nobody added stays here");
});

Deno.test("B8: a first-party package below src/ is no crash, whatever the code mode", async () => {
  using desk = new Desk();
  copySample("starsim_sample", desk, "p");
  await desk.mops(["init", "."], P);
  for (const mode of ["package", "files"]) {
    await desk.mops(["register-model", "src/rsv/model.py", "--code-mode", mode], P);
    const { entrypoint, code } = registry(desk).models.model_infantrsv;
    assert.equal(entrypoint, "rsv.model:InfantRSV");
    assert.ok(code.includes("src/rsv/waning.py"), "two imports away, by a relative import from a namespace package");
    assert.equal(code.includes("src/rsv/targets/admissions.py"), mode === "package");
  }
});

Deno.test("B9, promise 5: register-model --data data/ of the first README works, and notices a new file", async () => {
  using desk = new Desk();
  await sample(desk);
  await desk.mops(["register-model", "models/network_model.py", "--data", "data/"], P);
  const entry = () => registry(desk).models.network_model_networkseir;
  assert.deepEqual(entry().data_given, ["data/"]);
  assert.deepEqual(entry().data, ["data/contact_patterns.csv", "data/demographics.csv", "data/observed_incidence.csv"]);
  await desk.mops(["push"], P);
  desk.write("p/data/households.csv", "size,share\n1,0.4\n");
  const [model] = (await desk.json(["status"], P)).models;
  assert.equal(model.status, "stale");
  assert.ok(model.dependencies.some(({ path, state }: Document) => path === "data/households.csv" && state === "added"));
});

Deno.test("B12: registering one class, other data or another id of the sample drops nobody and nothing", async () => {
  using desk = new Desk();
  await sample(desk);
  await desk.mops(["register-model", "models/seir.py", "--data", "data/demographics.csv", "--label", "area=north"], P);
  await desk.mops(["register-model", "models/seir.py", "--class", "StarsimSIR"], P);
  assert.deepEqual(Object.keys(registry(desk).models), ["seir_starsimsir", "seir_seir"]);
  await desk.mops(["register-model", "models/seir.py", "--class", "SEIR", "--data", "data/contact_patterns.csv"], P);
  const { seir_starsimsir: one, seir_seir: other } = registry(desk).models;
  assert.deepEqual([one.data, one.labels], [["data/demographics.csv"], { area: "north" }]);
  assert.deepEqual([other.data, other.labels], [["data/contact_patterns.csv", "data/demographics.csv"], { area: "north" }]);
  await desk.mops(["register-model", "models/seir.py", "--class", "SEIR", "--id", "latent"], P);
  assert.deepEqual(Object.keys(registry(desk).models), ["seir_starsimsir", "latent"]);
  assert.deepEqual(registry(desk).models.latent.data, other.data);
});

Deno.test("B13: register, status, why and push from every folder of the sample mean the project, not the folder", async () => {
  using desk = new Desk();
  const seen = new Set<string>();
  for (const [number, below, up] of [[1, "", ""], [2, "/models", "../"], [3, "/data", "../"]] as const) {
    copySample("sample_project", desk, `n${number}/p`);
    const cwd = `n${number}/p${below}`;
    await desk.mops(["init", up === "" ? "." : ".."], { cwd });
    await desk.mops(["register-model", `${up}models/seir.py`, "--data", `${up}data/`], { cwd });
    await desk.mops(["register-target", `${desk.path}/n${number}/p/targets/incidence.py`], { cwd });
    const { models, targets } = await desk.json(["status"], { cwd });
    const why = await desk.json(["why", `${up}data/demographics.csv`], { cwd });
    const { digest } = await desk.json(["push", "--tag", `n${number}`], { cwd });
    seen.add(JSON.stringify([models, targets, why, digest, tree(`${desk.path}/n${number}/p/.modelops-bundle`)["registry.yaml"]]));
  }
  assert.equal(seen.size, 1, [...seen].join("\n"));
});

Deno.test("promise 9: the model registry tracks parameters, outputs and scenarios, as names that the old readers accept", async () => {
  using desk = new Desk();
  await sample(desk);
  await desk.mops(["register-model", "models/seir.py", "models/network_model.py"], P);
  const { seir_seir: seir, network_model_networkseir: network } = registry(desk).models;
  assert.deepEqual(seir.parameters, ["beta", "reporting_rate", "dur_inf", "dur_exp"]);
  assert.deepEqual([...seir.outputs].sort(), ["infections_by_age", "prevalence", "weekly_incidence"], "inherited in and across files");
  assert.deepEqual(seir.scenarios, ["baseline", "school-closure", "contacts-minus-25", "contacts-minus-50"]);
  assert.deepEqual(network.scenarios, ["baseline", "fewer-acquaintances"]);
  assert.deepEqual(network.parameter_specs.find(({ name }: Document) => name === "mean_degree"), {
    name: "mean_degree",
    lower: 4,
    upper: 30,
    kind: "int",
    doc: "acquaintances of one person",
  });
  assert.equal(network.unresolved, undefined, "nothing of the sample is left unknown");
});

Deno.test("promise 15: status has the columns, marks and words of the first README", async () => {
  using desk = new Desk();
  await sample(desk);
  await desk.mops(["register-model", "models/seir.py", "--class", "StarsimSIR"], P);
  await desk.mops(["push"], P);
  desk.write("p/district/weeks.py", `${desk.read("p/district/weeks.py")}\n`);
  desk.write("p/district/tables.py", `${desk.read("p/district/tables.py")}\n`);
  const { stdout } = await desk.mops(["status"], P);
  assert.match(stdout, /^Local changes: 2 files modified$/m);
  assert.match(stdout, /^Registered Models \(1\)\n─+\nModel +Status +Dependencies +Cloud *\nStarsimSIR +⚠ Stale +2 modified +Ahead$/m);
  assert.match(stdout, /^Run 'mops bundle push' to sync with cloud$/m);
});

Deno.test("promise 22: model code stays clean: nothing of this tool is imported, and no file of the project is changed by registering", async () => {
  using desk = new Desk();
  await sample(desk);
  const code = () => Object.fromEntries(Object.entries(tree(`${desk.path}/p`)).filter(([path]) => !path.startsWith(".")));
  const before = code();
  await desk.mops(["register-model", "models/seir.py", "models/network_model.py"], P);
  await desk.mops(["register-target", "targets/incidence.py"], P);
  assert.deepEqual(code(), before);
  for (const [path, text] of Object.entries(before)) if (path.endsWith(".py")) assert.doesNotMatch(text, /modelops_bundle|\bmops\b/, path);

  // A model needs no decorator: without outputs it is a warning, and a push goes through.
  desk.write(
    "p/models/plain.py",
    "from modelops_calabaria import BaseModel, ParameterSpace\n\n\nclass Plain(BaseModel):\n    PARAMS = ParameterSpace()\n\n    def build_sim(self, params, config):\n        return None\n\n    def run_sim(self, state, seed):\n        return state\n",
  );
  const { entries } = await desk.json(["register-model", "models/plain.py"], P);
  assert.deepEqual([entries[0].id, entries[0].outputs], ["plain_plain", []]);
  const { preflight } = await desk.json(["push"], P);
  assert.ok(preflight.issues.some(({ code, severity }: Document) => code === "empty-outputs" && severity === "warning"));
});

Deno.test("scenario 41: the pinned environment gives the registry, config.yaml the name, and switching rewrites neither", async () => {
  using desk = new Desk();
  for (const site of ["local", "dev"]) {
    desk.write(
      `home/.modelops/bundle-env/${site}.yaml`,
      `environment: ${site}\nregistry:\n  provider: docker\n  login_server: "oci:${desk.folder(site)}"\n`,
    );
  }
  copySample("sample_project", desk, "p");
  await desk.mops(["init", ".", "--env", "local"], P);
  const config = desk.read("p/.modelops-bundle/config.yaml");
  const remote = async () => (await desk.json(["env", "show"], P)).remote;
  assert.equal(await remote(), `oci:${desk.path}/local/p`);
  await desk.mops(["env", "switch", "dev"], P);
  assert.equal(await remote(), `oci:${desk.path}/dev/p`);
  assert.equal(desk.read("p/.modelops-bundle/config.yaml"), config);
});

Deno.test("scenario 42: an environment with a storage account, with or without its connection string, changes nothing that a bundle does, and its secret is never shown", async () => {
  using desk = new Desk();
  const storage = [
    '\nstorage:\n  provider: azure\n  container: bundle-blobs\n  connection_string: "AccountName=lab;AccountKey=c2VjcmV0"\n',
    "\nstorage:\n  provider: azure\n  container: bundle-blobs\n",
    "\n",
  ];
  copySample("sample_project", desk, "p");
  await desk.mops(["init", "."], P);
  await desk.mops(["register-model", "models/seir.py"], P);
  const digests = new Set<string>();
  for (const [number, text] of storage.entries()) {
    desk.write(
      `home/.modelops/bundle-env/site${number}.yaml`,
      `environment: site${number}\nregistry:\n  provider: docker\n  login_server: "oci:${desk.folder(`site${number}`)}"${text}`,
    );
    await desk.mops(["env", "switch", `site${number}`], P);
    for (const args of [["env", "show"], ["status"], ["push", "--verbose"]]) {
      const { stdout, stderr } = await desk.mops(args, P);
      assert.doesNotMatch(stdout + stderr, /c2VjcmV0/, args.join(" "));
    }
    digests.add((await desk.json(["status"], P)).holds);
  }
  assert.equal(digests.size, 1);
});

Deno.test("scenario 48: init, register-model, register-target and list ask nothing, and list shows the entry points", async () => {
  using desk = new Desk();
  await sample(desk);
  await desk.mops(["register-model", "models/seir.py", "models/network_model.py"], P);
  await desk.mops(["register-target", "targets/incidence.py"], P);
  await desk.mops(["target-set", "set", "incidence"], P);
  const { stdout } = await desk.mops(["list"], P);
  for (const words of ["models.seir:StarsimSIR", "models.seir:SEIR", "models.network_model:NetworkSEIR", "weekly_incidence"]) {
    assert.ok(stdout.includes(words), `${words}\n${stdout}`);
  }
  const listed = await desk.json(["list"], P);
  assert.deepEqual(listed.targets.map(({ entrypoint }: Document) => entrypoint), [
    "targets.incidence:incidence_per_replicate_target",
    "targets.incidence:incidence_replicate_mean_target",
  ]);
  assert.deepEqual(listed.target_sets.map(({ name }: Document) => name), ["incidence"]);
});
