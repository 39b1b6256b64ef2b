/** Answers that are no answers: web pages of portals, bodies without end, floods of words. Each ends, and is told as what it is. */
import assert from "node:assert/strict";
import { readAll, sourceOf } from "../../../src/base/bytes.ts";
import { digestOf } from "../../../src/base/digest.ts";
import { type Failure, type FailureCode, isFailure } from "../../../src/base/failure.ts";
import { encodeManifest } from "../../../src/bundle/manifest.ts";
import { INDEX_TYPE, OCI_MANIFEST_TYPE } from "../../../src/bundle/media_types.ts";
import { type Client, client, json, PASSWORD, refusal, serve } from "../../support/scripted_server.ts";

const BYTES = new TextEncoder().encode("some bytes\n");
const BLOB = { digest: digestOf(BYTES), size: BYTES.byteLength };
const MANIFEST = encodeManifest({ config: { mediaType: INDEX_TYPE, ...BLOB }, layers: [] });
const HTML = "<!DOCTYPE html>\n<html><body>Log in to Campus WLAN</body></html>";

/** Everything that a remote is asked, and what must become of it where every answer is the same. */
const VERBS: readonly (readonly [name: string, ask: (it: Client) => Promise<unknown>, codes: readonly FailureCode[]])[] = [
  ["resolve", (it) => it.remote.resolve("v1"), ["remote-error"]],
  ["read a manifest", (it) => it.remote.readManifest(MANIFEST.digest), ["remote-error", "corrupt"]],
  ["write a manifest", (it) => it.remote.writeManifest(MANIFEST), ["remote-error"]],
  ["set a tag", (it) => it.remote.setTag("v1", MANIFEST, null), ["remote-error"]],
  ["remove a tag", (it) => it.remote.removeTag("v1", "any"), ["remote-error"]],
  ["list tags", (it) => it.remote.tags(), ["remote-error"]],
  ["list referrers", (it) => it.remote.referrers(MANIFEST.digest, "test/record"), ["remote-error"]],
  ["look for a blob", (it) => it.remote.blobs.has(BLOB), ["remote-error", "corrupt"]],
  ["write a blob", (it) => it.remote.blobs.write(BLOB, sourceOf(BYTES)), ["remote-error"]],
  ["read a blob", async (it) => await readAll(await it.remote.blobs.read(BLOB), BLOB.size, "blob"), ["remote-error", "corrupt"]],
];

async function failsWith(work: Promise<unknown>, codes: readonly FailureCode[], what: string): Promise<Failure> {
  try {
    const found = await work;
    assert.fail(`${what} should fail, and gave ${Deno.inspect(found)}`);
  } catch (error) {
    if (!isFailure(error)) throw error;
    assert.ok(codes.includes(error.code), `${what}: ${error.code} instead of ${codes.join(" or ")}: ${error.message}`);
    return error;
  }
}

for (const [name, ask, codes] of VERBS) {
  Deno.test(`a web page with status 200 instead of a registry: ${name} fails as that`, async () => {
    await using server = serve(() => new Response(HTML, { headers: { "content-type": "text/html; charset=utf-8" } }));
    using it = client(server, { credential: PASSWORD });
    await failsWith(ask(it), codes, name);
    assert.ok(server.seen.length <= 4, `${server.seen.length} requests`);
  });

  Deno.test(`a web page with a server error: ${name} fails as that, and quotes no markup`, async () => {
    await using server = serve(() => new Response(HTML, { status: 500, headers: { "content-type": "text/html" } }));
    using it = client(server, { attempts: 2 });
    const { message } = await failsWith(ask(it), ["remote-error"], name);
    assert.doesNotMatch(message, /[<>]/);
  });

  Deno.test(`a refusal that never ends: ${name} reads a little of it`, async () => {
    let given = 0;
    await using server = serve(({ method }) => {
      if (method === "HEAD") return new Response(null, { status: 418 });
      const body = new ReadableStream({
        pull(controller) {
          given++;
          controller.enqueue(new Uint8Array(64 * 1024).fill(65));
        },
      }, { highWaterMark: 0 });
      return new Response(body, { status: 418 });
    });
    using it = client(server);
    const { message } = await failsWith(ask(it), ["remote-error"], name);
    assert.ok(message.length < 600, `${message.length} characters`);
    assert.ok(given < 400, `${given} pieces of 64 KiB were taken`);
  });
}

Deno.test("lists that never end are cut off: tags, referrers, tokens", async () => {
  let given = 0;
  const endless = (start: string, headers: Record<string, string>) =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
        pull(controller) {
          given++;
          controller.enqueue(new TextEncoder().encode(`"${"a".repeat(64 * 1024)}",`));
        },
      }, { highWaterMark: 0 }),
      { headers },
    );
  await using server = serve(({ at }) =>
    at.includes("/tags/")
      ? endless('{"tags":[', { "content-type": "application/json" })
      : at.includes("/referrers/")
      ? endless('{"manifests":[', { "content-type": "application/vnd.oci.image.index.v1+json" })
      : at.startsWith("/token")
      ? endless('{"token":[', { "content-type": "application/json" })
      : at.includes("/manifests/sha256-")
      ? null
      : refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": `Bearer realm="${server.url}/token"` })
  );
  using it = client(server);
  await failsWith(it.remote.tags(), ["remote-error"], "tags");
  assert.deepEqual(await it.remote.referrers(MANIFEST.digest, "test/record"), []);
  await failsWith(it.remote.resolve("v1"), ["remote-error"], "a token");
  assert.ok(given < 2000, `${given} pieces of 64 KiB`);
});

Deno.test("JSON of any other shape is a remote error or an empty list, and never a crash", async () => {
  for (
    const value of [null, 1, "x", [], {}, { tags: 1 }, { tags: [1, null, {}] }, { manifests: {} }, {
      manifests: [null, 1, { digest: "x" }],
    }, { errors: 1 }]
  ) {
    for (const status of [200, 404, 418]) {
      await using server = serve(() => json(value, { status }));
      using it = client(server, { attempts: 1 });
      for (const [, ask] of VERBS) {
        try {
          await ask(it);
        } catch (error) {
          if (!isFailure(error) || error.code === "bug") throw error;
        }
      }
    }
  }
});

Deno.test("a manifest that says it is small and never ends is cut off at our own bound", async () => {
  await using server = serve(({ method }) =>
    new Response(method === "HEAD" ? null : new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1024 * 1024)) }), {
      headers: { "content-type": OCI_MANIFEST_TYPE },
    })
  );
  using it = client(server);
  await failsWith(it.remote.readManifest(MANIFEST.digest), ["corrupt"], "a manifest");
});
