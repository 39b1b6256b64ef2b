/** Big uploads that another process goes on with, as it finds them in the journal; pieces small enough for a test. */
import assert from "node:assert/strict";
import { isFailure } from "../../../src/base/failure.ts";
import type { HostMemory, HostProfile } from "../../../src/bundle/upload_journal.ts";
import { journalInMemory } from "../../../src/remote/upload_session.ts";
import { client, refusal, serve } from "../../support/scripted_server.ts";
import { made, methods, MiB, Sessions } from "./sessions.ts";

/** Above what goes in one PUT. */
const SIZE = 66 * MiB;
const PIECE = 16 * MiB;

/** A process that dies while it sends its `last`-th piece: an interruption ends it, and nothing is tidied up. */
function interruptedAt(last: number) {
  const stop = new AbortController();
  let patches = 0;
  return {
    signal: stop.signal,
    seen(method: string) {
      if (method === "PATCH" && ++patches === last) stop.abort();
    },
  };
}

Deno.test("a push that was interrupted is gone on with by the next process, at the place that the registry says", async () => {
  const sessions = new Sessions();
  const stopped = interruptedAt(3);
  await using server = serve((seen) => {
    stopped.seen(seen.method);
    return sessions.answer(seen);
  });
  const uploads = journalInMemory();
  const { blob, source } = made(SIZE);
  {
    using it = client(server, { uploads, uploadPiece: PIECE });
    const writing = it.remote.blobs.write(blob, source, { signal: stopped.signal });
    await assert.rejects(writing, (error) => isFailure(error, "interrupted"));
  }
  assert.doesNotMatch(methods(server.seen), /DELETE/, "the session is not ended");
  const before = server.seen.length;
  using it = client(server, { uploads, uploadPiece: PIECE });
  let moved = 0;
  await it.remote.blobs.write(blob, source, { onBytes: (count) => moved += count });
  assert.equal(sessions.stored.get(blob.digest), SIZE);
  assert.equal(moved, SIZE);
  const again = server.seen.slice(before);
  assert.ok(!again.some(({ method }) => method === "POST"), methods(again));
  const sent = again.reduce((sum, { body }) => sum + body.byteLength, 0);
  assert.ok(sent <= SIZE - 2 * PIECE, `${sent} bytes were sent again`);
  assert.equal(uploads.find(`${server.host}/me/model`, blob.digest), null);
});

for (const status of [404, 400]) {
  Deno.test(`a session that the registry does not know any more (${status}) is begun again`, async () => {
    const sessions = new Sessions();
    await using server = serve((seen) =>
      seen.method === "GET" && seen.at.includes("/gone") ? refusal(status, "BLOB_UPLOAD_UNKNOWN", "no") : sessions.answer(seen)
    );
    const uploads = journalInMemory();
    const { blob, source } = made(SIZE);
    uploads.keep(`${server.host}/me/model`, blob.digest, {
      url: `${server.url}/v2/me/model/blobs/uploads/gone`,
      offset: PIECE,
      smallestPiece: 0,
    });
    using it = client(server, { uploads, uploadPiece: PIECE });
    await it.remote.blobs.write(blob, source);
    assert.equal(sessions.stored.get(blob.digest), SIZE);
  });
}

Deno.test("a session that holds other bytes ends in another digest, and the blob is sent once more from its start", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => sessions.answer(seen));
  sessions.begin();
  const at = "/v2/me/model/blobs/uploads/1";
  sessions.open.get(at)!.push(new Uint8Array(PIECE).fill(9));
  const uploads = journalInMemory();
  const { blob, source } = made(SIZE);
  uploads.keep(`${server.host}/me/model`, blob.digest, { url: server.url + at, offset: PIECE, smallestPiece: 0 });
  using it = client(server, { uploads, uploadPiece: PIECE });
  await it.remote.blobs.write(blob, source);
  assert.equal(sessions.stored.get(blob.digest), SIZE);
});

Deno.test("R2: an address in the journal that leads into a private network, or to no web address, is not asked", async () => {
  const sessions = new Sessions();
  await using server = serve((seen) => sessions.answer(seen));
  const uploads = journalInMemory();
  const { blob, source } = made(SIZE);
  uploads.keep(`${server.host}/me/model`, blob.digest, { url: "file:///etc/passwd", offset: 0, smallestPiece: 0 });
  using it = client(server, { uploads, uploadPiece: PIECE });
  await it.remote.blobs.write(blob, source);
  assert.equal(sessions.stored.get(blob.digest), SIZE);
});

Deno.test("what a host refuses is remembered: pieces that were too large, or pieces at all, are not tried by the next process", async () => {
  const known = new Map<string, HostProfile>();
  const hosts: HostMemory = { find: (host) => known.get(host) ?? null, keep: (host, profile) => void known.set(host, profile) };
  const sessions = new Sessions();
  let refuses: (method: string, size: number) => number = (method, size) => method === "PATCH" && size > 8 * MiB ? 413 : 0;
  await using server = serve((seen) => {
    const status = refuses(seen.method, seen.body.byteLength);
    return status > 0 ? new Response(null, { status }) : sessions.answer(seen);
  });
  const write = async (size: number) => {
    using it = client(server, { hosts, uploadPiece: PIECE });
    const { blob, source } = made(size);
    const before = server.seen.length;
    await it.remote.blobs.write(blob, source);
    assert.equal(sessions.stored.get(blob.digest), size);
    return { asked: methods(server.seen.slice(before)), events: it.events };
  };
  assert.match((await write(SIZE)).asked, /POST PATCH GET PATCH/);
  assert.equal(known.get(server.host)?.piece, 8 * MiB);
  assert.match((await write(SIZE + 1)).asked, /POST( PATCH){9} PUT$/);

  known.clear();
  refuses = (method) => method === "PATCH" ? 405 : 0;
  const first = await write(SIZE + 2);
  assert.match(first.asked, /POST PATCH DELETE POST PUT$/);
  assert.ok(first.events.some((event) => event.kind === "warning" && event.code === "no-pieces"), "and that is said");
  assert.match((await write(SIZE + 3)).asked, /POST PUT$/);
});
