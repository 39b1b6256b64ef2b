/** Uploads in pieces to registries that are confused about where an upload goes on, or how far it came. */
import assert from "node:assert/strict";
import { isFailure } from "../../../src/base/failure.ts";
import { client, refusal, type Scripted, type Seen, serve } from "../../support/scripted_server.ts";
import { makeTls } from "../../support/token_server.ts";
import { made, methods, MiB, path, Sessions } from "./sessions.ts";

/** A registry that takes pieces of up to 1 MiB and nothing in one PUT, whatever the size; `odd` answers first. */
function inPieces(sessions: Sessions, odd: (seen: Seen, patch: number) => Response | null): Scripted {
  let patches = 0;
  return serve((seen) => {
    if (seen.method === "PUT" && seen.body.byteLength > 0) return new Response(null, { status: 413 });
    if (seen.method === "PATCH" && seen.body.byteLength > MiB) return new Response(null, { status: 413 });
    return odd(seen, seen.method === "PATCH" ? ++patches : 0) ?? sessions.answer(seen);
  });
}

const isStatus = (seen: Seen) => seen.method === "GET" && seen.at.includes("/uploads/");

async function arrives(server: Scripted, sessions: Sessions, size: number): Promise<void> {
  using it = client(server);
  const { blob, source } = made(size);
  let moved = 0;
  await it.remote.blobs.write(blob, source, { onBytes: (count) => moved += count });
  assert.equal(sessions.stored.get(blob.digest), size);
  assert.equal(moved, size, "what was sent twice is counted once");
}

Deno.test("R1: a Location that changes with every answer, relative and absolute in turn, is followed each time, with its state", async () => {
  for (const form of ["relative to the address", "a query alone", "absolute"] as const) {
    const sessions = new Sessions();
    let turn = 0;
    const moved = (response: Response, at: string): Response => {
      const path = at.split("?")[0]!;
      const query = `?_state=a%2Fb${++turn}&x=%20`;
      const next = form === "absolute"
        ? `${server.url}${path}${query}`
        : form === "a query alone"
        ? query
        : `${path.split("/").at(-1)}${query}`;
      response.headers.set("location", next);
      return response;
    };
    await using server = inPieces(sessions, (seen) => {
      if (seen.method === "POST") {
        const begun = sessions.begin();
        const at = begun.headers.get("location")!;
        // Relative to what was asked, which ends in a slash.
        return form === "a query alone"
          ? (turn = 0, begun.headers.set("location", `${at.split("?")[0]}?_state=a%2Fb0&x=%20`), begun)
          : moved(begun, at);
      }
      if (!seen.at.includes("/uploads/") || seen.method === "DELETE") return null;
      const isNewest = seen.at.includes(`?_state=a%2Fb${turn}&x=%20`);
      if (!isNewest) return refusal(404, "BLOB_UPLOAD_UNKNOWN", "an address of before");
      const response = sessions.answer(seen)!;
      return seen.method === "PUT" ? response : moved(response, seen.at);
    });
    await arrives(server, sessions, 3 * MiB + 5);
    const put = server.seen.findLast(({ method }) => method === "PUT")!;
    assert.match(put.at, /\?_state=a%2Fb\d+&x=%20&digest=sha256%3A[0-9a-f]{64}$/, form);
  }
});

