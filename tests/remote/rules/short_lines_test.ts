/** Lines that are cut before a piece is through: pieces become so small that one gets through between two cuts. */
import assert from "node:assert/strict";
import { FaultProxy } from "../../support/fault_proxy.ts";
import { client, refusal, type Seen, serve } from "../../support/scripted_server.ts";
import { made, MiB, Sessions } from "./sessions.ts";

/** What a registry does whose client goes away in the middle of a piece: it keeps nothing of the piece, or not even a session in which there is nothing yet. */
const MANNERS: Readonly<Record<string, (sessions: Sessions, seen: Seen) => Response | null>> = {
  "forgets a piece that was cut": (sessions, seen) => sessions.answer(seen),
  "forgets the session that holds nothing yet": (sessions, seen) => {
    const size = sessions.size(seen.at);
    return seen.method === "GET" && size === 0 ? refusal(404, "BLOB_UPLOAD_UNKNOWN", "no such session") : sessions.answer(seen);
  },
};

for (const [manner, answer] of Object.entries(MANNERS)) {
  for (const size of [20, 70]) shortLine(size, manner, answer);
}

/** @param size MiB: below 64 the first tries are one PUT */
function shortLine(size: number, manner: string, answer: typeof MANNERS[string]): void {
  Deno.test(`a line that is cut every 3 MB brings ${size} MiB up, though the registry ${manner}`, async () => {
    const sessions = new Sessions();
    await using server = serve((seen) => answer(sessions, seen));
    await using proxy = await FaultProxy.before(server.host);
    const { blob, source } = made(size * MiB);
    using it = client({ host: proxy.host });
    proxy.set({ kind: "cut", way: "up", at: 3_000_000, again: 3_000_000 });
    await it.remote.blobs.write(blob, source);
    assert.equal(sessions.stored.get(blob.digest), size * MiB);
    assert.ok(proxy.struck >= size / 3, `cut ${proxy.struck} times`);
    assert.ok(proxy.moved.up < 3 * size * MiB, `${proxy.moved.up} bytes went up for ${size} MiB`);
  });
}
