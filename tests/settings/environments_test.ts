/** Environment files as `mops infra up` writes them, and as people break them. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Failure } from "../../src/base/failure.ts";
import { environmentsFolder, findEnvironment, listEnvironments, loadEnvironment } from "../../src/settings/environments.ts";

function withHome(work: (home: string, write: (name: string, text: string) => void) => void): void {
  const home = Deno.makeTempDirSync();
  try {
    work(home, (name, text) => {
      Deno.mkdirSync(environmentsFolder(home), { recursive: true });
      Deno.writeTextFileSync(join(environmentsFolder(home), name), text);
    });
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
}

const REAL = `environment: dev
registry:
  provider: acr
  login_server: modelopsdevacrxyz.azurecr.io
  requires_auth: true
storage:
  provider: azure
  container: bundle-blobs
  connection_string: DefaultEndpointsProtocol=https;AccountKey=hunter22
timestamp: '2026-01-28T10:00:00.000000'
`;

Deno.test("the file that mops infra up writes gives the registry, and nothing of its secrets", () =>
  withHome((home, write) => {
    write("dev.yaml", REAL);
    const environment = loadEnvironment(home, "dev");
    assert.deepEqual(environment, {
      name: "dev",
      file: join(environmentsFolder(home), "dev.yaml"),
      provider: "acr",
      registry: { kind: "registry", host: "modelopsdevacrxyz.azurecr.io", prefix: "" },
    });
    assert.doesNotMatch(JSON.stringify(environment), /hunter22/);
  }));

Deno.test("B24: a server with a path, a URL or a layout is one base of remotes, everywhere the same", () =>
  withHome((home, write) => {
    for (
      const [server, base] of [
        ["ghcr.io/lab/models", { kind: "registry", host: "ghcr.io", prefix: "lab/models" }],
        ["https://ghcr.io/lab/", { kind: "registry", host: "ghcr.io", prefix: "lab" }],
        ["localhost:5555", { kind: "registry", host: "localhost:5555", prefix: "" }],
        ["oci:/shared/bundles", { kind: "layout", directory: "/shared/bundles" }],
      ] as const
    ) {
      write("site.yaml", `registry: {login_server: "${server}"}\n`);
      assert.deepEqual(loadEnvironment(home, "site").registry, base);
    }
  }));

Deno.test("names are listed sorted; other files are not environments; no folder means none", () =>
  withHome((home, write) => {
    assert.deepEqual(listEnvironments(home), []);
    for (const name of ["prod.yaml", "dev.yaml", "notes.txt", "dev.yaml.bak"]) write(name, REAL);
    assert.deepEqual(listEnvironments(home), ["dev", "prod"]);
    assert.equal(findEnvironment(home, "staging"), null);
  }));

Deno.test("a name that is unknown, or no name, is refused, with the names there are", () =>
  withHome((home, write) => {
    refused(() => loadEnvironment(home, "prod"), "not-found", /no environment "prod"/, /./);
    write("dev.yaml", REAL);
    refused(() => loadEnvironment(home, "prod"), "not-found", /no environment "prod"/, /dev/);
    for (const name of ["../dev", "", "a b", "/etc/passwd", ".hidden"]) {
      refused(() => findEnvironment(home, name), "usage", /not an environment name/, /env list/);
    }
  }));

Deno.test("a broken file is told with its path and the place in it; one without registry part has none", () =>
  withHome((home, write) => {
    for (
      const [text, says] of [
        ["registry: [\n", /not valid YAML: line 2/],
        ["- a\n", /mapping/],
        ["registry: text\n", /registry should be a mapping/],
        ["registry: {provider: acr}\n", /registry\.login_server should be a text, but is missing/],
        ["registry: {login_server: 'not a host'}\n", /login_server "not a host"/],
      ] as const
    ) {
      write("dev.yaml", text);
      const failure = refused(() => loadEnvironment(home, "dev"), "invalid", says, /edit .*dev\.yaml/);
      assert.ok(failure.message.includes(join(environmentsFolder(home), "dev.yaml")), failure.message);
    }
    write("dev.yaml", "environment: dev\n");
    assert.equal(loadEnvironment(home, "dev").registry, null);
  }));

function refused(work: () => unknown, code: string, says: RegExp, hint: RegExp): Failure {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof Failure && error.code === code, String(error));
    assert.match(error.message, says);
    assert.match(error.hint ?? "", hint);
    return error;
  }
  assert.fail("nothing was refused");
}
