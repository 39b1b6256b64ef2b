/** What a push asks of a real registry, request by request. */
import assert from "node:assert/strict";
import { openRemote } from "../../src/remote/open_remote.ts";
import { Relay } from "../support/relay.ts";
import { serverTest, startDockerRegistry } from "../support/servers.ts";
import { Site } from "../support/site.ts";
import { writeFile } from "../support/worlds.ts";

for (const files of [10, 60]) {
  const name = `a first push of ${files} files into a new repository asks for no blob: two requests each, and a few for the rest`;
  serverTest(name, "docker-registry", () => firstPush(files));
}

async function firstPush(number: number): Promise<void> {
  using site = new Site();
  await using registry = await startDockerRegistry();
  await using relay = new Relay(registry.host);
  const log: string[] = [];
  relay.set(({ method, at }) => {
    const what = /\/(blobs\/uploads|blobs|manifests|referrers|tags)\//.exec(at)?.[1] ?? at;
    log.push(`${method} ${what}`);
    return null;
  });
  const remote = openRemote({ kind: "registry", host: relay.host, path: "lab/new" }, {
    plainHttp: true,
    credentials: () => Promise.resolve(null),
    emit: () => {},
    userAgent: "mops/test",
  });
  try {
    const files = Object.fromEntries(Array.from({ length: number }, (_, i) => [`data/${i}.csv`, `${i}\n`]));
    const ann = await site.project("ann", files);
    const { uploaded } = await site.push(ann, {}, { remote });
    const count = (line: string) => log.filter((one) => one === line).length;
    const record = count("POST blobs/uploads") - uploaded.blobs;
    assert.ok(uploaded.blobs >= number && record >= 0 && record <= 2, `${uploaded.blobs} blobs, ${record} of the push record`);
    assert.equal(count("PUT blobs/uploads"), uploaded.blobs + record);
    assert.equal(count("HEAD blobs") + count("GET blobs"), 0, log.join("\n"));
    const rest = log.length - 2 * (uploaded.blobs + record);
    assert.ok(rest <= 12, `${rest} other requests: ${log.filter((line) => !line.includes("uploads")).join(", ")}`);

    log.length = 0;
    const again = await site.push(ann, {}, { remote });
    assert.equal(again.uploaded.blobs, 0);
    assert.ok(log.length <= 3, `a push with nothing changed: ${log.join(", ")}`);

    log.length = 0;
    for (const i of [3, 4, 5]) writeFile(ann, `data/${i}.csv`, `${i}, changed\n`);
    const changed = await site.push(ann, {}, { remote });
    const begun = count("POST blobs/uploads") - changed.uploaded.blobs;
    assert.ok(begun >= 0 && begun <= record, `${begun} of the push record`);
    assert.ok(log.length <= 30, `a push with three files changed: ${log.join(", ")}`);
  } finally {
    remote.close();
  }
}
