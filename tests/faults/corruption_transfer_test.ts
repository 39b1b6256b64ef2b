/**
 * What helps transfers to go on, damaged in every way: beginnings of big files, the uploads that were begun, how hosts want them, and the
 * mark of a push. All of it is a help and no more: what arrives is right, and no command fails for it.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestParts } from "../../src/base/digest.ts";
import { beginSending } from "../../src/flows/sending_mark.ts";
import { HashThreads } from "../../src/disk/hash_behind.ts";
import { describeMyself } from "../../src/disk/owner.ts";
import { openHostMemory } from "../../src/settings/host_memory.ts";
import { fetchBigFile } from "../../src/worktree/fetch_big_file.ts";
import { metaPath } from "../../src/worktree/project.ts";
import { openUploadJournal } from "../../src/worktree/upload_journal.ts";
import { made, MiB, Sessions } from "../remote/rules/sessions.ts";
import { client, serve } from "../support/scripted_server.ts";
import { Site, textOf } from "../support/site.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import { type Damage, DAMAGES } from "./damaged_place.ts";
import { MemoryRegistry } from "./memory_registry.ts";
import { openRemote } from "../../src/remote/open_remote.ts";

const ROUNDS = cases(2, 50);

/** Damages one file, keeping its times: how old it is says who may use it. */
function damageFile(path: string, damage: Damage, chance: Chance): void {
  const { mtime } = Deno.lstatSync(path);
  const bytes = Deno.readFileSync(path);
  if (bytes.length > 0) Deno.writeFileSync(path, damage.apply(bytes, chance));
  Deno.utimeSync(path, mtime!, mtime!);
}

Deno.test("a beginning of a big file, or the name of its owner, that is damaged: the file is right all the same", async () => {
  using hashing = new HashThreads();
  const begun = performance.now();
  const chance = new Chance();
  const { bytes, blob } = made(300_000);
  let tried = 0, wentOn = 0;
  for (const damage of DAMAGES) {
    for (let round = 0; round < ROUNDS * 2; round++) {
      using site = new Site();
      const partials = join(site.place, "partials");
      Deno.mkdirSync(partials);
      const token = crypto.randomUUID();
      const owner = join(partials, `${token}.json`);
      const partial = join(partials, `${digestParts(blob.digest).encoded}.${token}`);
      Deno.writeTextFileSync(owner, JSON.stringify({ ...describeMyself("mops"), token, pid: 999_999_999, born: "elsewhen/1" }));
      Deno.writeFileSync(partial, bytes.subarray(0, 200_000));
      const long = new Date(Date.now() - 3600_000);
      Deno.utimeSync(partial, long, long);
      damageFile(round % 2 === 0 ? partial : owner, damage, chance);
      const asked: number[] = [];
      await fetchBigFile(join(site.place, "big"), blob, {
        partials,
        hashing,
        what: "big",
        readPart(_, { offset, length }) {
          asked.push(offset);
          return Promise.resolve(new Blob([bytes.subarray(offset, offset + length)]).stream());
        },
      });
      assert.deepEqual(Deno.readFileSync(join(site.place, "big")), bytes, `${damage.name}, seed ${chance.seed}`);
      assert.ok(asked.length <= 2, `${damage.name} asks ${asked}`);
      if (asked.length === 1 && asked[0]! > 0) wentOn++;
      tried++;
    }
  }
  assert.ok(wentOn >= DAMAGES.length, "with whatever owner, what is right is gone on with");
  tellTried("corruption, partials", { cases: tried, "gone on with": wentOn }, begun, chance);
});

Deno.test("uploads.json and hosts.json that are damaged: the blob arrives whole", async () => {
  const begun = performance.now();
  const chance = new Chance();
  const { blob, source } = made(3 * MiB);
  const now = () => "2026-01-01T00:00:00Z";
  let tried = 0;
  for (const damage of DAMAGES) {
    for (let round = 0; round < ROUNDS * 2; round++) {
      using site = new Site();
      const project = { root: site.place };
      Deno.mkdirSync(metaPath(project, "."));
      const sessions = new Sessions();
      await using server = serve((seen) => sessions.answer(seen));
      const hosts = openHostMemory(site.place, now);
      hosts.keep(server.host, { wholeUpTo: MiB, takesPieces: true, piece: MiB });
      const stop = new AbortController();
      let moved = 0;
      const cut = client(server, { uploads: openUploadJournal(project, now), hosts });
      const writing = cut.remote.blobs.write(blob, source, {
        signal: stop.signal,
        onBytes: (count) => (moved += count) >= 2 * MiB && stop.abort(),
      });
      await assert.rejects(writing);
      cut.remote.close();
      const file = round % 2 === 0 ? metaPath(project, "uploads.json") : join(site.place, "mops", "hosts.json");
      damageFile(file, damage, chance);
      using it = client(server, { uploads: openUploadJournal(project, now), hosts: openHostMemory(site.place, now) });
      await it.remote.blobs.write(blob, source);
      assert.equal(sessions.stored.get(blob.digest), blob.size, `${damage.name} of ${file}, seed ${chance.seed}`);
      tried++;
    }
  }
  tellTried("corruption, uploads.json and hosts.json", { cases: tried }, begun, chance);
});

Deno.test("the mark of a push that is damaged: everything is there afterwards", async () => {
  const begun = performance.now();
  const chance = new Chance();
  let tried = 0;
  for (const damage of DAMAGES) {
    await using registry = new MemoryRegistry();
    using site = new Site();
    const path = `lab/n${tried++}`;
    const remote = () =>
      openRemote({ kind: "registry", host: registry.host, path }, {
        plainHttp: true,
        credentials: () => Promise.resolve(null),
        emit: () => {},
        userAgent: "mops/test",
      });
    const files = Object.fromEntries([1, 2, 3, 4, 5].map((number) => [`${number}.txt`, `${path} ${number}\n`]));
    const ann = await site.project("ann", files);
    beginSending(ann, `${registry.host}/${path}`);
    damageFile(metaPath(ann, "sending"), damage, chance);
    using opened = { remote: remote(), [Symbol.dispose]: () => opened.remote.close() };
    await site.push(ann, {}, opened);
    const { project: ben } = await site.clone("ben", {}, opened);
    for (const [name, text] of Object.entries(files)) assert.equal(textOf(ben, name), text, `${damage.name}, seed ${chance.seed}`);
  }
  tellTried("corruption, sending", { cases: tried }, begun, chance);
});
