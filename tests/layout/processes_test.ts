/** Many real processes on one layout: no update is lost, nobody sees half of anything, and killed ones do not stop the others. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { readAll } from "../../src/base/bytes.ts";
import type { Remote } from "../../src/bundle/content.ts";
import { decodeManifest } from "../../src/bundle/manifest.ts";
import { leftovers, newPlace } from "./support.ts";

const WRITER = fileURLToPath(new URL("./writer_process.ts", import.meta.url));

function writer(directory: string, name: string, rounds: number): Deno.ChildProcess {
  const args = ["run", "--no-check", "-A", WRITER, directory, name, String(rounds)];
  return new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "piped" }).spawn();
}

Deno.test("eight processes that make and change one layout at once lose nothing", async () => {
  using place = newPlace();
  const [writers, rounds] = [8, 5];
  const outcomes = await Promise.all(
    Array.from({ length: writers }, (_, number) => writer(place.directory, `w${number}`, rounds).output()),
  );
  for (const { success, stderr } of outcomes) assert.ok(success, new TextDecoder().decode(stderr));
  const tags = await place.remote.tags();
  assert.equal(tags.length, writers * rounds + 1);
  assert.equal((await chainOf(place.remote)).length, writers * rounds, "every move of the tag stands in the chain");
  assert.deepEqual(leftovers(place.directory), []);
});

Deno.test("killed writers leave a layout that is whole, and that the next writer changes", async () => {
  using place = newPlace();
  for (const pause of [350, 450, 600]) {
    const victims = [1, 2, 3].map((number) => writer(place.directory, `k${pause}-${number}`, 1000));
    await new Promise((resume) => setTimeout(resume, pause));
    for (const victim of victims) victim.kill("SIGKILL");
    await Promise.all(victims.map((victim) => victim.output()));
    await chainOf(place.remote);
    for (const tag of await place.remote.tags()) await whole(place.remote, (await place.remote.resolve(tag))!);
  }
  const { success, stderr } = await writer(place.directory, "last", 2).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  assert.ok((await place.remote.tags()).includes("last-1"));
});

/** From the tag backwards, through what each artifact says was there before. */
async function chainOf(remote: Remote): Promise<string[]> {
  const chain: string[] = [];
  let digest: string | null = await remote.resolve("chain");
  while (digest !== null) {
    chain.push(digest);
    const [before] = await whole(remote, digest);
    digest = before === undefined || before === "" ? null : before;
  }
  return chain;
}

/** The texts of an artifact's files, all verified. */
async function whole(remote: Remote, digest: string): Promise<string[]> {
  const { bytes } = await remote.readManifest(digest as Parameters<Remote["readManifest"]>[0]);
  const texts: string[] = [];
  for (const layer of decodeManifest(bytes, digest).layers) {
    texts.push(new TextDecoder().decode(await readAll(await remote.blobs.read(layer), layer.size, "a layer")));
  }
  return texts;
}
