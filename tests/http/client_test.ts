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

/** What is expected to come back: little, which goes by `fetch`, and so much that it has a connection of its own. */
const ROADS = [0, 2 ** 40];
const MUCH = ROADS[1]!;

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
    await unreachable(http.send(ask(`http://127.0.0.1:${port}/`, { method: "PUT", body: pieces(1) })), "refused");
    for (const expects of ROADS) {
      await unreachable(http.send(ask(`http://127.0.0.1:${port}/`, { expects })), "refused");
      await unreachable(http.send(ask("http://nowhere.invalid/", { expects })), "dns");
      await unreachable(http.send(ask(`https://${plain.host}/`, { expects })), "tls");
    }
  });
});

Deno.test("a host that does not answer is given up; a body that stands still is ended; a slow one is not", async () => {
  const never = Promise.withResolvers<void>();
  await using server = serve(({ at }) => {
    if (at === "/silent") return never.promise.then(() => new Response());
    const slow = at === "/slow";
    const headers = { "content-length": "50" } as Record<string, string>;
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
      slow ? { headers } : {},
    );
  });
  await withClient({ idleSeconds: 0.2, connectSeconds: 0.1 }, async (http) => {
    for (const expects of ROADS) {
      await unreachable(http.send(ask(`${server.url}/silent`, { expects })), "silent");
      await unreachable(text(await http.send(ask(`${server.url}/stuck`, { expects }))), "silent");
      assert.equal((await text(await http.send(ask(`${server.url}/slow`, { expects })))).length, 50);
    }
    never.resolve();
  });
});

Deno.test("a reader that takes its time is not held against the server", async () => {
  await using server = serve(() => new Response(new Uint8Array(400_000)));
  await withClient({ idleSeconds: 0.1 }, async (http) => {
    for (const expects of ROADS) {
      let size = 0;
      for await (const piece of (await http.send(ask(server.url, { expects }))).body!) {
        size += piece.byteLength;
        if (size < 200_000) await new Promise((resolve) => setTimeout(resolve, 150));
      }
      assert.equal(size, 400_000);
    }
  });
});

Deno.test("an interruption ends what is under way, and is called one; a time limit is unreachable", async () => {
  const never = Promise.withResolvers<void>();
  await using server = serve(() => never.promise.then(() => new Response()));
  await withClient({}, async (http) => {
    for (const expects of ROADS) {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 20);
      await assert.rejects(http.send(ask(server.url, { expects, signal: stop.signal })), (error) => isFailure(error, "interrupted"));
      await unreachable(http.send(ask(server.url, { expects, signal: AbortSignal.timeout(20) })), "silent");
    }
    await assert.rejects(
      http.send(ask(server.url, { method: "PUT", body: pieces(3), signal: AbortSignal.abort() })),
      (error) => isFailure(error, "interrupted"),
    );
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
      for (const expects of ROADS) {
        assert.equal(await text(await http.send(ask(plain.url, { expects }))), "plain");
        assert.equal(await text(await http.send(ask(target, { expects }))), "secure 0");
      }
      assert.equal(await text(await http.send(ask(plain.url, { method: "PUT", body: pieces(8) }))), "plain");
      assert.equal(plain.seen.at(-1)!.headers.get("content-length"), String(8 * 65_536));
      assert.equal(await text(await http.send(ask(target, { method: "PUT", body: new Uint8Array(1000) }))), "secure 1000");
      assert.equal(await text(await http.send(ask(target, { method: "PUT", body: pieces(4) }))), `secure ${4 * 65_536}`);
      assert.equal(http.sendsLength(target), true);
    });
    await secure.shutdown();
    assert.ok(proxy.seen.length >= 3, proxy.seen.join());
    assert.ok(proxy.seen.every(({ authorization }) => authorization === `Basic ${btoa("me:p@ss")}`), JSON.stringify(proxy.seen));
    assert.ok(proxy.seen.some(({ line }) => line.startsWith("CONNECT localhost:")));
    assert.ok(proxy.seen.some(({ line }) => line.startsWith("PUT http://localhost:")));
    assert.equal(proxy.seen.filter(({ line }) => line.startsWith("GET http://localhost:")).length, 2);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A server of one answer for each connection, given word for word; then it hangs up. */
function serveTexts(...answers: (string | Uint8Array)[]): AsyncDisposable & { readonly url: string; readonly heads: string[] } {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const heads: string[] = [];
  const done = (async () => {
    for (const answer of answers) {
      using connection = await listener.accept();
      const buffer = new Uint8Array(4096);
      heads.push(new TextDecoder().decode(buffer.subarray(0, await connection.read(buffer) ?? 0)));
      const bytes = typeof answer === "string" ? new TextEncoder().encode(answer) : answer;
      for (let at = 0; at < bytes.byteLength;) at += await connection.write(bytes.subarray(at));
    }
    listener.close();
  })();
  return { url: `http://127.0.0.1:${listener.addr.port}`, heads, [Symbol.asyncDispose]: () => done };
}

Deno.test("a large answer comes over a connection of its own, with every header of the request, and to the byte", async () => {
  const bytes = new Uint8Array(3_000_000).map((_, place) => place * 7 + (place >> 10));
  const head = new TextEncoder().encode(
    `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 206 Part\r\nContent-Length: ${bytes.byteLength}\r\nx-a: b\r\n\r\n`,
  );
  await using server = serveTexts(new Uint8Array([...head, ...bytes, ...new Uint8Array(100)])); // what follows belongs to nobody
  await withClient({}, async (http) => {
    const headers = { authorization: "Bearer secret", range: "bytes=5-" };
    const response = await http.send(ask(`${server.url}/a?b=c`, { expects: MUCH, headers }));
    assert.deepEqual([response.status, response.headers.get("x-a")], [206, "b"]);
    assert.deepEqual(await new Response(response.body).bytes(), bytes);
    assert.match(server.heads[0]!, /^GET \/a\?b=c HTTP\/1\.1\r\n/);
    for (
      const line of [
        "accept-encoding: identity",
        "authorization: Bearer secret",
        "connection: close",
        "range: bytes=5-",
        "user-agent: mops/test",
      ]
    ) {
      assert.ok(server.heads[0]!.includes(`\r\n${line}\r\n`), `${line} in ${server.heads[0]}`);
    }
    assert.ok(server.heads[0]!.includes(`\r\nhost: ${new URL(server.url).host}\r\n`));
  });
});

Deno.test("what comes before a break is given before the break is told", async () => {
  await using server = serveTexts("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nbeginning");
  await withClient({}, async (http) => {
    const reader = (await http.send(ask(server.url, { expects: MUCH }))).body!.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "beginning");
    await unreachable(reader.read(), "broken");
  });
});

