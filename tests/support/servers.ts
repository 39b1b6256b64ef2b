/**
 * Real registries for tests, each a process of its own on a free port of this machine, with storage that is gone afterwards.
 * `dev/install_servers.sh` installs them; a test that needs one which is missing is ignored, loudly, and fails where CI is set.
 */
import { join } from "node:path";

export interface Server extends AsyncDisposable {
  /** `localhost:41234`, as it stands in a reference. */
  readonly host: string;
}

export interface DockerRegistryOptions {
  /** Lines of an htpasswd file, bcrypt. */
  readonly htpasswd?: string;
  readonly token?: { readonly realm: string; readonly service: string; readonly issuer: string; readonly certificate: string };
  /** Files, PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Whether blobs and manifests may be deleted. Default true. */
  readonly delete?: boolean;
}

export type ServerName = "docker-registry" | "ociregistry" | "oras";

const OWN = join(Deno.env.get("MOPS_DEV_HOME") || join(Deno.env.get("HOME") ?? "/", ".cache", "mops-dev"), "bin");

/** Where the program is, or null. */
export function serverPath(name: ServerName): string | null {
  const folders = [OWN, ...(Deno.env.get("PATH") ?? "").split(":").filter(Boolean)];
  return folders.map((folder) => join(folder, name)).find(isFile) ?? null;
}

/** A test that needs these servers. */
export function serverTest(name: string, needs: ServerName | readonly ServerName[], test: () => Promise<void>): void {
  const missing = [needs].flat().filter((server) => serverPath(server) === null);
  const words = `${name} needs ${missing.join(" and ")}; run dev/install_servers.sh`;
  if (missing.length === 0) return Deno.test(name, test);
  if (Deno.env.get("CI") === "true") {
    return Deno.test(name, () => {
      throw new Error(words);
    });
  }
  console.error(`SKIPPED: ${words}`);
  Deno.test.ignore(name, test);
}

/** Whether the servers are there; says loudly when not. In CI it fails instead. */
export function haveServers(what: string, ...needs: readonly ServerName[]): boolean {
  const missing = needs.filter((server) => serverPath(server) === null);
  if (missing.length === 0) return true;
  serverTest(what, missing, () => Promise.resolve());
  return false;
}

export interface DockerRegistry extends Server {
  /** The folder of everything that it holds. */
  readonly storage: string;
}

/** Debian's docker-registry 2.8: no referrers interface, no OCI-Subject, no deleting of single tags. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = await Deno.makeTempDir({ prefix: "mops-registry-" });
  const { tls, token, htpasswd } = options;
  if (htpasswd !== undefined) await Deno.writeTextFile(join(folder, "htpasswd"), htpasswd);
  const config = {
    version: 0.1,
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: join(folder, "data") }, delete: { enabled: options.delete ?? true } },
    http: { addr: "127.0.0.1:0", secret: "of no importance", ...(tls === undefined ? {} : { tls }) },
    ...(htpasswd === undefined ? {} : { auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } } }),
    ...(token === undefined
      ? {}
      : { auth: { token: { realm: token.realm, service: token.service, issuer: token.issuer, rootcertbundle: token.certificate } } }),
  };
  await Deno.writeTextFile(join(folder, "config.yml"), JSON.stringify(config)); // JSON is YAML
  const args = ["serve", join(folder, "config.yml")];
  const ready = /listening on 127\.0\.0\.1:(\d+)/;
  const server = await start("docker-registry", args, "stderr", ready, () => Deno.remove(folder, { recursive: true }));
  return { ...server, storage: join(folder, "data") };
}

/** Our own small server (`dev/registry`): referrers interface, OCI-Subject, tags can be deleted; everything in memory. */
export async function startOciRegistry(options: { readonly user?: string; readonly password?: string } = {}): Promise<Server> {
  const args = Object.entries(options).flatMap(([name, value]) => [`-${name}`, value]);
  return await start("ociregistry", args, "stdout", /^127\.0\.0\.1:(\d+)/m, () => Promise.resolve());
}

async function start(
  name: ServerName,
  args: readonly string[],
  speaks: "stdout" | "stderr",
  ready: RegExp,
  clean: () => Promise<void>,
): Promise<Server> {
  const program = serverPath(name);
  if (program === null) throw new Error(`${name} is not installed; run dev/install_servers.sh`);
  const child = new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: speaks === "stdout" ? "piped" : "null",
    stderr: speaks === "stderr" ? "piped" : "null",
  }).spawn();
  const output = (speaks === "stdout" ? child.stdout : child.stderr).pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  let port: string | undefined;
  while (port === undefined) {
    const { done, value } = await output.read();
    if (done) throw new Error(`${name} ended before it was ready:\n${said}`);
    said += value;
    port = ready.exec(said)?.[1];
  }
  const drained = drain(output);
  return {
    host: `localhost:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.status;
      await drained;
      await clean();
    },
  };
}

/** Reads on, so that the server never waits for somebody to read its log. */
async function drain(output: ReadableStreamDefaultReader<string>): Promise<void> {
  while (!(await output.read()).done);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
