/** Where credentials are found, and what happens to broken files and missing helpers. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import type { Event } from "../../src/bundle/events.ts";
import { credentialsFrom, type Variables } from "../../src/settings/credentials.ts";

/** A home directory with these files, gone afterwards. */
async function at(
  files: Readonly<Record<string, unknown>>,
  test: (home: string, find: (host: string, path?: string, more?: Variables) => Promise<unknown>, events: Event[]) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "mops-credentials-" });
  const events: Event[] = [];
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.mkdir(join(home, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(home, name), typeof content === "string" ? content : JSON.stringify(content));
    }
    const find = (host: string, path = "me/model", more: Variables = {}) =>
      credentialsFrom({ HOME: home, ...more }, (event) => events.push(event))(host, path);
    await test(home, find, events);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const pair = (user: string, password: string) => ({ auth: btoa(`${user}:${password}`) });
const password = (username: string, secret: string, source: string) => ({ kind: "password", username, password: secret, source });

Deno.test("variables come before files", () =>
  at({ ".docker/config.json": { auths: { "ghcr.io": pair("file", "x") } } }, async (_, find) => {
    const found = await find("ghcr.io", "a", { REGISTRY_USERNAME: "me", REGISTRY_PASSWORD: "a:b" });
    assert.deepEqual(found, password("me", "a:b", "REGISTRY_USERNAME and REGISTRY_PASSWORD"));
  }));

Deno.test("variables that belong to REGISTRY_URL are shown to no other host", () =>
  at({}, async (_, find) => {
    const variables = { REGISTRY_USERNAME: "me", REGISTRY_PASSWORD: "p", REGISTRY_URL: "https://one.example/team" };
    assert.notEqual(await find("one.example", "a", variables), null);
    assert.equal(await find("two.example", "a", variables), null);
    assert.equal(await find("one.example", "a", { ...variables, REGISTRY_PASSWORD: "" }), null);
  }));

Deno.test("no file, an empty file and an empty entry give no credential", () =>
  at({ ".docker/config.json": "", ".config/containers/auth.json": { auths: { "ghcr.io": {} } } }, async (_, find) => {
    assert.equal(await find("ghcr.io"), null);
  }));

Deno.test("a password may hold colons and letters of any alphabet", () =>
  at(
    { ".docker/config.json": { auths: { "ghcr.io": { auth: btoa(String.fromCharCode(...new TextEncoder().encode("mé:a:b:ç"))) } } } },
    async (home, find) => {
      assert.deepEqual(await find("ghcr.io"), password("mé", "a:b:ç", join(home, ".docker/config.json")));
    },
  ));

Deno.test("the entry with the longest path that fits counts, by whole components", () =>
  at({
    ".config/containers/auth.json": {
      auths: {
        "r.example:5000": pair("host", "1"),
        "r.example:5000/team": pair("team", "2"),
        "https://r.example:5000/team/model/": pair("model", "3"),
        "r.example": pair("other", "4"),
      },
    },
  }, async (_, find) => {
    const user = async (path: string) => (await find("r.example:5000", path) as { username: string }).username;
    assert.equal(await user("team/model"), "model");
    assert.equal(await user("team/model-b"), "team");
    assert.equal(await user("teams"), "host");
  }));

Deno.test("the Docker Hub is found under the name that docker login gives it", () =>
  at({ ".docker/config.json": { auths: { "https://index.docker.io/v1/": pair("hub", "p") } } }, async (_, find) => {
    for (const host of ["docker.io", "index.docker.io"]) assert.equal((await find(host) as { username: string }).username, "hub");
    assert.equal(await find("ghcr.io"), null);
  }));

Deno.test("identity tokens and the user <token> are refresh tokens", () =>
  at({
    ".docker/config.json": { auths: { "a.example": { ...pair("0000", ""), identitytoken: "t1" }, "b.example": pair("<token>", "t2") } },
  }, async (home, find) => {
    const source = join(home, ".docker/config.json");
    assert.deepEqual(await find("a.example"), { kind: "refresh-token", token: "t1", source });
    assert.deepEqual(await find("b.example"), { kind: "refresh-token", token: "t2", source });
  }));

Deno.test("files are asked in order: REGISTRY_AUTH_FILE, DOCKER_CONFIG, XDG_RUNTIME_DIR, home", () =>
  at({
    "auth.json": { auths: { "a.example": pair("auth", "1") } },
    "docker/config.json": { auths: { "a.example": pair("docker", "2"), "b.example": pair("docker", "2") } },
    "run/containers/auth.json": { auths: { "b.example": pair("run", "3"), "c.example": pair("run", "3") } },
    ".docker/config.json": { auths: { "d.example": pair("hidden by DOCKER_CONFIG", "4") } },
  }, async (home, find) => {
    const more = { REGISTRY_AUTH_FILE: join(home, "auth.json"), DOCKER_CONFIG: join(home, "docker"), XDG_RUNTIME_DIR: join(home, "run") };
    const users = await Promise.all(["a", "b", "c", "d"].map((name) => find(`${name}.example`, "x", more)));
    assert.deepEqual(users.map((found) => (found as { username: string } | null)?.username), ["auth", "docker", "run", undefined]);
  }));

