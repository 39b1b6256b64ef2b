/**
 * Finds the credential for a registry, where the site's own tools keep it: the variables REGISTRY_USERNAME and REGISTRY_PASSWORD, then
 * the files of Podman and Docker with their helper programs, then the Azure CLI for `*.azurecr.io`. Nothing is ever written.
 */
import { join } from "node:path";
import { asObject, asString, at, type Found, member, members, optional } from "../base/decode.ts";
import { Failure, isFailure } from "../base/failure.ts";
import type { Credential, Credentials } from "../bundle/credential.ts";
import type { Emit } from "../bundle/events.ts";
import { parseRemoteBase } from "../bundle/reference.ts";
import { readTextIfThere } from "../disk/atomic_file.ts";

export type Variables = Readonly<Record<string, string | undefined>>;

const HELPER_PATIENCE = 10_000; // ms
const AZURE_PATIENCE = 30_000; // ms: a Python program on a cold disk
const DOCKER_HUB = ["docker.io", "index.docker.io", "registry-1.docker.io"];
const DOCKER_HUB_SERVER = "https://index.docker.io/v1/"; // the name that docker login gives it
const AZURE_TOKEN_USER = "00000000-0000-0000-0000-000000000000"; // what Azure registries want beside a token

/**
 * @param variables REGISTRY_USERNAME, REGISTRY_PASSWORD, REGISTRY_URL, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, DOCKER_CONFIG, HOME
 * The function it gives throws Failure("invalid") that names a broken file. A helper that fails is a warning, and the search goes on.
 */
export function credentialsFrom(variables: Variables, emit: Emit): Credentials {
  const search = async (host: string, path: string) =>
    fromVariables(variables, host) ?? await fromFiles(variables, host, path, emit) ?? await fromAzure(host, emit);
  const found = new Map<string, Promise<Credential | null>>();
  return (host, path) => {
    const key = `${host}/${path}`;
    const pending = found.get(key) ?? search(host, path);
    found.set(key, pending);
    return pending;
  };
}

/** Where REGISTRY_URL names a registry, they are meant for that one and are shown to no other. */
function fromVariables(variables: Variables, host: string): Credential | null {
  const { REGISTRY_USERNAME: username, REGISTRY_PASSWORD: password, REGISTRY_URL: url } = variables;
  if (!username || !password) return null;
  const base = url ? parseRemoteBase(url, "REGISTRY_URL") : null;
  if (base?.kind === "layout" || (base !== null && base.host.toLowerCase() !== host)) return null;
  return { kind: "password", username, password, source: "REGISTRY_USERNAME and REGISTRY_PASSWORD" };
}

async function fromFiles(variables: Variables, host: string, path: string, emit: Emit): Promise<Credential | null> {
  for (const file of credentialFiles(variables)) {
    const text = readTextIfThere(file);
    if (text === null || text.trim() === "") continue;
    const root = parseFile(text, file);
    const credential = await inFile(root, file, host, path, emit);
    if (credential !== null) return credential;
  }
  return null;
}

/** In the order in which they are asked: what was named by a variable, then what `podman login` and `docker login` write. */
export function credentialFiles(variables: Variables): readonly string[] {
  const { REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, DOCKER_CONFIG, HOME } = variables;
  const files = [
    REGISTRY_AUTH_FILE,
    DOCKER_CONFIG && join(DOCKER_CONFIG, "config.json"),
    XDG_RUNTIME_DIR && join(XDG_RUNTIME_DIR, "containers", "auth.json"),
    HOME && join(HOME, ".config", "containers", "auth.json"),
    HOME && !DOCKER_CONFIG && join(HOME, ".docker", "config.json"),
  ];
  return files.filter((file): file is string => file !== undefined && file !== "");
}

