/** The door to the network: lengths, silence, interruption, proxies, redirects, and what errors say. */
import assert from "node:assert/strict";
import { isFailure } from "../../src/base/failure.ts";
import { type HttpClient, type HttpOptions, openHttp } from "../../src/http/client.ts";
import { type Bytes, discard, type HttpRequest, readStart } from "../../src/http/message.ts";
import { sendFollowing } from "../../src/http/redirect.ts";
import { startProxy } from "../support/forward_proxy.ts";
import { serve } from "../support/scripted_server.ts";
import { makeTls } from "../support/token_server.ts";

async function withClient(options: Partial<HttpOptions>, test: (http: HttpClient) => Promise<void>): Promise<void> {
  const http = openHttp({ userAgent: "mops/test", ...options });
  try {
    await test(http);
  } finally {
    http.close();
  }
}

/** `count` pieces of 64 KiB. */
function pieces(count: number, between: () => Promise<void> = () => Promise.resolve()): { size: number; stream: ReadableStream<Bytes> } {
  let given = 0;
  const stream = new ReadableStream<Bytes>({
    async pull(controller) {
      if (given++ === count) return controller.close();
      await between();
      controller.enqueue(new Uint8Array(65_536).fill(given));
    },
  }, { highWaterMark: 0 });
  return { size: count * 65_536, stream };
}

const ask = (url: string | URL, more: Partial<HttpRequest> = {}): HttpRequest => ({ method: "GET", url: new URL(url), ...more });

async function text(response: Awaited<ReturnType<HttpClient["send"]>>): Promise<string> {
  return new TextDecoder().decode(await readStart(response, 100_000));
}

async function unreachable(work: Promise<unknown>, reason: string): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isFailure(error, "unreachable"), String(error));
    assert.equal(error.facts.reason, reason, error.message);
    assert.ok(error.hint !== undefined);
    return true;
  });
}

Deno.test("every request names the program, asks for identity encoding, and is counted (R16)", async () => {
  await using server = serve(() => new Response("yes"));
  await withClient({}, async (http) => {
    await text(await http.send(ask(server.url)));
    await text(await http.send(ask(server.url, { method: "PUT", body: pieces(1) })));
    for (const { headers } of server.seen) {
      assert.equal(headers.get("user-agent"), "mops/test");
      assert.equal(headers.get("accept-encoding"), "identity");
    }
    assert.equal(http.requests(), 2);
  });
});

Deno.test("a streamed body travels with its length, and comes whole", async () => {
  await using server = serve(() => new Response("stored", { status: 201 }));
  await withClient({}, async (http) => {
    const response = await http.send(ask(server.url, { method: "PUT", body: pieces(20) }));
    assert.equal(await text(response), "stored");
    const [put] = server.seen;
    assert.equal(put!.headers.get("content-length"), String(20 * 65_536));
    assert.equal(put!.headers.get("transfer-encoding"), null);
    assert.equal(put!.body.byteLength, 20 * 65_536);
    assert.equal(put!.body.at(-1), 20);
  });
});

Deno.test("an answer before the body has gone ends the sending, and is given", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const done = (async () => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(1000));
    await connection.write(new TextEncoder().encode("HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\nconnection: close\r\n\r\nbig"));
    await connection.closeWrite();
    for (const rest = new Uint8Array(65_536); await connection.read(rest).catch(() => null) !== null;);
    connection.close();
  })();
  await withClient({ idleSeconds: 5 }, async (http) => {
    const body = pieces(400, () => new Promise((resolve) => setTimeout(resolve, 2)));
    const response = await http.send(ask(`http://127.0.0.1:${listener.addr.port}/`, { method: "PUT", body }));
    assert.equal(response.status, 413);
    assert.equal(await text(response), "big");
    await new Promise((resolve) => setTimeout(resolve, 30)); // for the timer of the source above
  });
  listener.close();
  await done;
});

Deno.test("a source that fails takes its own error out of an upload", async () => {
  await using server = serve(() => new Response());
  await withClient({}, async (http) => {
    const { size, stream } = pieces(
      10,
      (() => {
        let turn = 0;
        return () => ++turn === 5 ? Promise.reject(new RangeError("the disk is gone")) : Promise.resolve();
      })(),
    );
    await assert.rejects(http.send(ask(server.url, { method: "PUT", body: { size, stream } })), RangeError);
  });
});

Deno.test("nobody listening, no such host, no TLS: each has its reason, within a second", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  await using plain = serve(() => new Response());
  await withClient({}, async (http) => {
    await unreachable(http.send(ask(`http://127.0.0.1:${port}/`)), "refused");
    await unreachable(http.send(ask(`http://127.0.0.1:${port}/`, { method: "PUT", body: pieces(1) })), "refused");
    await unreachable(http.send(ask("http://nowhere.invalid/")), "dns");
    await unreachable(http.send(ask(`https://${plain.host}/`)), "tls");
  });
});

Deno.test("a host that does not answer is given up; a body that stands still is ended; a slow one is not", async () => {
  const never = Promise.withResolvers<void>();
  await using server = serve(({ at }) => {
    if (at === "/silent") return never.promise.then(() => new Response());
    const slow = at === "/slow";
    return new Response(
      new ReadableStream({
        async start(controller) {
          for (let i = 0; i < 5; i++) {
            controller.enqueue(new Uint8Array(10));
            await new Promise((resolve) => setTimeout(resolve, slow ? 60 : 5));
          }
          if (slow) controller.close();
          else await never.promise.then(() => controller.close());
        },
      }),
    );
  });
  await withClient({ idleSeconds: 0.2, connectSeconds: 0.1 }, async (http) => {
    await unreachable(http.send(ask(`${server.url}/silent`)), "silent");
    await unreachable(text(await http.send(ask(`${server.url}/stuck`))), "silent");
    assert.equal((await text(await http.send(ask(`${server.url}/slow`)))).length, 50);
    never.resolve();
  });
});

