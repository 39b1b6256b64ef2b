/** The whole road through real registries: the same content has the same digest in all of them, comes back bit for bit, and oras reads it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk, tree } from "../support/program.ts";
import { type Server, type ServerName, serverPath, serverTest, startDockerRegistry, startOciRegistry } from "../support/servers.ts";

function writeModel(desk: Desk, folder: string): void {
  desk.write(`${folder}/models/seir.py`, "beta = 0.3\n");
  desk.write(`${folder}/data/empty.csv`, "");
  desk.write(`${folder}/data/Länder 中文.csv`, "name,n\n");
  desk.write(`${folder}/run.sh`, "#!/bin/sh\necho hello\n", { executable: true });
  Deno.symlinkSync("run.sh", join(desk.path, folder, "start"));
}

const REGISTRIES: readonly [ServerName, () => Promise<Server>][] = [
  ["docker-registry", () => startDockerRegistry()],
  ["ociregistry", () => startOciRegistry()],
];

for (const [name, start] of REGISTRIES) {
  serverTest(`init, add, push, pull through ${name}: bit for bit, executable bits and links equal`, name, async () => {
    await using server = await start();
    using desk = new Desk({ REGISTRY_URL: server.host });
    writeModel(desk, "model");
    await desk.mops(["init", "."], { cwd: "model" });
    await desk.mops(["add", "."], { cwd: "model" });
    const pushed = await desk.json(["push", "--tag", "v1", "-m", "first"], { cwd: "model" });
    await desk.mops(["pull", "--ref", `${server.host}/model:v1`, "--into", "copy"], { env: { REGISTRY_URL: "" } });
    assert.deepEqual(tree(join(desk.path, "copy")), tree(join(desk.path, "model")));
    assert.equal((await desk.json(["status"], { cwd: "copy", env: { REGISTRY_URL: "" } })).relation, "in-step");
    const again = await desk.json(["push", "--tag", "v1"], { cwd: "model" });
    assert.deepEqual([again.digest, again.uploaded.blobs], [pushed.digest, 0]);
    assert.ok(again.requests <= 3, `a push that changes nothing took ${again.requests} requests`);

    desk.write("copy/models/seir.py", "beta = 0.4\n");
    await desk.mops(["push", "-m", "second"], { cwd: "copy", env: { REGISTRY_URL: "" } });
    desk.write("copy/models/seir.py", "beta = 0.3\n");
    await desk.mops(["push", "-m", "back to the first content"], { cwd: "copy", env: { REGISTRY_URL: "" } });
    const log = await desk.json(["log", "v1"], { cwd: "model" });
    assert.deepEqual(log.records.map((record: { message: string }) => record.message), ["back to the first content", "second", "first"]);
    assert.equal(log.digest, pushed.digest, "content that returns has its old digest");
    const tags = await desk.mops(["manifest", "--tags-only"], { cwd: "model" });
    assert.equal(tags.stdout, "v1\n", "lists of push records never show up as tags");
  });

  serverTest(`the requests of a dry run are an upper bound of those of the push (${name})`, name, async () => {
    await using server = await start();
    using desk = new Desk({ REGISTRY_URL: server.host });
    writeModel(desk, "model");
    await desk.mops(["init", "."], { cwd: "model" });
    await desk.mops(["add", "."], { cwd: "model" });
    for (const change of ["one", "two", "two"]) {
      desk.write("model/data/pop.csv", change);
      await desk.mops(["add", "data/pop.csv"], { cwd: "model" });
      const before = await desk.json(["manifest", "--tags-only"], { cwd: "model" });
      const plan = await desk.json(["push", "--tag", "a", "--tag", "b", "--dry-run"], { cwd: "model" });
      assert.deepEqual(await desk.json(["manifest", "--tags-only"], { cwd: "model" }), before);
      const done = await desk.json(["push", "--tag", "a", "--tag", "b"], { cwd: "model" });
      assert.ok(done.requests <= plan.requests, `planned ${plan.requests}, sent ${done.requests}`);
      assert.equal(done.digest, plan.digest);
      assert.ok(done.uploaded.blobs <= plan.uploaded.blobs);
    }
  });

  serverTest(`oras pulls the files of our bundle from ${name} with right names`, [name, "oras"], async () => {
    await using server = await start();
    using desk = new Desk({ REGISTRY_URL: server.host });
    writeModel(desk, "model");
    await desk.mops(["init", "."], { cwd: "model" });
    await desk.mops(["add", "."], { cwd: "model" });
    await desk.mops(["push"], { cwd: "model" });
    const command = new Deno.Command(serverPath("oras")!, {
      args: ["pull", "--plain-http", "-o", join(desk.path, "fetched"), `${server.host}/model:latest`],
      env: { HOME: desk.home },
    });
    const { success, stderr } = await command.output();
    assert.ok(success, new TextDecoder().decode(stderr));
    const fetched = tree(join(desk.path, "fetched"));
    const sent = tree(join(desk.path, "model"));
    assert.deepEqual(Object.keys(fetched), Object.keys(sent));
    for (const [path, content] of Object.entries(fetched)) {
      if (sent[path]!.startsWith("link ")) continue; // oras has no links: it gets a copy of the file
      assert.equal(content, sent[path]!.replace(/^exec /, ""), path);
    }
  });
}

serverTest("one content has one digest: in both registries, in a layout, and from a copy under another name, user, zone and clock", [
  "docker-registry",
  "ociregistry",
], async () => {
  await using first = await startDockerRegistry();
  await using second = await startOciRegistry();
  using desk = new Desk();
  const digests = new Set<string>();
  const bases = [first.host, second.host, `oci:${join(desk.path, "store")}`];
  for (const [i, base] of bases.entries()) {
    const folder = `copy-${i}`;
    writeModel(desk, folder);
    Deno.utimeSync(join(desk.path, folder, "run.sh"), new Date(2001, i, 1), new Date(2001, i, 1));
    const env = {
      REGISTRY_URL: base,
      USER: `user-${i}`,
      TZ: ["UTC", "Asia/Tokyo", "America/Lima"][i]!,
      LANG: ["C", "de_DE.UTF-8", "C.UTF-8"][i]!,
    };
    await desk.mops(["init", ".", "--name", "seir"], { cwd: folder, env });
    await desk.mops(["add", "."], { cwd: folder, env });
    digests.add((await desk.json(["push"], { cwd: folder, env })).digest);
  }
  assert.equal(digests.size, 1, [...digests].join(" "));
});

Deno.test("status answers within two seconds when the remote is unreachable, and says so", async () => {
  using desk = new Desk();
  writeModel(desk, "model");
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 }); // takes connections, and never answers
  try {
    for (const host of ["localhost:9", `localhost:${(silent.addr as Deno.NetAddr).port}`]) {
      const env = { REGISTRY_URL: host };
      await desk.mops(["init", "."], { cwd: "model", env });
      const status = await desk.json(["status"], { cwd: "model", env });
      assert.equal(status.relation, "unreachable");
      assert.ok(status.reason.length > 0);
    }
  } finally {
    silent.close();
  }
});