/** containers-auth.json(5) and Docker's config.json are one format. */
async function inFile(root: Found, file: string, host: string, path: string, emit: Emit): Promise<Credential | null> {
  try {
    const helpers = optional(member(root, "credHelpers"), members) ?? [];
    const own = helpers.find(([name]) => namesOf(host).includes(withoutScheme(name)));
    const store = optional(member(root, "credsStore"), asString);
    const helper = own === undefined ? store : asString(own[1]);
    if (helper) {
      const kept = await askHelper(helper, own?.[0] ?? (DOCKER_HUB.includes(host) ? DOCKER_HUB_SERVER : host), emit);
      if (kept !== null) return kept;
    }
    const entry = longestMatch(optional(member(root, "auths"), members) ?? [], host, path);
    return entry === null ? null : fromEntry(entry, file);
  } catch (error) {
    if (!isFailure(error, "invalid") || error.facts.file !== undefined) throw error;
    const { place, expected } = error.facts;
    // The message of a reader quotes what it found, and that may be a secret.
    throw brokenFile(file, place === undefined ? error.message : `${place} should be ${expected}`);
  }
}

/** An entry may be for a host, or for the repositories below a path of it; the longest that fits counts. */
function longestMatch(entries: readonly (readonly [string, Found])[], host: string, path: string): Found | null {
  const wanted = namesOf(host).map((name) => `${name}/${path}/`);
  const fitting = entries.map(([name, entry]) => ({ name: withoutScheme(name), entry }))
    .filter(({ name }) => name !== "" && wanted.some((text) => text.startsWith(`${name}/`)));
  return fitting.sort((a, b) => b.name.length - a.name.length)[0]?.entry ?? null;
}

/** null for an empty entry: Docker leaves those where a helper keeps the secret. */
function fromEntry(entry: Found, file: string): Credential | null {
  const text = (name: string): string => optional(member(entry, name), asString) ?? "";
  const token = text("identitytoken");
  if (token !== "") return { kind: "refresh-token", token, source: file };
  const pair = text("auth") === "" ? `${text("username")}:${text("password")}` : decodePair(member(entry, "auth"));
  const colon = pair.indexOf(":"); // the first one: a password may hold more
  if (colon < 0) throw new Failure("invalid", `${entry.where}.auth should be the Base64 form of USER:PASSWORD`);
  return asCredential(pair.slice(0, colon), pair.slice(colon + 1), file);
}

function asCredential(username: string, password: string, source: string): Credential | null {
  if (password === "") return null;
  return username === "<token>" ? { kind: "refresh-token", token: password, source } : { kind: "password", username, password, source };
}

function decodePair(found: Found): string {
  try {
    const bytes = Uint8Array.from(atob(asString(found).trim()), (character) => character.charCodeAt(0));
    return new TextDecoder().decode(bytes).replace(/\0+$/, ""); // some tools pad the password with zero bytes
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new Failure("invalid", `${found.where} is not Base64`);
  }
}

/** The protocol of docker-credential-helpers: the server's name goes in, JSON comes out. null: it has nothing, or does not work. */
async function askHelper(name: string, server: string, emit: Emit): Promise<Credential | null> {
  const program = `docker-credential-${name}`;
  if (!/^[\w.-]+$/.test(name)) throw new Failure("invalid", `the credential helper ${JSON.stringify(name)} is not the name of a program`);
  const answer = await run(program, ["get"], server, HELPER_PATIENCE);
  if (answer.kind === "failed") {
    if (!/credentials not found|no credentials|not logged in/i.test(answer.words)) {
      emit({
        kind: "warning",
        code: "credential-helper",
        message: `${program} gave no credential for ${server}: ${answer.words}; going on without it`,
      });
    }
    return null;
  }
  const answered = parseAnswer(answer.output, program) as { Username?: unknown; Secret?: unknown } | null;
  if (typeof answered?.Username === "string" && typeof answered.Secret === "string") {
    return asCredential(answered.Username, answered.Secret, program);
  }
  throw new Failure("invalid", `${program} answered without Username and Secret`, { hint: `${program} list`, facts: { file: program } });
}

