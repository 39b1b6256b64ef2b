/** A registry for one benchmark, with its storage beside the workload, or a layout directory where no registry is installed. */

export interface BenchRemote {
  /** What REGISTRY_URL takes. */
  readonly base: string;
  readonly label: string;
  stop(): Promise<void>;
}

export async function startRemote(folder: string): Promise<BenchRemote> {
  return await startRegistry("docker-registry", folder) ??
    { base: `oci:${folder}/layouts`, label: "an OCI layout (no docker-registry is installed)", stop: () => Promise.resolve() };
}

async function startRegistry(program: string, folder: string): Promise<BenchRemote | null> {
  const port = freePort();
  const config = {
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: `${folder}/registry` }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: "bench" },
  };
  await Deno.writeTextFile(`${folder}/registry.yml`, JSON.stringify(config)); // JSON is YAML
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, { args: ["serve", `${folder}/registry.yml`], stdin: "null", stdout: "null", stderr: "null" }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
  const base = `localhost:${port}`;
  const stop = async () => {
    child.kill("SIGTERM");
    await child.status;
  };
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await (await fetch(`http://${base}/v2/`)).body?.cancel();
      return { base, label: "docker-registry on loopback", stop };
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50)); // not listening yet
    }
  }
  await stop();
  throw new Error(`${program} does not listen on ${base}`);
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
