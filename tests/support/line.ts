/** A line between a client and a server on this machine that counts what passes, and can be cut. */
export interface Line extends AsyncDisposable {
  /** `localhost:41234` */
  readonly host: string;
  /** Bytes from clients to the server, and back. */
  readonly up: number;
  readonly down: number;
}

export interface LineOptions {
  /** Told after each piece, with the sums. What it promises is waited for before the piece goes on. */
  readonly onBytes?: (up: number, down: number) => void | Promise<void>;
  /** A connection is cut after so many bytes in either direction. */
  readonly cutAfter?: number;
}

/** @param to `localhost:5000` */
export function openLine(to: string, options: LineOptions = {}): Line {
  const { hostname, port } = new URL(`http://${to}`);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.Conn>();
  const sums = { up: 0, down: 0 };

  async function pass(from: Deno.Conn, into: Deno.Conn, way: "up" | "down", passed: { bytes: number }): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      sums[way] += count;
      passed.bytes += count;
      await options.onBytes?.(sums.up, sums.down);
      if (passed.bytes > (options.cutAfter ?? Infinity)) return;
      for (let at = 0; at < count;) at += await into.write(buffer.subarray(at, count));
    }
    await into.closeWrite();
  }

  async function serve(client: Deno.Conn): Promise<void> {
    const server = await Deno.connect({ hostname, port: Number(port) });
    const both = [client, server];
    for (const one of both) open.add(one);
    const passed = { bytes: 0 };
    const end = () => {
      for (const one of both) if (open.delete(one)) one.close();
    };
    const ways = [pass(client, server, "up", passed), pass(server, client, "down", passed)];
    // One that broke or was cut takes the other with it; one that ended in order does not.
    await Promise.all(ways.map((way) => way.then(() => passed.bytes > (options.cutAfter ?? Infinity) && end(), end)));
    end();
  }

  const serving = (async () => {
    for await (const client of listener) void serve(client).catch(() => {}); // a server that is gone: the client sees it
  })();
  return {
    host: `localhost:${(listener.addr as Deno.NetAddr).port}`,
    get up() {
      return sums.up;
    },
    get down() {
      return sums.down;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const one of open) if (open.delete(one)) one.close();
      await serving;
    },
  };
}
