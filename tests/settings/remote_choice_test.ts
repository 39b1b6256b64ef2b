/** Which remote wins: the order of the design (D7), source by source, and through the whole program. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import { parseRemoteBase, parseRepository } from "../../src/bundle/reference.ts";
import { type Candidate, chooseRemote } from "../../src/settings/remote_choice.ts";
import { Desk } from "../support/program.ts";

const base = (text: string): Candidate["says"] => ({ kind: "base", base: parseRemoteBase(text, "test") });

Deno.test("the first source that says something wins, and all are told with what they say", () => {
  const choice = chooseRemote([
    { source: "--remote", says: null },
    { source: "REGISTRY_URL", says: base("localhost:5555/lab") },
    { source: "recorded remote", says: parseRepository("ghcr.io/lab/other") },
    { source: "embedded layout", says: base("oci:/data") },
  ], "seir");
  assert.deepEqual([choice.source, choice.repository], ["REGISTRY_URL", { kind: "registry", host: "localhost:5555", path: "lab/seir" }]);
  assert.deepEqual(choice.candidates, [
    { source: "--remote", repository: null, wins: false },
    { source: "REGISTRY_URL", repository: "localhost:5555/lab/seir", wins: true },
    { source: "recorded remote", repository: "ghcr.io/lab/other", wins: false },
    { source: "embedded layout", repository: "oci:/data/seir", wins: false },
  ]);
});

Deno.test("a base needs a name to be completed by; a whole remote does not", () => {
  assert.throws(() => chooseRemote([{ source: "--registry", says: base("ghcr.io") }], null), (error) => isFailure(error, "invalid"));
  assert.equal(chooseRemote([{ source: "--remote", says: parseRepository("ghcr.io/a") }], null).source, "--remote");
  assert.throws(() => chooseRemote([], "seir"), (error) => isFailure(error, "bug"));
});

Deno.test("flag, variable, recorded remote, pinned environment, default environment, embedded layout: in this order, and why is told", async () => {
  using desk = new Desk();
  const at = (name: string) => `oci:${join(desk.path, name)}`;
  const environment = (name: string) =>
    desk.write(`home/.modelops/bundle-env/${name}.yaml`, `registry: {provider: docker, login_server: "${at(name)}"}\n`);
  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", ".", "--name", "seir"], { cwd: "model" });
  const config = desk.read("model/.modelops-bundle/config.yaml");
  const shown = async (args: string[] = [], env: Record<string, string> = {}): Promise<[string, string]> => {
    const { remote, source } = await desk.json(["env", "show", ...args], { cwd: "model", env });
    return [remote, source];
  };

  assert.deepEqual(await shown(), [`oci:${desk.home}/.local/share/mops/bundles/seir`, "embedded layout"]);
  assert.deepEqual(await shown([], { XDG_DATA_HOME: join(desk.path, "xdg") }), [`${at("xdg")}/mops/bundles/seir`, "embedded layout"]);
  environment("dev");
  assert.deepEqual(await shown(), [`${at("dev")}/seir`, "default environment dev"]);
  environment("prod");
  await desk.mops(["env", "switch", "prod"], { cwd: "model" });
  assert.deepEqual(await shown(), [`${at("prod")}/seir`, "pinned environment prod"]);
  assert.equal((await desk.json(["init", "."], { cwd: "model" })).source, "pinned environment prod", "a second init says the same");
  await desk.mops(["init", ".", "--remote", `${at("own")}/repo`], { cwd: "model" });
  assert.deepEqual(await shown(), [`${at("own")}/repo`, "recorded remote"]);
  const env = { REGISTRY_URL: at("variable") };
  assert.deepEqual(await shown([], env), [`${at("variable")}/seir`, "REGISTRY_URL"]);
  assert.deepEqual(await shown(["--env", "dev"], env), [`${at("dev")}/seir`, "--env dev"]);
  assert.deepEqual(await shown(["--env", "dev", "--registry", at("flag")], env), [`${at("flag")}/seir`, "--registry"]);
  assert.deepEqual(await shown(["--registry", at("flag"), "--remote", at("whole")], env), [at("whole"), "--remote"]);

  await desk.mops(["env", "switch", "dev"], { cwd: "model" });
  assert.deepEqual(await shown(), [`${at("dev")}/seir`, "pinned environment dev"], "env switch replaces the recorded remote");
  assert.equal(desk.read("model/.modelops-bundle/config.yaml"), config, "nothing of all this is written into config.yaml");
});

Deno.test("a pulled config.yaml never redirects the remote, and the name follows no renamed directory", async () => {
  using desk = new Desk();
  const store = `oci:${join(desk.path, "store")}`;
  desk.write("ann/a.txt", "a\n");
  await desk.mops(["init", ".", "--name", "seir", "--remote", store], { cwd: "ann" });
  await desk.mops(["add", "."], { cwd: "ann" });
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(["pull", "--ref", `${store}:latest`, "--into", "ben"]);
  desk.write("ann/.modelops-bundle/config.yaml", "registry_ref: evil.example/elsewhere\ndefault_tag: latest\n");
  await desk.mops(["push"], { cwd: "ann" });
  await desk.mops(["pull"], { cwd: "ben" });
  assert.deepEqual((await desk.json(["env", "show"], { cwd: "ben" })).remote, store);

  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", "model"]);
  const before = (await desk.json(["env", "show"], { cwd: "model" })).remote;
  Deno.renameSync(join(desk.path, "model"), join(desk.path, "Another Name"));
  assert.equal((await desk.json(["env", "show"], { cwd: "Another Name" })).remote, before);
});

Deno.test("in a folder without a recorded remote too: what config.yaml named at first counts, until init --name follows it", async () => {
  using desk = new Desk();
  const base = `oci:${join(desk.path, "base")}`;
  const env = { REGISTRY_URL: base };
  const config = (name: string) => `${name}/.modelops-bundle/config.yaml`;
  const shown = async (cwd: string, env?: Record<string, string>) =>
    (await desk.json(["env", "show"], { cwd, ...(env === undefined ? {} : { env }) })).remote;
  for (const name of ["ann", "ben"]) {
    desk.write(`${name}/${name}.txt`, "x\n");
    await desk.mops(["init", ".", "--name", "seir"], { cwd: name });
  }
  await desk.mops(["push"], { cwd: "ann", env });
  await desk.mops(["pull"], { cwd: "ben", env });
  // A checkout knows nothing yet: its first pull records what config.yaml says, and not what the pull brings.
  desk.write(config("checkout"), desk.read(config("ann")));
  desk.write("checkout/.modelops-bundle/registry.yaml", desk.read("ann/.modelops-bundle/registry.yaml"));
  await desk.mops(["push", "--tag", "own"], { cwd: "checkout", env });

  desk.write(config("ann"), desk.read(config("ann")).replace(/registry_ref: .*/, 'registry_ref: "evil.example.com/lab/other"'));
  await desk.mops(["push", "--remote", `${base}/seir`], { cwd: "ann" });
  for (const name of ["ben", "checkout"]) {
    await desk.mops(["pull", "--overwrite"], { cwd: name, env });
    assert.match(desk.read(config(name)), /evil/);
    assert.equal(await shown(name, env), `${base}/seir`);
    assert.equal(await shown(name), `oci:${desk.home}/.local/share/mops/bundles/seir`);
    const { stderr } = await desk.mops(["status"], { cwd: name, env });
    assert.match(
      stderr,
      /config\.yaml names evil\.example\.com\/lab\/other, this folder keeps pushing to oci:.*\/base\/seir; mops bundle init --remote/,
    );
    assert.equal(stderr.match(/keeps pushing/g)!.length, 1);
  }
  await desk.mops(["init", ".", "--tag", "v2"], { cwd: "ben" });
  assert.equal(await shown("ben", env), `${base}/seir`, "an init that names nothing follows nothing");
  await desk.mops(["init", ".", "--name", "other"], { cwd: "ben" });
  assert.equal(await shown("ben", env), `${base}/other`);
  assert.doesNotMatch((await desk.mops(["env", "show"], { cwd: "ben", env })).stderr, /keeps pushing/);
});

Deno.test("init --name changes the name, and of a recorded remote only that: nothing is pushed under the old one", async () => {
  using desk = new Desk();
  const store = `oci:${join(desk.path, "store")}`;
  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", ".", "--registry", store], { cwd: "model" });
  assert.equal((await desk.json(["env", "show"], { cwd: "model" })).remote, `${store}/model`);
  await desk.mops(["init", ".", "--name", "other"], { cwd: "model" });
  assert.equal((await desk.json(["env", "show"], { cwd: "model" })).remote, `${store}/other`);
});