Deno.test("a reader that takes its time is not held against the server", async () => {
  await using server = serve(() => new Response(new Uint8Array(400_000)));
  await withClient({ idleSeconds: 0.1 }, async (http) => {
    let size = 0;
    for await (const piece of (await http.send(ask(server.url))).body!) {
      size += piece.byteLength;
      if (size < 200_000) await new Promise((resolve) => setTimeout(resolve, 150));
    }
    assert.equal(size, 400_000);
  });
});

Deno.test("an interruption ends what is under way, and is called one; a time limit is unreachable", async () => {
  const never = Promise.withResolvers<void>();
  await using server = serve(() => never.promise.then(() => new Response()));
  await withClient({}, async (http) => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    await assert.rejects(http.send(ask(server.url, { signal: stop.signal })), (error) => isFailure(error, "interrupted"));
    await assert.rejects(
      http.send(ask(server.url, { method: "PUT", body: pieces(3), signal: AbortSignal.abort() })),
      (error) => isFailure(error, "interrupted"),
    );
    await unreachable(http.send(ask(server.url, { signal: AbortSignal.timeout(20) })), "silent");
    const body = pieces(10_000, () => new Promise((resolve) => setTimeout(resolve, 5)));
    await unreachable(http.send(ask(server.url, { method: "PUT", body, signal: AbortSignal.timeout(50) })), "silent");
    await new Promise((resolve) => setTimeout(resolve, 30)); // for the timer of the source above
    never.resolve();
  });
});

Deno.test("R14: a redirect to another origin is followed without credentials, one to the same origin with them", async () => {
  await using storage = serve(() => new Response("bytes"), "127.0.0.1");
  await using server = serve(({ at }) => {
    if (at === "/relative") return new Response(null, { status: 307, headers: { location: "/here" } });
    if (at === "/here") return new Response("here");
    return new Response(null, { status: 307, headers: { location: `${storage.url}/object?signature=secret` } });
  });
  await withClient({}, async (http) => {
    const headers = { authorization: "Bearer secret", "x-ms-token": "secret", cookie: "a=secret", accept: "text/plain", range: "bytes=0-" };
    assert.equal(await text(await sendFollowing(http.send, ask(`${server.url}/relative`, { headers }))), "here");
    assert.equal(server.seen.at(-1)!.headers.get("authorization"), "Bearer secret");
    assert.equal(await text(await sendFollowing(http.send, ask(`${server.url}/away`, { headers }))), "bytes");
    const arrived = storage.seen[0]!.headers;
    for (const name of ["authorization", "x-ms-token", "cookie"]) assert.equal(arrived.get(name), null, name);
    assert.equal(arrived.get("range"), "bytes=0-");
  });
});

Deno.test("R14: loops end, and a redirect of a POST is given back", async () => {
  await using server = serve(() => new Response(null, { status: 302, headers: { location: "/again" } }));
  await withClient({}, async (http) => {
    await assert.rejects(sendFollowing(http.send, ask(server.url)), (error) => isFailure(error, "remote-error"));
    const response = await sendFollowing(http.send, ask(server.url, { method: "POST" }));
    await discard(response);
    assert.equal(response.status, 302);
  });
});

Deno.test("through a proxy go downloads and uploads, to http and to https, with the proxy's password", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mops-proxy-" });
  try {
    const tls = await makeTls(folder);
    await using proxy = startProxy();
    await using plain = serve(() => new Response("plain"));
    const secure = Deno.serve({
      port: 0,
      hostname: "127.0.0.1",
      onListen() {},
      cert: await Deno.readTextFile(tls.certificate),
      key: await Deno.readTextFile(tls.key),
    }, async (request) => new Response(`secure ${(await request.bytes()).byteLength}`));
    const address = proxy.url.replace("//", "//me:p%40ss@");
    await withClient({ caCerts: [tls.ca], proxies: { HTTP_PROXY: address, HTTPS_PROXY: address } }, async (http) => {
      const target = new URL(`https://localhost:${secure.addr.port}/`);
      assert.equal(await text(await http.send(ask(plain.url))), "plain");
      assert.equal(await text(await http.send(ask(plain.url, { method: "PUT", body: pieces(8) }))), "plain");
      assert.equal(plain.seen.at(-1)!.headers.get("content-length"), String(8 * 65_536));
      assert.equal(await text(await http.send(ask(target))), "secure 0");
      assert.equal(await text(await http.send(ask(target, { method: "PUT", body: new Uint8Array(1000) }))), "secure 1000");
      assert.equal(await text(await http.send(ask(target, { method: "PUT", body: pieces(4) }))), `secure ${4 * 65_536}`);
      assert.equal(http.sendsLength(target), true);
    });
    await secure.shutdown();
    assert.ok(proxy.seen.length >= 3, proxy.seen.join());
    assert.ok(proxy.seen.every(({ authorization }) => authorization === `Basic ${btoa("me:p@ss")}`), JSON.stringify(proxy.seen));
    assert.ok(proxy.seen.some(({ line }) => line.startsWith("CONNECT localhost:")));
    assert.ok(proxy.seen.some(({ line }) => line.startsWith("PUT http://localhost:")));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