Deno.test("a large answer without a plain length is asked for again by fetch, and so are all that follow from there", async () => {
  for (const odd of ["transfer-encoding: chunked\r\n\r\n3\r\nyes\r\n0\r\n\r\n", "connection: close\r\n\r\nyes"]) {
    const answer = `HTTP/1.1 200 OK\r\n${odd}`;
    await using server = serveTexts(answer, answer, answer);
    await withClient({}, async (http) => {
      for (let time = 1; time <= 2; time++) assert.equal(await text(await http.send(ask(server.url, { expects: MUCH }))), "yes");
      assert.equal(http.requests(), 3, "every one that the server saw is counted");
    });
    assert.deepEqual(server.heads.map((head) => head.includes("connection: close")), [true, false, false]);
  }
});

Deno.test("a host that takes a connection of its own and says nothing is waited for once, by both ways together, and then by fetch alone", async () => {
  const silent = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const taken: Deno.Conn[] = [];
  const taking = (async () => {
    for await (const connection of silent) taken.push(connection);
  })();
  const url = `https://127.0.0.1:${(silent.addr as Deno.NetAddr).port}/`;
  const waits = await withFastClock(() =>
    withClient({ idleSeconds: 60, connectSeconds: 10 }, async (http) => {
      await unreachable(http.send(ask(url, { expects: MUCH })), "silent");
      assert.equal(taken.length, 2);
      await unreachable(http.send(ask(url, { expects: MUCH })), "silent");
      assert.equal(taken.length, 3, "the second time nobody tries what is known to fail");
      assert.equal(http.requests(), 2, "nothing was asked on a connection that was never made");
    })
  );
  silent.close();
  await taking;
  for (const connection of taken) connection.close();
  const [own, fetched, second, ...more] = waits.filter((milliseconds) => milliseconds > 100);
  assert.ok(own! + fetched! <= 10_000 && own! <= 5_000, `${own} and ${fetched} ms`);
  assert.deepEqual([second, more], [10_000, []]);
});

/** Runs `work` with a clock that goes fifty times as fast; gives what was waited for, in milliseconds. */
async function withFastClock(work: () => Promise<void>): Promise<readonly number[]> {
  const { setTimeout: wait } = globalThis;
  const now = performance.now.bind(performance);
  const waits: number[] = [];
  globalThis.setTimeout = ((then: () => void, milliseconds: number) => {
    waits.push(milliseconds);
    return wait(then, milliseconds / 50);
  }) as typeof setTimeout;
  performance.now = () => now() * 50;
  try {
    await work();
  } finally {
    globalThis.setTimeout = wait;
    performance.now = now;
  }
  return waits;
}

Deno.test("a refusal of a large answer comes with its words, and garbage is a broken line", async () => {
  await using server = serveTexts("HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\ngone", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\n");
  await withClient({}, async (http) => {
    const response = await http.send(ask(server.url, { expects: MUCH }));
    assert.deepEqual([response.status, await text(response)], [404, "gone"]);
    await unreachable(http.send(ask(server.url, { expects: MUCH })), "broken");
    await unreachable(http.send(ask(server.url, { expects: MUCH })), "broken");
  });
});