/** `az acr login` makes a token of whoever is signed in with `az login`. */
async function fromAzure(host: string, emit: Emit): Promise<Credential | null> {
  const registry = /^([a-z0-9]+)\.azurecr\.io$/.exec(host)?.[1];
  if (registry === undefined) return null;
  const answer = await run("az", ["acr", "login", "--name", registry, "--expose-token", "--output", "json"], "", AZURE_PATIENCE);
  if (answer.kind === "failed") {
    if (!answer.isMissing) {
      emit({ kind: "warning", code: "credential-helper", message: `az gave no token for ${host}: ${answer.words}; going on without it` });
    }
    return null;
  }
  const token = (parseAnswer(answer.output, "az") as { accessToken?: unknown } | null)?.accessToken;
  if (typeof token === "string") return asCredential(AZURE_TOKEN_USER, token, "az acr login");
  throw new Failure("invalid", "az answered without accessToken", { hint: `az acr login --name ${registry}`, facts: { file: "az" } });
}

type Answer =
  | { readonly kind: "output"; readonly output: string }
  | { readonly kind: "failed"; readonly words: string; readonly isMissing: boolean };

async function run(program: string, args: readonly string[], input: string, patience: number): Promise<Answer> {
  const signal = AbortSignal.timeout(patience);
  try {
    const child = new Deno.Command(program, { args: [...args], stdin: "piped", stdout: "piped", stderr: "piped", signal }).spawn();
    const finished = child.output();
    const writer = child.stdin.getWriter();
    // A program that reads nothing may be gone by now; how it ended says more.
    await writer.write(new TextEncoder().encode(input)).then(() => writer.close()).catch(() => {});
    const { success, stdout, stderr } = await finished;
    const output = new TextDecoder().decode(stdout);
    if (success) return { kind: "output", output };
    if (signal.aborted) return { kind: "failed", words: `it did not answer within ${patience / 1000} s`, isMissing: false };
    // By the protocol the reason stands on stdout; what is on stderr is often longer.
    const words = (output.trim() || new TextDecoder().decode(stderr).trim() || "it failed").split("\n")[0]!.slice(0, 200);
    return { kind: "failed", words: words.replace(/[\p{Cc}\p{Cf}]/gu, " "), isMissing: false };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { kind: "failed", words: "it is not installed", isMissing: true };
    if (error instanceof Deno.errors.PermissionDenied) return { kind: "failed", words: "it cannot be run", isMissing: false };
    throw error;
  }
}

/** The output of a helper is never quoted: it may hold the secret. */
function parseAnswer(output: string, program: string): unknown {
  try {
    return JSON.parse(output);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Failure("invalid", `${program} answered something that is not JSON`, { hint: `${program} list`, facts: { file: program } });
  }
}

function parseFile(text: string, file: string): Found {
  try {
    const root = at(JSON.parse(text));
    asObject(root);
    return root;
  } catch (error) {
    if (error instanceof SyntaxError) throw brokenFile(file, "it is not JSON"); // the parser's own words may quote a secret
    if (isFailure(error, "invalid")) throw brokenFile(file, "it is not a mapping");
    throw error;
  }
}

function brokenFile(file: string, reason: string): Failure {
  return new Failure("invalid", `the credentials in ${file} cannot be used: ${reason}`, { hint: `edit ${file}`, facts: { file } });
}

/** How a host may stand in such a file. */
function namesOf(host: string): readonly string[] {
  return DOCKER_HUB.includes(host) ? DOCKER_HUB : [host];
}

/** `https://index.docker.io/v1/` → `index.docker.io` */
function withoutScheme(name: string): string {
  return name.replace(/^https?:\/\//, "").replace(/\/v[12]\/?$/, "").replace(/\/+$/, "").toLowerCase();
}
