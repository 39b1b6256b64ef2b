/** A registry for one benchmark, with its storage beside the workload, its access log read, and optionally a counting wire before it. */

export interface BenchRegistry {
  /** `localhost:41234`, as it stands in a reference. */
  readonly host: string;
  /** Program and version. */
  readonly label: string;
  /** Requests answered so far. */
  requests(): Promise<number>;
  stop(): Promise<void>;
}

/** Debian's or upstream's `docker-registry`; null where it is not installed. */
export async function startRegistry(program: string, folder: string): Promise<BenchRegistry | null> {
  const version = await firstLine(program, ["--version"]);
  if (version === null) return null;
  const port = freePort();
  const config = {
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: `${folder}/registry` }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: "bench" },
  };
  await Deno.writeTextFile(`${folder}/registry.yml`, JSON.stringify(config)); // JSON is YAML
  const log = `${folder}/access.log`;
  const child = new Deno.Command("sh", {
    args: ["-c", `exec "$0" serve "$1" >"$2" 2>"$3"`, program, `${folder}/registry.yml`, log, `${folder}/registry.err`],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const host = `localhost:${port}`;
  const stop = async () => {
    child.kill("SIGTERM");
    await child.status;
  };
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      await (await fetch(`http://${host}/v2/`)).body?.cancel();
      return { host, label: version.replace(/^\S*\//, ""), requests: () => settledLines(log), stop };
    } catch {
      await pause(50); // not listening yet
    }
  }
  await stop();
  throw new Error(`${program} does not listen on ${host}`);
}

export interface Wire {
  readonly host: string;
  /** Payload and headers, towards the registry and from it, since the start. */
  readonly sent: number;
  readonly received: number;
  close(): void;
}

/** Carries every byte to `host` and counts it; `onBytes` is called after each piece. */
export function countingWire(host: string, onBytes: (wire: Wire) => void): Wire {
  const port = Number(host.split(":")[1]);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const wire = {
    host: `localhost:${(listener.addr as Deno.NetAddr).port}`,
    sent: 0,
    received: 0,
    close: () => listener.close(),
  };
  const carry = async (from: Deno.Conn, to: Deno.Conn, count: (bytes: number) => void) => {
    const buffer = new Uint8Array(256 << 10);
    try {
      for (let read = await from.read(buffer); read !== null; read = await from.read(buffer)) {
        for (let done = 0; done < read;) done += await to.write(buffer.subarray(done, read));
        count(read);
        onBytes(wire);
      }
      await to.closeWrite();
    } catch {
      for (const end of [from, to]) closeQuietly(end); // one side is gone: so is the other then
    }
  };
  (async () => {
    for await (const client of listener) {
      const server = await Deno.connect({ hostname: "127.0.0.1", port });
      carry(client, server, (bytes) => wire.sent += bytes);
      carry(server, client, (bytes) => wire.received += bytes);
    }
  })();
  return wire;
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error; // closed already
  }
}

/** The log is written after the answer: counted once it stops growing. */
async function settledLines(log: string): Promise<number> {
  let lines = -1;
  for (;;) {
    const now = (await Deno.readTextFile(log)).split("\n").filter((line) => / "[A-Z]+ \//.test(line)).length;
    if (now === lines) return now;
    lines = now;
    await pause(50);
  }
}

async function firstLine(program: string, args: string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
    return new TextDecoder().decode(stdout.length > 0 ? stdout : stderr).split("\n")[0]!.trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}
