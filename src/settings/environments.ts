/**
 * Environments: `~/.modelops/bundle-env/NAME.yaml`, written by `mops infra up`, one a site. Here only their registry part is read; the
 * pin `.modelops-bundle/env` names the one a project uses. Credentials in such a file stay in it.
 */
import { join } from "node:path";
import { asString, at, member, optional } from "../base/decode.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { parseYaml } from "../base/yaml.ts";
import { parseRemoteBase, type RemoteBase } from "../bundle/reference.ts";
import { readTextIfThere } from "../disk/atomic_file.ts";

export interface Environment {
  readonly name: string;
  readonly file: string;
  readonly provider: string | null;
  /** null where the file has no registry part. */
  readonly registry: RemoteBase | null;
}

export const DEFAULT_ENVIRONMENT = "dev"; // what the Python tool uses where nothing is pinned

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export function environmentsFolder(home: string): string {
  return join(home, ".modelops", "bundle-env");
}

/** Names of all environment files, sorted; a folder that is not there holds none. */
export function listEnvironments(home: string): readonly string[] {
  try {
    return [...Deno.readDirSync(environmentsFolder(home))].map((entry) => entry.name).filter((name) => name.endsWith(".yaml"))
      .map((name) => name.slice(0, -".yaml".length)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw new Failure("not-ready", `cannot read ${environmentsFolder(home)}`, { cause: error, hint: `ls -ld ${environmentsFolder(home)}` });
  }
}

/** @throws Failure("not-found") with the names there are; Failure("invalid") with the place of the fault. */
export function loadEnvironment(home: string, name: string): Environment {
  const found = findEnvironment(home, name);
  if (found !== null) return found;
  const known = listEnvironments(home);
  throw new Failure("not-found", `there is no environment "${name}" in ${environmentsFolder(home)}`, {
    hint: known.length === 0
      ? "mops bundle init . --registry HOST   (needs no environment)"
      : `mops bundle env list   (there are: ${known.join(", ")})`,
    facts: { environment: name, known },
  });
}

/** null when there is no such file. */
export function findEnvironment(home: string, name: string): Environment | null {
  if (!NAME.test(name)) throw new Failure("usage", `"${name}" is not an environment name`, { hint: "mops bundle env list" });
  const file = join(environmentsFolder(home), `${name}.yaml`);
  const text = readTextIfThere(file);
  if (text === null) return null;
  try {
    const root = at(parseYaml(text, file));
    const registry = member(root, "registry");
    const server = registry.value === undefined || registry.value === null ? undefined : asString(member(registry, "login_server"));
    return {
      name,
      file,
      provider: registry.value === undefined || registry.value === null ? null : optional(member(registry, "provider"), asString) ?? null,
      registry: server === undefined ? null : parseRemoteBase(server, "login_server"),
    };
  } catch (error) {
    if (!isFailure(error)) throw error;
    const message = error.message.startsWith(file) ? error.message : `${file}: ${error.message}`;
    throw new Failure("invalid", message, { hint: `edit ${file}`, facts: { file }, cause: error });
  }
}
