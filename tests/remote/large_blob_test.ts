/** A blob that is never in memory as a whole, up and down, with a real registry. */
import assert from "node:assert/strict";
import type { ByteSource } from "../../src/base/bytes.ts";
import { Hasher } from "../../src/base/digest.ts";
import { openRemote } from "../../src/remote/open_remote.ts";
import { serverTest, startDockerRegistry } from "../support/servers.ts";

const PIECE = 65_536;
const PIECES = 1024;
const SIZE = PIECE * PIECES; // 64 MiB

function* pieces(): Generator<Uint8Array<ArrayBuffer>> {
  for (let number = 0; number < PIECES; number++) yield new Uint8Array(PIECE).fill(number);
}

function source(): ByteSource {
  return {
    size: SIZE,
    open: () => {
      const next = pieces();
      const pull = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) => {
        const { done, value } = next.next();
        if (done) controller.close();
        else controller.enqueue(value);
      };
      return Promise.resolve(new ReadableStream({ pull }, { highWaterMark: 0 }));
    },
  };
}

serverTest("64 MiB go up and come down in a stream, in one request each, with little memory", "docker-registry", async () => {
  const hasher = new Hasher();
  for (const piece of pieces()) hasher.update(piece);
  const blob = { digest: hasher.digest(), size: SIZE };
  await using server = await startDockerRegistry();
  const remote = openRemote({ kind: "registry", host: server.host, path: "me/large" }, {
    plainHttp: true,
    credentials: () => Promise.resolve(null),
    emit: () => {},
    userAgent: "mops/test",
  });
  try {
    const before = Deno.memoryUsage().rss;
    let moved = 0;
    await remote.blobs.write(blob, source(), { onBytes: (count) => moved += count });
    assert.equal(moved, SIZE);
    assert.equal(remote.requests(), 4, "HEAD, GET because of the first 404, POST, PUT");
    let received = 0;
    for await (const piece of await remote.blobs.read(blob)) received += piece.byteLength;
    assert.equal(received, SIZE);
    assert.equal(remote.requests(), 5);
    const grown = (Deno.memoryUsage().rss - before) / 1024 / 1024;
    assert.ok(grown < 150, `memory grew by ${grown.toFixed(0)} MiB`);
  } finally {
    remote.close();
  }
});
