/** A small forward proxy: CONNECT for https, whole addresses for http. Everybody may use it; it notes who said what. */

export interface ForwardProxy extends AsyncDisposable {
  readonly url: string;
  readonly seen: { readonly line: string; readonly authorization: string | null }[];
}

export function startProxy(): ForwardProxy {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const seen: { line: string; authorization: string | null }[] = [];
  const open = new Set<Deno.Conn>();
  const running = (async () => {
    for await (const connection of listener) {
      open.add(connection);
      void forward(connection, seen, open).finally(() => close(connection, open));
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    seen,
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) close(connection, open);
      await running;
    },
  };
}

/** One connection carries one request: the answer says so by closing. */
async function forward(client: Deno.Conn, seen: { line: string; authorization: string | null }[], open: Set<Deno.Conn>): Promise<void> {
  const { head, rest } = await readHead(client);
  const [line = "", ...headers] = head.split("\r\n");
  const [method = "", target = ""] = line.split(" ");
  const authorization = headers.map((header) => /^proxy-authorization:\s*(.*)$/i.exec(header)?.[1]).find(Boolean) ?? null;
  seen.push({ line, authorization });
  const url = new URL(method === "CONNECT" ? `http://${target}` : target);
  const server = await Deno.connect({ hostname: url.hostname, port: Number(url.port || 80) });
  open.add(server);
  if (method === "CONNECT") await writeAll(client, new TextEncoder().encode("HTTP/1.1 200 OK\r\n\r\n"));
  else {
    const kept = headers.filter((header) => !/^(proxy-|connection:)/i.test(header));
    await writeAll(
      server,
      new TextEncoder().encode([`${method} ${url.pathname}${url.search} HTTP/1.1`, "connection: close", ...kept, "", ""].join("\r\n")),
    );
  }
  await writeAll(server, rest);
  await Promise.race([pipe(client, server), pipe(server, client)]);
  close(server, open);
}

async function readHead(connection: Deno.Conn): Promise<{ head: string; rest: Uint8Array }> {
  let bytes = new Uint8Array(0);
  for (const buffer = new Uint8Array(16_384);;) {
    const count = await connection.read(buffer);
    if (count === null) return { head: "", rest: bytes };
    const more = new Uint8Array(bytes.byteLength + count);
    more.set(bytes);
    more.set(buffer.subarray(0, count), bytes.byteLength);
    bytes = more;
    const end = new TextDecoder("latin1").decode(bytes).indexOf("\r\n\r\n");
    if (end >= 0) return { head: new TextDecoder().decode(bytes.subarray(0, end)), rest: bytes.subarray(end + 4) };
  }
}

async function pipe(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  try {
    const buffer = new Uint8Array(65_536);
    for (let count = await from.read(buffer); count !== null; count = await from.read(buffer)) {
      await writeAll(to, buffer.subarray(0, count));
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error; // either side may go away at any time
  }
}

async function writeAll(to: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += await to.write(bytes.subarray(at));
}

function close(connection: Deno.Conn, open: Set<Deno.Conn>): void {
  if (open.delete(connection)) connection.close();
}