Deno.test("R2: behind TLS, a Location without TLS or port is reached with both; another host without TLS gets nothing", async () => {
  const folder = await Deno.makeTempDir({ prefix: "mops-tls-" });
  try {
    const tls = await makeTls(folder);
    const sessions = new Sessions();
    let location = (at: string) => `http://localhost${at}`;
    await using stranger = serve(() => new Response(null, { status: 201 }), "127.0.0.1");
    await using server = serve(
      (seen) => {
        const response = sessions.answer(seen);
        const at = response?.headers.get("location");
        if (at != null) response!.headers.set("location", location(at));
        return response;
      },
      "localhost",
      { cert: await Deno.readTextFile(tls.certificate), key: await Deno.readTextFile(tls.key) },
    );
    const enter = () => client(server, { plainHttp: false, caCerts: [tls.ca] });
    for (
      const  of of[
        (at: string) => `http://localhost${at}`, (at: string) => `http://${server.host}${at}`, (at: string) => `https://localhost${at}`
      ]
    ) {
      location = of;
      using it = enter();
      for (const size of [1000 + location("").length, 5 * MiB + location("").length]) {
        const { blob, source } = made(size);
        await it.remote.blobs.write(blob, source);
        assert.equal(sessions.stored.get(blob.digest), size, location("/"));
      }
    }
    location = (at) => `${stranger.url}${at}`;
    using it = enter();
    const { blob, source } = made(999);
    await assert.rejects(it.remote.blobs.write(blob, source), (error) => {
      assert.ok(isFailure(error, "remote-error"), String(error));
      assert.match(error.message, /began an upload on 127\.0\.0\.1:\d+, without encryption$/);
      return true;
    });
    assert.deepEqual(stranger.seen, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

for (const nothing of ["0-0", "0--1", "bytes=0-0", "bytes=0--1", null]) {
  Deno.test(`R6: a session that says ${nothing} after a lost piece goes on from our own count`, async () => {
    const sessions = new Sessions();
    await using server = inPieces(sessions, (seen, patch) => {
      if (patch === 1) return new Response(null, { status: 502 }); // and nothing of it was kept
      if (!isStatus(seen) || sessions.size(seen.at) > 0) return null;
      return new Response(null, { status: 204, headers: { location: seen.at, ...(nothing === null ? {} : { range: nothing }) } });
    });
    await arrives(server, sessions, 3 * MiB);
    assert.equal(server.seen.filter(({ method }) => method === "POST").length, 2, "one PUT was tried first; then one session was enough");
  });
}

Deno.test("R6: a prefix bytes= before what was kept is read like any other place", async () => {
  const sessions = new Sessions();
  await using server = inPieces(sessions, (seen, patch) => {
    if (patch === 2) return sessions.patch(seen), new Response(null, { status: 502 }); // kept, and the answer was lost
    if (!isStatus(seen)) return null;
    return new Response(null, { status: 204, headers: { location: seen.at, range: `bytes=0-${sessions.size(seen.at) - 1}` } });
  });
  await arrives(server, sessions, 3 * MiB);
  const ranges = server.seen.filter(({ method, body }) => method === "PATCH" && body.byteLength <= MiB).map(({ headers }) =>
    headers.get("content-range")
  );
  assert.equal(new Set(ranges).size, ranges.length, `no piece goes twice: ${ranges.join(" ")}`);
});

for (
  const [manner, rangeOf] of [["by its own length", (piece: number) => `0-${piece - 1}`], [
    "at its place",
    (piece: number, size: number) => `${size - piece}-${size - 1}`,
  ]] as const
) {
  for (const kept of [true, false]) {
    Deno.test(`R6b: a range that tells only the last piece, ${manner}, does not confuse an upload whose piece was ${kept ? "kept" : "lost"}`, async () => {
      const sessions = new Sessions();
      let last = 0;
      await using server = inPieces(sessions, (seen, patch) => {
        if (patch === 3) {
          if (kept) last = sessions.patch(seen).ok ? seen.body.byteLength : last;
          return new Response(null, { status: 502 });
        }
        if (seen.method !== "PATCH" && !isStatus(seen)) return null;
        const response = sessions.answer(seen)!;
        if (seen.method === "PATCH" && response.ok) last = seen.body.byteLength;
        if (response.ok && last > 0) response.headers.set("range", rangeOf(last, sessions.size(seen.at)));
        return response;
      });
      await arrives(server, sessions, 4 * MiB);
    });
  }
}

Deno.test("R7: a session that stays at its first piece also when asked goes on from our own count after a lost piece", async () => {
  const sessions = new Sessions();
  await using server = inPieces(sessions, (seen, patch) => {
    if (patch === 3) return new Response(null, { status: 502 }); // lost
    if (seen.method !== "PATCH" && !isStatus(seen)) return null;
    const response = sessions.answer(seen)!;
    if (response.ok && sessions.size(seen.at) > 0) response.headers.set("range", `0-${MiB - 1}`);
    return response;
  });
  await arrives(server, sessions, 4 * MiB);
  const begun = server.seen.filter(({ method }) => method === "POST").length;
  assert.equal(begun, 2, "one PUT was tried first; then one session was enough");
});

Deno.test("R7: a registry that refuses every further piece is given up after a bounded number of tries", async () => {
  const sessions = new Sessions();
  await using server = inPieces(sessions, (seen) => {
    if (seen.method === "PATCH" && sessions.size(seen.at) > 0) return refusal(416, "BLOB_UPLOAD_INVALID", "not in order");
    return isStatus(seen) ? new Response(null, { status: 204, headers: { location: seen.at, range: `0-${MiB - 1}` } }) : null;
  });
  using it = client(server);
  const { blob, source } = made(4 * MiB + 1);
  await assert.rejects(it.remote.blobs.write(blob, source), (error) => isFailure(error, "unreachable", "unsupported", "remote-error"));
  assert.ok(server.seen.length < 120, `${server.seen.length} requests: ${methods(server.seen)}`);
  assert.equal(sessions.stored.size, 0);
});

Deno.test("R8: a session that says further on than what was sent is begun again", async () => {
  const sessions = new Sessions();
  let lies = 1;
  await using server = inPieces(sessions, (seen, patch) => {
    if (patch === 2) return new Response(null, { status: 502 });
    if (!isStatus(seen) || lies-- <= 0) return null;
    return new Response(null, { status: 204, headers: { location: seen.at, range: `0-${9 * MiB}` } });
  });
  await arrives(server, sessions, 3 * MiB);
});

for (const range of [null, "0-0"]) {
  Deno.test(`R8: a session that refuses to go on with 416, and then has ${range ?? "no"} Range, is begun again`, async () => {
    const sessions = new Sessions();
    let lost: string | null = null; // the session that cannot go on; the one after it can
    await using server = inPieces(sessions, (seen, patch) => {
      if (seen.method === "PATCH" && lost === null && sessions.size(seen.at) > 0) lost = path(seen.at);
      if (path(seen.at) !== lost) return null;
      if (patch > 0) return refusal(416, "BLOB_UPLOAD_INVALID", "not in order");
      return isStatus(seen) ? new Response(null, { status: 204, headers: { location: seen.at, ...(range && { range }) } }) : null;
    });
    await arrives(server, sessions, 4 * MiB);
    const pieces = server.seen.filter(({ method }) => method === "PATCH").map(({ body }) => body.byteLength);
    assert.deepEqual(pieces.map((bytes) => bytes / MiB), [4, 2, 1, 1, 1, 1, 1, 1], "two too large, one taken, one refused, then all four");
  });
}
