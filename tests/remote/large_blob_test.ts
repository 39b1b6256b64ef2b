/** A blob that is never in memory as a whole, up and down, with a real registry. */
import assert from "node:assert/strict";
import type { ByteSource } from "../../src/base/bytes.ts";
import { Hasher } from "../../src/base/digest.ts";
import { openRemote } from "../../src/remote/open_remote.ts";
import { serverTest, startDockerRegistry } from "../support/servers.ts";

const PIECE = 65_536;
const MiB = 1024 * 1024;

function* pieces(size: number): Generator<Uint8Array<ArrayBuffer>> {
  for (let number = 0; number < size / PIECE; number++) yield new Uint8Array(PIECE).fill(number);
}

function source(size: number): ByteSource {
  return {
    size,
    open: () => {
      const next = pieces(size);
      const pull = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
        const { done, value } = next.next();
        if (done) controller.close();
        else controller.enqueue(value);
      };
      return Promise.resolve(new ReadableStream({ pull }, { highWaterMark: 0 }));
    },
  };
}

async function upAndDown(
  size: number,
  uploadPiece: number,
): Promise<{ readonly up: number; readonly down: number; readonly grown: number }> {
  const hasher = new Hasher();
  for (const piece of pieces(size)) hasher.update(piece);
  const blob = { digest: hasher.digest(), size };
  await using server = await startDockerRegistry();
  const remote = openRemote({ kind: "registry", host: server.host, path: "me/large" }, {
    plainHttp: true,
    credentials: () => Promise.resolve(null),
    emit: () => {},
    userAgent: "mops/test",
    uploadPiece,
  });
  try {
    const before = Deno.memoryUsage().rss;
    let moved = 0;
    await remote.blobs.write(blob, source(size), { onBytes: (count) => moved += count });
    assert.equal(moved, size);
    const up = remote.requests();
    let received = 0;
    for await (const piece of await remote.blobs.read(blob)) received += piece.byteLength;
    assert.equal(received, size);
    return { up, down: remote.requests() - up, grown: (Deno.memoryUsage().rss - before) / MiB };
  } finally {
    remote.close();
  }
}

serverTest("64 MiB go up and come down in a stream, in one request each, with little memory", "docker-registry", async () => {
  const { up, down, grown } = await upAndDown(64 * MiB, 128 * MiB);
  assert.equal(up, 4, "HEAD, GET because of the first 404, POST, PUT");
  assert.equal(down, 1);
  assert.ok(grown < 150, `memory grew by ${grown.toFixed(0)} MiB`);
});

serverTest("192 MiB go up in two pieces, neither of them ever in memory", "docker-registry", async () => {
  const { up, grown } = await upAndDown(192 * MiB, 128 * MiB);
  assert.equal(up, 6, "HEAD, GET because of the first 404, POST, PATCH, PATCH, PUT");
  assert.ok(grown < 120, `memory grew by ${grown.toFixed(0)} MiB, less than one piece`);
});