Deno.test("a file that is not JSON is a Failure that names it and quotes nothing of it", () =>
  at({ ".docker/config.json": '{"auths": {"ghcr.io": {"auth": "c2VjcmV0OnNlY3JldA==" ' }, async (home, find) => {
    await assert.rejects(find("ghcr.io"), (error) => {
      assert.ok(isFailure(error, "invalid"));
      assert.match(error.message, new RegExp(`${home}/.docker/config.json`));
      assert.doesNotMatch(`${error.message} ${error.stack}`, /c2VjcmV0/);
      return true;
    });
  }));

Deno.test("a value of the wrong kind is a Failure that names file and place", () =>
  at({ ".docker/config.json": { auths: { "ghcr.io": { auth: 5 } } } }, async (_, find) => {
    await assert.rejects(find("ghcr.io"), /config\.json cannot be used: auths\["ghcr\.io"\]\.auth should be a text/);
  }));

Deno.test("what stands at the wrong place is not quoted: it may be a secret", () =>
  at({ ".docker/config.json": { auths: { "ghcr.io": "c2VjcmV0" } } }, async (_, find) => {
    await assert.rejects(find("ghcr.io"), (error) => {
      assert.ok(isFailure(error, "invalid"));
      assert.match(error.message, /auths\["ghcr\.io"\] should be a mapping/);
      assert.doesNotMatch(Deno.inspect(error), /c2VjcmV0/);
      return true;
    });
  }));

Deno.test("a helper program is asked, with the server on its standard input", () =>
  withHelper('read server; printf \'{"ServerURL":"%s","Username":"u-%s","Secret":"s:1"}\' "$server" "$server"', async (name) => {
    await at({ ".docker/config.json": { credHelpers: { "ghcr.io": name }, auths: { "ghcr.io": {} } } }, async (_, find) => {
      assert.deepEqual(await find("ghcr.io"), password("u-ghcr.io", "s:1", `docker-credential-${name}`));
      assert.equal(await find("quay.io"), null);
    });
    await at({ ".docker/config.json": { credsStore: name } }, async (_, find) => {
      assert.equal((await find("docker.io") as { username: string }).username, "u-https://index.docker.io/v1/");
    });
  }));

Deno.test("a helper that has nothing is passed over silently, one that fails with a warning", async () => {
  await withHelper(
    "echo credentials not found in native keychain; exit 1",
    (name) =>
      at({ ".docker/config.json": { credsStore: name, auths: { "ghcr.io": pair("file", "p") } } }, async (_, find, events) => {
        assert.equal((await find("ghcr.io") as { username: string }).username, "file");
        assert.deepEqual(events, []);
      }),
  );
  await withHelper(
    "echo the wallet is locked >&2; exit 3",
    (name) =>
      at({ ".docker/config.json": { credsStore: name } }, async (_, find, events) => {
        assert.equal(await find("ghcr.io"), null);
        assert.match((events[0] as { message: string }).message, /the wallet is locked; going on without it/);
      }),
  );
});

Deno.test("a helper that is not installed is a warning, and the search goes on", () =>
  at({ ".docker/config.json": { credsStore: "mops-test-absent", auths: { "ghcr.io": pair("file", "p") } } }, async (_, find, events) => {
    assert.equal((await find("ghcr.io") as { username: string }).username, "file");
    assert.match(
      (events[0] as { message: string }).message,
      /docker-credential-mops-test-absent gave no credential for ghcr.io: it is not installed/,
    );
  }));

Deno.test("a helper that is no name of a program is refused", () =>
  at({ ".docker/config.json": { credsStore: "../../bin/sh" } }, async (_, find) => {
    await assert.rejects(find("ghcr.io"), (error) => isFailure(error, "invalid"));
  }));

/** A helper on the PATH of this process, for the time of a test. */
async function withHelper(script: string, test: (name: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "mops-helper-" });
  const path = Deno.env.get("PATH") ?? "";
  const name = "mops-test";
  await Deno.writeTextFile(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  Deno.env.set("PATH", `${folder}:${path}`);
  try {
    await test(name);
  } finally {
    Deno.env.set("PATH", path);
    await Deno.remove(folder, { recursive: true });
  }
}
