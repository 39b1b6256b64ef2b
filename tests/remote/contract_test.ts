/** The promises of a Remote, kept against two real registries: one without the referrers interface, one with it. */
import { openRemote } from "../../src/remote/open_remote.ts";
import { remoteContract } from "../contract/remote_suite.ts";
import { haveServers, type Server, startDockerRegistry, startOciRegistry } from "../support/servers.ts";

let count = 0;

async function open(start: () => Promise<Server>) {
  const server = await start();
  const repository = { kind: "registry", host: server.host, path: `contract/model-${++count}` } as const;
  const enter = () =>
    openRemote(repository, { plainHttp: true, credentials: () => Promise.resolve(null), emit: () => {}, userAgent: "mops/test" });
  const opened = [enter()];
  return {
    remote: opened[0]!,
    again: () => {
      opened.push(enter());
      return Promise.resolve(opened.at(-1)!);
    },
    async [Symbol.asyncDispose]() {
      for (const remote of opened) remote.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

if (haveServers("the contract against docker-registry", "docker-registry")) {
  remoteContract("docker-registry", () => open(() => startDockerRegistry()), { removeTag: "unsupported" });
}
if (haveServers("the contract against ociregistry", "ociregistry")) {
  remoteContract("ociregistry", () => open(() => startOciRegistry()));
}
