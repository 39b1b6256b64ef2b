/** A repository in a registry as a `Remote` (`src/bundle/content.ts`): the one door of this floor. */
import { Failure } from "../base/failure.ts";
import type { Remote } from "../bundle/content.ts";
import type { Credentials } from "../bundle/credential.ts";
import type { Emit } from "../bundle/events.ts";
import type { Repository } from "../bundle/reference.ts";
import type { Bandwidth } from "../http/bandwidth.ts";
import { openHttp } from "../http/client.ts";
import { type Clock, HostGate, REAL_CLOCK } from "../http/host_gate.ts";
import type { ProxyVariables } from "../http/proxy.ts";
import type { WriterOptions } from "./blob_writer.ts";
import { RemoteBlobs } from "./blobs.ts";
import { Exchange } from "./exchange.ts";
import { Manifests } from "./manifests.ts";
import { Referrers } from "./referrers.ts";
import { listTags } from "./tags.ts";

export interface RemoteOptions extends WriterOptions {
  /** http instead of https; for the machine itself, and where a person said so. */
  readonly plainHttp: boolean;
  readonly credentials: Credentials;
  readonly emit: Emit;
  /** `mops/0.1.0` */
  readonly userAgent: string;
  /** PEM texts, trusted beside those of the runtime. */
  readonly caCerts?: readonly string[];
  /** The variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, either case: uploads do not see them otherwise. */
  readonly proxies?: ProxyVariables;
  /** How long no byte may move. Default 60. */
  readonly idleSeconds?: number;
  /** How long a host that has never answered may take. Default 10. */
  readonly connectSeconds?: number;
  /** Tries in all of what may pass. Default 5. */
  readonly attempts?: number;
  /** A limit for bodies in both directions, shared by all that are given it. */
  readonly bandwidth?: Bandwidth | undefined;
  /** Transfers at once, and requests without an answer. Default 8, and no limit. */
  readonly parallel?: number | undefined;
  /** The moment before which the command has to end, milliseconds since the epoch. */
  readonly deadline?: number | undefined;
  /** From so many expected bytes on an answer has a connection of its own. Default 32 MiB. */
  readonly largeFrom?: number | undefined;
  /** For tests. */
  readonly clock?: Clock;
}

const PARALLEL = 8; // what a registry on two cores keeps up with; more gains nothing (measured)
const DOCKER_HUB = ["docker.io", "index.docker.io"];

/** Shared by all remotes of this process: a host that asks for patience asks all of them. */
const gate = new HostGate(REAL_CLOCK);

/** Sends nothing yet. @throws Failure("usage") for certificates that are none */
export function openRemote(repository: Extract<Repository, { kind: "registry" }>, options: RemoteOptions): Remote {
  const origin = URL.parse(`${options.plainHttp ? "http" : "https"}://${hostOf(repository.host)}`);
  if (origin === null) throw new Failure("usage", `"${repository.host}" is not a host`);
  const http = openHttp(options);
  const path = DOCKER_HUB.includes(repository.host) && !repository.path.includes("/") ? `library/${repository.path}` : repository.path;
  const exchange = new Exchange({
    http,
    gate: options.clock === undefined ? gate : new HostGate(options.clock),
    host: repository.host,
    path,
    origin,
    credentials: options.credentials,
    emit: once(options.emit),
    attempts: options.attempts ?? 5,
    most: options.parallel,
    deadline: options.deadline,
  });
  const blobs = new RemoteBlobs(exchange, options);
  const manifests = new Manifests(exchange);
  const referrers = new Referrers(exchange, manifests);

  return {
    repository,
    blobs,
    parallel: options.parallel ?? PARALLEL,
    resolve: (tag, signal) => manifests.resolve(tag, signal),
    readManifest: (digest, signal) => manifests.read(digest, signal),
    async writeManifest(manifest, signal) {
      try {
        await referrers.announce(manifest, await manifests.write(manifest, signal), signal);
      } catch (error) {
        if (error instanceof Failure && error.code === "not-found") blobs.forget();
        throw error;
      }
    },
    async setTag(tag, manifest, expect, signal) {
      const headers = await manifests.setTag(tag, manifest, expect, signal);
      if (headers !== null) await referrers.announce(manifest, headers, signal);
    },
    removeTag: (tag, expect, signal) => manifests.removeTag(tag, expect, signal),
    tags: (signal) => listTags(exchange, signal),
    referrers: (digest, artifactType, signal) => referrers.list(digest, artifactType, signal),
    requests: () => http.requests(),
    close: () => http.close(),
  };
}

/** The Docker Hub answers at another host than the one in its references. */
function hostOf(host: string): string {
  return DOCKER_HUB.includes(host) ? "registry-1.docker.io" : host;
}

/** Registries repeat their warnings with every answer; people read them once. */
function once(emit: Emit): Emit {
  const told = new Set<string>();
  return (event) => {
    if (event.kind === "warning" && told.has(event.message)) return;
    if (event.kind === "warning") told.add(event.message);
    emit(event);
  };
}
