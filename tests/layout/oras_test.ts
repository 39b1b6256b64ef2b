/** Layouts are common property: oras reads what we write, and we read what oras writes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { readAll } from "../../src/base/bytes.ts";
import { decodeManifest } from "../../src/bundle/manifest.ts";
import { encodePushRecord } from "../../src/bundle/push_record.ts";
import { PUSH_RECORD_TYPE } from "../../src/bundle/media_types.ts";
import { serverPath, serverTest } from "../support/servers.ts";
import { bytesOf, leftovers, newPlace, put, putFiles, readJson } from "./support.ts";

async function oras(folder: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(serverPath("oras")!, { args, cwd: folder }).output();
  const text = new TextDecoder().decode(stdout);
  assert.ok(success, `oras ${args.join(" ")}: ${new TextDecoder().decode(stderr)}${text}`);
  return text;
}

const withOras = (sentence: string, test: () => Promise<void>): void => serverTest(sentence, "oras", test);

const record = (bundle: ReturnType<typeof digestOf>) => ({
  bundle,
  tag: "v1",
  time: "2026-01-02T03:04:05Z",
  author: "ana",
  tool: "mops 0.1.0",
  previous: { bundle: null, record: null },
  git: null,
  message: "first",
});

withOras("oras pulls every file of a bundle in a layout of ours, by tag and by digest", async () => {
  using place = newPlace();
  const files = { "models/seir.py": "class SEIR: ...\n", "data/ä ö.csv": "a,b\n1,2\n", "empty.txt": "" };
  const manifest = await putFiles(place.remote, files);
  await place.remote.setTag("v1", manifest, null);
  for (const [name, reference] of [["tag", `${place.directory}:v1`], ["digest", `${place.directory}@${manifest.digest}`]]) {
    await oras(place.folder, "pull", "--oci-layout", reference!, "-o", name!);
    for (const [path, text] of Object.entries(files)) assert.equal(Deno.readTextFileSync(join(place.folder, name!, path)), text);
  }
});

withOras("oras discovers our push records, lists our tags and copies our layout whole", async () => {
  using place = newPlace();
  const manifest = await putFiles(place.remote, { a: "one" });
  await place.remote.setTag("v1", manifest, null);
  const { manifest: push, blobs } = encodePushRecord(record(manifest.digest), { digest: manifest.digest, size: manifest.bytes.byteLength });
  for (const { bytes } of blobs) await put(place.remote, new TextDecoder().decode(bytes));
  await place.remote.writeManifest(push);
  const found = JSON.parse(await oras(place.folder, "discover", "--oci-layout", `${place.directory}:v1`, "--format", "json"));
  assert.equal(found.referrers[0].digest, push.digest);
  assert.equal(found.referrers[0].artifactType, PUSH_RECORD_TYPE);
  assert.deepEqual((await oras(place.folder, "repo", "tags", "--oci-layout", place.directory)).trim().split("\n"), ["v1"]);
  await oras(place.folder, "cp", "-r", "--from-oci-layout", `${place.directory}:v1`, "--to-oci-layout", "copy:v2");
  assert.equal(
    readJson(place.folder, "copy", "index.json").manifests.some(({ digest }: { digest: string }) => digest === push.digest),
    true,
  );
});

withOras("a layout that oras wrote is read, its referrers found, and pushed into by both in turn", async () => {
  using place = newPlace();
  Deno.writeTextFileSync(join(place.folder, "a.txt"), "theirs\n");
  await oras(place.folder, "push", "--oci-layout", "repository:theirs", "a.txt:text/plain");
  const digest = await place.remote.resolve("theirs");
  assert.ok(digest !== null);
  const manifest = decodeManifest((await place.remote.readManifest(digest)).bytes, "theirs");
  const layer = manifest.layers[0]!;
  assert.deepEqual(await readAll(await place.remote.blobs.read(layer), layer.size, "layer"), bytesOf("theirs\n"));
  await oras(place.folder, "attach", "--oci-layout", "repository:theirs", "--artifact-type", "test/note", "--annotation", "k=v", "a.txt");
  const [referrer] = await place.remote.referrers(digest, "test/note");
  assert.equal(referrer!.annotations?.k, "v");

  const ours = await putFiles(place.remote, { b: "ours" });
  await place.remote.setTag("ours", ours, null);
  await oras(place.folder, "tag", "--oci-layout", "repository:ours", "both");
  await oras(place.folder, "push", "--oci-layout", "repository:more", "a.txt:text/plain");
  assert.deepEqual(await place.remote.tags(), ["both", "more", "ours", "theirs"]);
  assert.equal(await place.remote.resolve("both"), ours.digest);
  await place.remote.setTag("both", await place.remote.readManifest(digest), ours.digest);
  await oras(place.folder, "pull", "--oci-layout", "repository:both", "-o", "out");
  assert.equal(Deno.readTextFileSync(join(place.folder, "out", "a.txt")), "theirs\n");
  assert.deepEqual(leftovers(place.directory), []);
});
