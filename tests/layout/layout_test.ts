/** What a layout promises beyond the contract of all remotes: its files, what other tools put there, damage, places it must not touch. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sourceOf } from "../../src/base/bytes.ts";
import { digestOf, digestParts, parseDigest } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { encodeManifest } from "../../src/bundle/manifest.ts";
import { OCI_EMPTY_TYPE, OCI_IMAGE_INDEX_TYPE, RAW_FILE_TYPE } from "../../src/bundle/media_types.ts";
import { temporaryName } from "../../src/disk/atomic_file.ts";
import { openLayout } from "../../src/layout/layout.ts";
import { bytesOf, leftovers, namesIn, newPlace, put, putFiles, readJson } from "./support.ts";

const fileOf = (directory: string, digest: string) => join(directory, "blobs", "sha256", digestParts(parseDigest(digest)).encoded);

Deno.test("asking a layout that does not exist makes nothing", async () => {
  using place = newPlace();
  assert.equal(await place.remote.resolve("latest"), null);
  assert.deepEqual(await place.remote.tags(), []);
  assert.equal(await place.remote.blobs.has({ digest: digestOf(bytesOf("x")), size: 1 }), false);
  assert.deepEqual(await place.remote.referrers(digestOf(bytesOf("x")), "t"), []);
  await assert.rejects(place.remote.removeTag("latest", "any"), (error) => isFailure(error, "not-found"));
  assert.deepEqual(namesIn(place.folder), []);
});

Deno.test("the first write makes a layout as image-layout.md has it, and an empty directory may become one", async () => {
  using place = newPlace();
  Deno.mkdirSync(place.directory);
  const manifest = await putFiles(place.remote, { "a.txt": "a" });
  await place.remote.setTag("v1", manifest, null);
  assert.deepEqual(namesIn(place.directory), ["blobs", "index.json", "oci-layout"]);
  assert.deepEqual(readJson(place.directory, "oci-layout"), { imageLayoutVersion: "1.0.0" });
  const { schemaVersion, mediaType, manifests } = readJson(place.directory, "index.json");
  assert.deepEqual([schemaVersion, mediaType], [2, OCI_IMAGE_INDEX_TYPE]);
  assert.equal(manifests.length, 1);
  assert.equal(manifests[0].digest, manifest.digest);
  assert.equal(manifests[0].size, manifest.bytes.byteLength);
  assert.equal(manifests[0].mediaType, manifest.mediaType);
  assert.equal(manifests[0].annotations["org.opencontainers.image.ref.name"], "v1");
});

Deno.test("blobs are read-only files named by their digest, and nothing else is left", async () => {
  using place = newPlace();
  const blob = await put(place.remote, "content");
  const info = Deno.statSync(fileOf(place.directory, blob.digest));
  assert.equal(info.mode! & 0o333, 0);
  assert.equal(info.mode! & 0o400, 0o400);
  assert.deepEqual(leftovers(place.directory), []);
});

Deno.test("a failed write leaves no temporary file", async () => {
  using place = newPlace();
  await put(place.remote, "first");
  const wanted = { digest: digestOf(bytesOf("wanted")), size: 6 };
  await assert.rejects(place.remote.blobs.write(wanted, sourceOf(bytesOf("other!"))), (error) => isFailure(error, "changed-underneath"));
  const failing = { size: 6, open: () => Promise.resolve(new ReadableStream({ pull: () => Promise.reject(new Error("broken")) })) };
  await assert.rejects(place.remote.blobs.write(wanted, failing), /broken/);
  assert.deepEqual(leftovers(place.directory), []);
});

Deno.test("what a killed writer left is taken away a day later, and not before", async () => {
  using place = newPlace();
  await put(place.remote, "first");
  const [old, young] = [temporaryName(), temporaryName()].map((name) => join(place.directory, "blobs", "sha256", name));
  for (const file of [old!, young!]) Deno.writeTextFileSync(file, "half");
  Deno.utimeSync(old!, new Date("2020-01-01"), new Date("2020-01-01"));
  await put(openLayout(place.directory, { emit: () => {} }), "second");
  assert.deepEqual(leftovers(place.directory), [young]);
});

Deno.test("a directory that holds something else is neither read nor written", async () => {
  using place = newPlace();
  Deno.mkdirSync(place.directory);
  Deno.writeTextFileSync(join(place.directory, "thesis.tex"), "mine");
  for (const work of [() => place.remote.resolve("latest"), () => place.remote.tags(), () => put(place.remote, "x")]) {
    await assert.rejects(work, (error) => isFailure(error, "not-a-bundle") && error.message.includes("thesis.tex"));
  }
  assert.deepEqual(namesIn(place.directory), ["thesis.tex"]);
});

Deno.test("an index.json that is somebody else's is not made part of a layout", async () => {
  using place = newPlace();
  Deno.mkdirSync(place.directory);
  Deno.writeTextFileSync(join(place.directory, "index.json"), "[1, 2]");
  await assert.rejects(put(place.remote, "x"), (error) => isFailure(error, "invalid") && error.message.includes("index.json"));
  assert.equal(namesIn(place.directory).includes("oci-layout"), false);
  assert.equal(Deno.readTextFileSync(join(place.directory, "index.json")), "[1, 2]");
});

Deno.test("a file where the directory should be is no layout", async () => {
  using place = newPlace();
  Deno.writeTextFileSync(place.directory, "a file");
  await assert.rejects(place.remote.resolve("latest"), (error) => isFailure(error, "not-a-bundle"));
  await assert.rejects(put(place.remote, "x"), (error) => isFailure(error, "not-a-bundle"));
  const below = openLayout(join(place.directory, "below"), { emit: () => {} });
  await assert.rejects(put(below, "x"), (error) => isFailure(error, "not-a-bundle"));
});

Deno.test("a parent that cannot be written is not-ready, and says what to look at", async () => {
  if (Deno.build.os !== "linux") return;
  const remote = openLayout("/sys/mops-test/repository", { emit: () => {} }); // refuses even root
  await assert.rejects(
    put(remote, "x"),
    (error) => isFailure(error, "not-ready") && error.hint !== undefined && error.message.includes("/sys/mops-test"),
  );
  assert.equal(await remote.resolve("latest"), null);
});

Deno.test("a layout of another version, and a mark that says none, are refused by name", async () => {
  using place = newPlace();
  Deno.mkdirSync(place.directory);
  Deno.writeTextFileSync(join(place.directory, "oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
  await assert.rejects(place.remote.resolve("v1"), (error) => isFailure(error, "unsupported") && error.message.includes("2.0.0"));
  for (const text of ["", "{}", "[]", "null", "not json"]) {
    Deno.writeTextFileSync(join(place.directory, "oci-layout"), text);
    await assert.rejects(place.remote.resolve("v1"), (error) => isFailure(error, "invalid") && error.message.includes("oci-layout"), text);
  }
});

Deno.test("an index.json that is none is invalid, named, and left as it is", async () => {
  using place = newPlace();
  const manifest = await putFiles(place.remote, { a: "a" });
  const file = join(place.directory, "index.json");
  for (
    const text of [
      "",
      "{",
      "[]",
      "null",
      '{"manifests":{}}',
      '{"manifests":[1]}',
      '{"manifests":[{}]}',
      '{"manifests":[{"digest":"x","annotations":[]}]}',
    ]
  ) {
    Deno.writeTextFileSync(file, text);
    for (const work of [() => place.remote.resolve("v1"), () => place.remote.tags(), () => place.remote.setTag("v1", manifest, null)]) {
      await assert.rejects(work, (error) => isFailure(error, "invalid") && error.message.includes(file), text);
    }
    assert.equal(Deno.readTextFileSync(file), text);
  }
  assert.deepEqual(leftovers(place.directory), []);
});

Deno.test("what other tools put into index.json survives every change", async () => {
  using place = newPlace();
  const [one, two] = [await putFiles(place.remote, { a: "one" }), await putFiles(place.remote, { a: "two" })];
  const foreign = [
    {
      mediaType: "application/x",
      digest: `sha512:${"a".repeat(128)}`,
      size: 7,
      platform: { os: "linux" },
      annotations: { "org.opencontainers.image.ref.name": "docker.io/library/x:1" },
    },
    {
      mediaType: "application/y",
      digest: one.digest,
      size: one.bytes.byteLength,
      data: "e30=",
      annotations: { note: "theirs" },
      "x-new": [1],
    },
  ];
  const file = join(place.directory, "index.json");
  Deno.writeTextFileSync(
    file,
    JSON.stringify({ schemaVersion: 2, annotations: { all: "of it" }, subject: null, manifests: foreign, extra: { a: 1 } }),
  );
  await place.remote.setTag("v1", one, null);
  await place.remote.setTag("v2", one, null);
  await place.remote.setTag("v1", two, one.digest);
  await place.remote.removeTag("v2", "any");
  const index = readJson(file);
  assert.deepEqual(index.annotations, { all: "of it" });
  assert.deepEqual(index.extra, { a: 1 });
  for (const entry of foreign) {
    assert.deepEqual(index.manifests.find(({ mediaType }: { mediaType: string }) => mediaType === entry.mediaType), entry);
  }
  assert.equal(index.manifests.length, 3);
  assert.deepEqual(await place.remote.tags(), ["v1"]);
  await assert.rejects(place.remote.resolve("docker.io/library/x:1"), (error) => isFailure(error, "unsupported"));
});

Deno.test("a manifest is listed once, however often it is written, tagged and untagged", async () => {
  using place = newPlace();
  const one = await putFiles(place.remote, { a: "one" });
  for (let round = 0; round < 3; round++) {
    await place.remote.writeManifest(one);
    await place.remote.setTag("a", one, "any");
    await place.remote.setTag("b", one, "any");
    await place.remote.removeTag("a", one.digest);
    await place.remote.removeTag("b", one.digest);
  }
  assert.equal(readJson(place.directory, "index.json").manifests.length, 1);
});

Deno.test("a manifest with a blob that is missing or damaged is not listed", async () => {
  using place = newPlace();
  const manifest = await putFiles(place.remote, { a: "some content" });
  const file = fileOf(place.directory, digestOf(bytesOf("some content")));
  Deno.truncateSync(file, 3);
  await assert.rejects(place.remote.writeManifest(manifest), (error) => isFailure(error, "not-found"));
  Deno.removeSync(file);
  await assert.rejects(place.remote.setTag("v1", manifest, null), (error) => isFailure(error, "not-found"));
  assert.deepEqual(readJson(place.directory, "index.json").manifests, []);
});

Deno.test("a blob that lost bytes counts as absent, is corrupt to read, and is replaced by the next write", async () => {
  using place = newPlace();
  const blob = await put(place.remote, "some content");
  const file = fileOf(place.directory, blob.digest);
  Deno.chmodSync(file, 0o644);
  Deno.truncateSync(file, 3);
  assert.equal(await place.remote.blobs.has(blob), false);
  await assert.rejects(readWhole(place.remote.blobs.read(blob)), (error) => isFailure(error, "corrupt"));
  await put(place.remote, "some content");
  assert.equal(Deno.readTextFileSync(file), "some content");
});

for (const size of [1_000, 3_000_000]) {
  Deno.test(`one flipped bit in a blob of ${size} bytes never reaches the end of a read`, async () => {
    using place = newPlace();
    const bytes = new Uint8Array(size).fill(65);
    const blob = { digest: digestOf(bytes), size };
    await place.remote.blobs.write(blob, sourceOf(bytes));
    const file = fileOf(place.directory, blob.digest);
    Deno.chmodSync(file, 0o644);
    bytes[size - 1]! ^= 1;
    Deno.writeFileSync(file, bytes);
    await assert.rejects(
      readWhole(place.remote.blobs.read(blob)),
      (error) => isFailure(error, "corrupt") && error.message.includes(blob.digest),
    );
  });
}

Deno.test("a listed manifest that is gone is passed over with a warning when referrers are looked for", async () => {
  using place = newPlace();
  const one = await putFiles(place.remote, { a: "one" });
  await place.remote.setTag("v1", one, null);
  const index = readJson(place.directory, "index.json");
  const lost = `sha256:${"0".repeat(64)}`;
  index.manifests.push({ mediaType: "application/vnd.oci.image.manifest.v1+json", digest: lost, size: 10 });
  Deno.writeTextFileSync(join(place.directory, "index.json"), JSON.stringify(index));
  assert.deepEqual(await place.remote.referrers(one.digest, "test/record"), []);
  assert.ok(place.events.some((event) => event.kind === "warning" && event.message.includes(lost)));
});

Deno.test("referrers that another tool listed are found without our annotation, and by the config's type where no artifact type is given", async () => {
  using place = newPlace();
  const one = await putFiles(place.remote, { a: "one" });
  const config = { mediaType: OCI_EMPTY_TYPE, ...await put(place.remote, "{}") };
  const typed = encodeManifest({ artifactType: "test/record", config, layers: [], subject: subjectOf(one) });
  const byConfig = encodeManifest({
    config: { ...config, mediaType: "test/record" },
    layers: [{ ...config, mediaType: RAW_FILE_TYPE }],
    subject: subjectOf(one),
  });
  for (const manifest of [typed, byConfig]) await place.remote.writeManifest(manifest);
  const index = readJson(place.directory, "index.json");
  for (const listed of index.manifests) {
    delete listed.annotations;
    delete listed.artifactType;
  }
  Deno.writeTextFileSync(join(place.directory, "index.json"), JSON.stringify(index));
  const found = await openLayout(place.directory, { emit: () => {} }).referrers(one.digest, "test/record");
  assert.deepEqual(found.map(({ digest }) => digest).sort(), [typed.digest, byConfig.digest].sort());
});

function subjectOf(manifest: { mediaType: string; digest: ReturnType<typeof parseDigest>; bytes: Uint8Array }) {
  return { mediaType: manifest.mediaType, digest: manifest.digest, size: manifest.bytes.byteLength };
}

async function readWhole(stream: Promise<ReadableStream<Uint8Array>>): Promise<number> {
  let size = 0;
  for await (const piece of await stream) size += piece.byteLength;
  return size;
}

Deno.test("a layout that lost its file oci-layout says so, and what makes it good; one that was never used is made whole", async () => {
  const directory = Deno.makeTempDirSync();
  const mark = join(directory, "oci-layout");
  try {
    const index = new TextEncoder().encode("{}");
    const config = { mediaType: "application/x.test", digest: digestOf(index), size: index.byteLength };
    const manifest = encodeManifest({ config, layers: [] });
    await openLayout(directory, { emit: () => {} }).blobs.write(config, sourceOf(index));
    Deno.removeSync(mark); // as a process leaves it that died before it wrote the last file
    const remote = openLayout(directory, { emit: () => {} });
    assert.deepEqual(await remote.tags(), []);
    await remote.blobs.write(config, sourceOf(index));
    await remote.setTag("v1", manifest, null);
    Deno.removeSync(mark);
    const again = openLayout(directory, { emit: () => {} });
    let hint = "";
    for (
      const work of [
        () => again.resolve("v1"),
        () => again.tags(),
        () => again.setTag("v2", manifest, null),
        () => again.readManifest(manifest.digest),
      ]
    ) {
      await assert.rejects(
        work,
        (error) => isFailure(error, "corrupt") && /no file oci-layout/.test(error.message) && (hint = error.hint!) !== "",
      );
    }
    const [command] = hint.split("   (");
    assert.ok(new Deno.Command("bash", { args: ["-c", command!] }).outputSync().success);
    assert.equal(await openLayout(directory, { emit: () => {} }).resolve("v1"), manifest.digest);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});

Deno.test("a layout that lost its index.json is damaged, not empty: nothing is read from it, and nothing is written over it", async () => {
  const directory = Deno.makeTempDirSync();
  try {
    const remote = openLayout(directory, { emit: () => {} });
    const index = new TextEncoder().encode("{}");
    const config = { mediaType: "application/x.test", digest: digestOf(index), size: index.byteLength };
    const manifest = encodeManifest({ config, layers: [] });
    await remote.blobs.write(config, sourceOf(index));
    await remote.setTag("v1", manifest, null);
    Deno.removeSync(join(directory, "index.json"));
    const again = openLayout(directory, { emit: () => {} });
    for (const work of [() => again.resolve("v1"), () => again.tags(), () => again.setTag("v2", manifest, null)]) {
      await assert.rejects(work, (error) => isFailure(error, "corrupt") && error.hint !== undefined);
    }
    assert.equal([...Deno.readDirSync(directory)].some(({ name }) => name === "index.json"), false);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
});
