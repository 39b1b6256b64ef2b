/**
 * Every place that may name the remote, in the order of D7, with what each of them says. "A new place to look" is a new row here.
 */
import { isFailure } from "../base/failure.ts";
import { parseRemoteBase, parseRepository, type RemoteBase } from "../bundle/reference.ts";
import { DEFAULT_ENVIRONMENT, findEnvironment, loadEnvironment } from "./environments.ts";
import type { Candidate } from "./remote_choice.ts";

/** What the command line, the variables and the project hold; null and undefined: nothing. */
export interface Said {
  /** `--remote`, `--registry`, `--env`. */
  readonly remote?: string | undefined;
  readonly registry?: string | undefined;
  readonly environment?: string | undefined;
  /** `REGISTRY_URL`. */
  readonly variable?: string | undefined;
  readonly recorded: string | null;
  readonly pinned: string | null;
  /** The host that an older tool wrote into `config.yaml`. */
  readonly hostOfOldTool: RemoteBase | null;
  /** null where there is none: then there are no environments either. */
  readonly home: string | null;
  /** The directory of the embedded layout. */
  readonly embedded: string;
}

/** @throws Failure when the source that wins, or one before it, cannot be understood. */
export function remoteSources(said: Said): Candidate[] {
  const candidates: Candidate[] = [];
  const decided = (): boolean => candidates.some(({ says }) => says !== null);
  const look = (source: string, says: () => Candidate["says"]): void => {
    try {
      candidates.push({ source, says: says() });
    } catch (error) {
      // A broken environment file must not stop a command that needs none.
      if (!decided() || !isFailure(error)) throw error;
      candidates.push({ source, says: null });
    }
  };
  const { environment, pinned, home } = said;
  look("--remote", () => given(said.remote, parseRepository));
  look("--registry", () => given(said.registry, (text) => asBase(parseRemoteBase(text, "--registry"))));
  look(environment === undefined ? "--env" : `--env ${environment}`, () => given(environment, (name) => ofEnvironment(home, name)));
  look("REGISTRY_URL", () => given(said.variable, (text) => asBase(parseRemoteBase(text, "REGISTRY_URL"))));
  look("recorded remote", () => given(said.recorded, parseRepository));
  look(pinned === null ? "pinned environment" : `pinned environment ${pinned}`, () => given(pinned, (name) => ofEnvironment(home, name)));
  look(`default environment ${DEFAULT_ENVIRONMENT}`, () => {
    if (pinned !== null || home === null) return null;
    return asBase(findEnvironment(home, DEFAULT_ENVIRONMENT)?.registry ?? null);
  });
  if (said.hostOfOldTool !== null) look("config.yaml, written by an older tool", () => asBase(said.hostOfOldTool));
  look("embedded layout", () => asBase({ kind: "layout", directory: said.embedded }));
  return candidates;
}

function given<T>(text: string | null | undefined, parse: (text: string) => T): T | null {
  return text === null || text === undefined || text === "" ? null : parse(text);
}

function asBase(base: RemoteBase | null): Candidate["says"] {
  return base === null ? null : { kind: "base", base };
}

function ofEnvironment(home: string | null, name: string): Candidate["says"] {
  return asBase(loadEnvironment(home ?? "/", name).registry);
}
