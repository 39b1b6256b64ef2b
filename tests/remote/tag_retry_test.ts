/** A tag is looked at again before every try to move or remove it: what somebody puts there between two tries of ours stays. */
import assert from "node:assert/strict";
import { digestOf } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import type { EncodedManifest } from "../../src/bundle/content.ts";
import { encodeManifest } from "../../src/bundle/manifest.ts";
import { INDEX_TYPE } from "../../src/bundle/media_types.ts";
import { client, refusal, type Script, serve } from "../support/scripted_server.ts";

function manifest(name: string): EncodedManifest {
  return encodeManifest({
    config: { mediaType: INDEX_TYPE, digest: digestOf(new TextEncoder().encode(name)), size: name.length },
    layers: [],
  });
}

const [ONE, OURS, THEIRS] = [manifest("one"), manifest("ours"), manifest("theirs")];

/** One tag; its first PUT or DELETE is answered by `first`, while somebody else is at work. */
function registry(held: EncodedManifest | null, first: (tag: { held: EncodedManifest | null }) => Response) {
  const tag = { held };
  const tries = { count: 0 };
  const script: Script = (seen) => {
    if (seen.at === "/v2/") return new Response();
    if (!seen.at.startsWith("/v2/me/model/manifests/")) return null;
    if (seen.method === "PUT" || seen.method === "DELETE") {
      if (tries.count++ === 0) return first(tag);
      tag.held = seen.method === "PUT" ? OURS : null;
      return new Response(null, { status: seen.method === "PUT" ? 201 : 202 });
    }
    const found = seen.at.endsWith("/v1") ? tag.held : [ONE, OURS, THEIRS].find(({ digest }) => seen.at.endsWith(digest)) ?? null;
    if (found === null) return refusal(404, "MANIFEST_UNKNOWN", "no");
    const headers = { "content-type": found.mediaType, "docker-content-digest": found.digest };
    return new Response(seen.method === "HEAD" ? null : found.bytes, { headers });
  };
  return { tag, tries, script };
}

Deno.test("a tag that somebody moved while the registry asked for patience is not put over theirs", async () => {
  const { tag, tries, script } = registry(ONE, (tag) => {
    tag.held = THEIRS;
    return refusal(429, "TOOMANYREQUESTS", "wait", { "retry-after": "60" });
  });
  await using server = serve(script);
  using it = client(server);
  await assert.rejects(
    it.remote.setTag("v1", OURS, ONE.digest),
    (error) => isFailure(error, "tag-moved") && error.facts.found === THEIRS.digest,
  );
  assert.deepEqual([tag.held, tries.count], [THEIRS, 1]);
});

Deno.test("a tag that was set, whose answer was lost, and that somebody moved on since then is not set back", async () => {
  const { tag, tries, script } = registry(null, (tag) => {
    tag.held = THEIRS; // ours was there, and theirs came after it
    return refusal(502, "UNKNOWN", "bad gateway");
  });
  await using server = serve(script);
  using it = client(server);
  await assert.rejects(it.remote.setTag("v1", OURS, null), (error) => isFailure(error, "tag-moved"));
  assert.deepEqual([tag.held, tries.count], [THEIRS, 1]);
});

Deno.test("a tag that was set, though the answer was lost, is set: there is nothing to send again", async () => {
  const { tag, tries, script } = registry(ONE, (tag) => {
    tag.held = OURS;
    return refusal(502, "UNKNOWN", "bad gateway");
  });
  await using server = serve(script);
  using it = client(server);
  await it.remote.setTag("v1", OURS, ONE.digest);
  assert.deepEqual([tag.held, tries.count], [OURS, 1]);
});

Deno.test("a tag that could not be set for a moment is set by the next try", async () => {
  const { tag, tries, script } = registry(ONE, () => refusal(503, "UNAVAILABLE", "soon"));
  await using server = serve(script);
  using it = client(server);
  await it.remote.setTag("v1", OURS, ONE.digest);
  assert.deepEqual([tag.held, tries.count], [OURS, 2]);
});

Deno.test("a tag that somebody made anew between two tries to remove it stays", async () => {
  const { tag, tries, script } = registry(ONE, (tag) => {
    tag.held = THEIRS;
    return refusal(503, "UNAVAILABLE", "soon");
  });
  await using server = serve(script);
  using it = client(server);
  await assert.rejects(it.remote.removeTag("v1", ONE.digest), (error) => isFailure(error, "tag-moved"));
  assert.deepEqual([tag.held, tries.count], [THEIRS, 1]);
});

Deno.test("a tag that was removed, though the answer was lost, is removed", async () => {
  const { tag, tries, script } = registry(ONE, (tag) => {
    tag.held = null;
    return refusal(502, "UNKNOWN", "bad gateway");
  });
  await using server = serve(script);
  using it = client(server);
  await it.remote.removeTag("v1", ONE.digest);
  assert.deepEqual([tag.held, tries.count], [null, 1]);
});
