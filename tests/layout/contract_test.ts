/** The promises of every remote, kept by an OCI layout directory. */
import { join } from "node:path";
import { openLayout } from "../../src/layout/layout.ts";
import { remoteContract } from "../contract/remote_suite.ts";

remoteContract("layout", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mops-layout-" });
  const directory = join(folder, "deep", "repository");
  const open = () => openLayout(directory, { emit: () => {} });
  return {
    remote: open(),
    again: async () => open(),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
});
