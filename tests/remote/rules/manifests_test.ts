/** Manifests, tags and referrers on registries with manners of their own; the rows are those of the list of registry behaviours. */
import assert from "node:assert/strict";
import { canonicalJsonBytes } from "../../../src/base/canonical_json.ts";
import { type Digest, digestOf } from "../../../src/base/digest.ts";
import { type FailureCode, isFailure } from "../../../src/base/failure.ts";
import type { EncodedManifest } from "../../../src/bundle/content.ts";
import { encodeManifest } from "../../../src/bundle/manifest.ts";
import { INDEX_TYPE, OCI_IMAGE_INDEX_TYPE, OCI_MANIFEST_TYPE, PUSH_RECORD_TYPE } from "../../../src/bundle/media_types.ts";
import { writeRecord } from "../../../src/flows/push_records.ts";
import { client, json, PASSWORD, refusal, type Seen, serve } from "../../support/scripted_server.ts";

function manifest(name: string, subject?: EncodedManifest): EncodedManifest {
  const config = { mediaType: INDEX_TYPE, digest: digestOf(new TextEncoder().encode(name)), size: name.length };
  if (subject === undefined) return encodeManifest({ config, layers: [] });
  const about = { mediaType: subject.mediaType, digest: subject.digest, size: subject.bytes.byteLength };
  return encodeManifest({ config, layers: [], artifactType: "test/record", subject: about, annotations: { "test.note": name } });
}

const [ONE, TWO, THREE] = [manifest("one"), manifest("two"), manifest("three")];

/** Manifests by digest and tags of a registry; HEAD and GET answer as they should. */
class Tags {
  readonly held = new Map<string, EncodedManifest>();
  readonly all = new Map<string, EncodedManifest>();

  set(tag: string, manifest: EncodedManifest): this {
    this.held.set(tag, manifest);
    this.all.set(manifest.digest, manifest);
    return this;
  }

  answer(seen: Seen): Response | null {
    const reference = /^\/v2\/me\/model\/manifests\/([^?]+)$/.exec(seen.at)?.[1];
    if (reference === undefined) return seen.at === "/v2/" ? new Response() : null;
    if (seen.method === "PUT") {
      const digest = digestOf(seen.body);
      this.set(reference, { mediaType: seen.headers.get("content-type")!, digest, bytes: seen.body });
      return new Response(null, { status: 201 });
    }
    const found = this.held.get(reference) ?? this.all.get(reference);
    if (found === undefined) return refusal(404, "MANIFEST_UNKNOWN", "no");
    const headers = { "content-type": found.mediaType, "docker-content-digest": found.digest };
    return new Response(seen.method === "HEAD" ? null : found.bytes, { headers });
  }
}

async function fails(work: Promise<unknown>, code: FailureCode, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isFailure(error, code), `${code} expected, but: ${error}`);
    assert.match(error.message, message);
    assert.ok(error.hint !== undefined || code === "corrupt");
    return true;
  });
}

Deno.test("R32: every question for a manifest accepts manifests and indexes", async () => {
  const tags = new Tags().set("v1", ONE);
  await using server = serve((seen) => seen.headers.get("accept")?.includes(OCI_MANIFEST_TYPE) ? tags.answer(seen) : null);
  using it = client(server);
  assert.equal(await it.remote.resolve("v1"), ONE.digest);
  assert.deepEqual(await it.remote.readManifest(ONE.digest), ONE);
  for (const { headers } of server.seen) assert.match(headers.get("accept")!, /vnd\.oci\.image\.index\.v1\+json/);
});

Deno.test("R12: a tag is resolved by GET where HEAD says 404, is not allowed, or names no digest", async () => {
  const tags = new Tags().set("v1", ONE);
  for (const head of [new Response(null, { status: 404 }), new Response(null, { status: 405 }), new Response(null)]) {
    await using server = serve((seen) => seen.method === "HEAD" ? head.clone() : tags.answer(seen));
    using it = client(server);
    assert.equal(await it.remote.resolve("v1"), ONE.digest, String(head.status));
    assert.equal(await it.remote.resolve("absent"), null, String(head.status));
  }
});

Deno.test("R13: a wrong digest header is damage for a digest, and worth one word for a tag", async () => {
  const answer = () => new Response(ONE.bytes, { headers: { "content-type": ONE.mediaType, "docker-content-digest": TWO.digest } });
  await using server = serve(({ method }) => method === "HEAD" ? new Response(null, { status: 405 }) : answer());
  using it = client(server);
  assert.equal(await it.remote.resolve("v1"), ONE.digest);
  assert.equal(await it.remote.resolve("v1"), ONE.digest);
  assert.equal(it.events.filter(({ kind }) => kind === "warning").length, 1);
  await fails(it.remote.readManifest(ONE.digest), "corrupt", /says that the manifest/);
});

Deno.test("a manifest with other bytes, or with too many, is corrupt before anything reads it", async () => {
  let body: BodyInit = TWO.bytes;
  await using server = serve(() => new Response(body, { headers: { "content-type": OCI_MANIFEST_TYPE } }));
  using it = client(server);
  await fails(it.remote.readManifest(ONE.digest), "corrupt", /its bytes have the digest/);
  let given = 0;
  body = new ReadableStream({
    pull(controller) {
      if (++given > 70) controller.close();
      else controller.enqueue(new Uint8Array(1024 * 1024));
    },
  }, { highWaterMark: 0 });
  await fails(it.remote.readManifest(ONE.digest), "corrupt", /larger than the 67108864 bytes/);
});

Deno.test("a type that says nothing is replaced by what the manifest says itself", async () => {
  await using server = serve(() => new Response(ONE.bytes, { headers: { "content-type": "application/json; charset=utf-8" } }));
  using it = client(server);
  assert.equal((await it.remote.readManifest(ONE.digest)).mediaType, OCI_MANIFEST_TYPE);
});

Deno.test("a tag that moves between the check and the writing is told, with what it holds now", async () => {
  const tags = new Tags().set("v1", ONE);
  await using server = serve((seen) => {
    const response = tags.answer(seen);
    if (seen.method === "PUT" && seen.at.endsWith("/v1")) tags.set("v1", THREE); // somebody else, right after us
    return response;
  });
  using it = client(server);
  await assert.rejects(it.remote.setTag("v1", TWO, ONE.digest), (error) => {
    assert.ok(isFailure(error, "tag-moved"));
    assert.deepEqual([error.facts.tag, error.facts.expected, error.facts.found], ["v1", TWO.digest, THREE.digest]);
    return true;
  });
  const writes = server.seen.filter(({ method }) => method === "PUT").length;
  await fails(it.remote.setTag("v1", TWO, ONE.digest), "tag-moved", /v1 holds sha256:\w+, and not sha256:\w+ any more/);
  assert.equal(server.seen.filter(({ method }) => method === "PUT").length, writes, "the second one wrote nothing");
});

for (const status of [400, 403, 409, 412]) {
  Deno.test(`R28: an immutable tag (${status}) that holds the same is success, and one that holds another is explained`, async () => {
    const tags = new Tags().set("v1", ONE);
    await using server = serve((seen) => seen.method === "PUT" ? refusal(status, "TAG_INVALID", "tag is immutable") : tags.answer(seen));
    using it = client(server, { credential: PASSWORD });
    await it.remote.setTag("v1", ONE, null);
    await assert.rejects(it.remote.setTag("v1", TWO, ONE.digest), (error) => {
      assert.ok(isFailure(error, "unsupported", "forbidden", "unauthorized"), String(error));
      assert.match(error.message, /tag is immutable/);
      return true;
    });
  });
}

Deno.test("R29: what was written a moment ago may be seen late", async () => {
  const tags = new Tags();
  let blind = 0;
  await using server = serve((seen) => {
    if (seen.method === "PUT") blind = 3;
    else if (seen.at.includes("/manifests/") && blind-- > 0) return refusal(404, "MANIFEST_UNKNOWN", "no");
    return tags.answer(seen);
  });
  using it = client(server);
  await it.remote.setTag("v1", ONE, null);
  await it.remote.writeManifest(TWO);
  blind = 2;
  assert.deepEqual(await it.remote.readManifest(TWO.digest), TWO);
});

Deno.test("a blob that the registry misses is not-found, whether it says so with a code or with words", async () => {
  const answers = [
    refusal(400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"),
    refusal(404, "BLOB_UNKNOWN", "x"),
    json({ message: "blob unknown" }, { status: 400 }),
  ];
  await using server = serve(({ method }) => method === "PUT" ? answers[0]!.clone() : new Response());
  using it = client(server);
  for (; answers.length > 0; answers.shift()) {
    await fails(it.remote.writeManifest(ONE), "not-found", /lacks a blob that the manifest sha256:\w+ names/);
  }
});

Deno.test("R29: a blob that the registry misses for a moment, while somebody else sends the same one, is no failure", async () => {
  const tags = new Tags();
  let missed = 0;
  await using server = serve((seen) => {
    if (seen.method === "PUT" && missed++ % 3 < 2) return refusal(404, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry");
    return tags.answer(seen);
  });
  using it = client(server);
  await it.remote.writeManifest(ONE);
  await it.remote.setTag("v1", ONE, null);
  assert.equal(await it.remote.resolve("v1"), ONE.digest);
  assert.equal(missed, 6);
});

Deno.test("R25: a warning of the registry is told once", async () => {
  const tags = new Tags().set("v1", ONE);
  await using server = serve((seen) => {
    const response = tags.answer(seen)!;
    response.headers.set("warning", '299 - "this registry closes in May"');
    return response;
  });
  using it = client(server);
  await it.remote.resolve("v1");
  await it.remote.resolve("v1");
  assert.deepEqual(it.events, [{ kind: "warning", code: "registry-warning", message: `${server.host} says: this registry closes in May` }]);
});

Deno.test("R26: tags come in pages, by links that are relative or whole, whatever their token is", async () => {
  await using server = serve(({ at }) => {
    if (at === "/v2/me/model/tags/list?n=1000") {
      return json({ tags: ["c", "a"] }, { headers: { link: '</v2/me/model/tags/list?next_page=gAAA%3D>; rel="next"' } });
    }
    if (at.includes("gAAA")) {
      return json({ tags: ["b", `sha256-${"0".repeat(64)}`] }, {
        headers: { link: `<${server.url}/v2/me/model/tags/list?last=z>; rel=next` },
      });
    }
    return at.endsWith("last=z") ? json({ tags: null }) : null;
  });
  using it = client(server);
  assert.deepEqual(await it.remote.tags(), ["a", "b", "c"]);
  assert.equal(server.seen.length, 3);
});

Deno.test("R26: links that loop, lead elsewhere or are wrong do no harm", async () => {
  await using stranger = serve(() => json({ tags: ["evil"] }), "127.0.0.1");
  let link = '</v2/me/model/tags/list?n=1000>; rel="next"';
  await using server = serve(({ at }) => {
    if (at === "/v2/me/model/tags/list?n=1000") return json({ tags: ["a"] }, { headers: { link } });
    if (at === "/v2/me/model/tags/list?n=1000&last=a") return json({ tags: ["b"] });
    return null;
  });
  using it = client(server);
  assert.deepEqual(await it.remote.tags(), ["a"]);
  link = `<${stranger.url}/v2/me/model/tags/list>; rel="next"`;
  assert.deepEqual(await it.remote.tags(), ["a"]);
  assert.equal(stranger.seen.length, 0);
  link = '</me/model/tags/list?last=a&n=1000>; rel="next"'; // Artifactory leaves a part of the path out
  assert.deepEqual(await it.remote.tags(), ["a", "b"]);
});

Deno.test("R26: full pages without a link are followed, page sizes may be refused, and no repository means no tags", async () => {
  const names = Array.from({ length: 2500 }, (_, number) => `t${String(number).padStart(4, "0")}`);
  await using server = serve(({ at }) => {
    const last = new URLSearchParams(at.split("?")[1]).get("last");
    const from = last === null ? 0 : names.indexOf(last) + 1;
    return json({ tags: names.slice(from, from + 1000) });
  });
  using it = client(server);
  assert.deepEqual(await it.remote.tags(), names);
  await using absent = serve(() => refusal(404, "NAME_UNKNOWN", "no"));
  using other = client(absent);
  assert.deepEqual(await other.remote.tags(), []);
  await using strict = serve(({ at }) => at.includes("n=") ? refusal(400, "PAGINATION_NUMBER_INVALID", "no") : json({ tags: ["a"] }));
  using third = client(strict);
  assert.deepEqual(await third.remote.tags(), ["a"]);
});

Deno.test("R27: a tag that cannot be removed alone is unsupported, and nothing is ever deleted by digest", async () => {
  const tags = new Tags().set("v1", ONE);
  for (const status of [400, 405, 501]) {
    await using server = serve((seen) => seen.method === "DELETE" ? refusal(status, "UNSUPPORTED", "no") : tags.answer(seen));
    using it = client(server);
    await fails(it.remote.removeTag("v1", ONE.digest), "unsupported", /cannot forget the tag v1/);
    assert.ok(server.seen.filter(({ method }) => method === "DELETE").every(({ at }) => at.endsWith("/manifests/v1")));
  }
});

Deno.test("R27: a registry that takes the manifest along with its tag gets the manifest back", async () => {
  const tags = new Tags().set("v1", ONE);
  await using server = serve((seen) => {
    if (seen.method !== "DELETE") return tags.answer(seen);
    tags.held.clear();
    tags.all.clear();
    return new Response(null, { status: 202 });
  });
  using it = client(server);
  await it.remote.removeTag("v1", "any");
  assert.deepEqual(await it.remote.readManifest(ONE.digest), ONE);
  assert.equal(await it.remote.resolve("v1"), null);
});

// Referrers

const RECORD = manifest("record", ONE);
const FALLBACK = `sha256-${ONE.digest.slice(7)}`;

function listed(of: EncodedManifest, artifactType: string | undefined = "test/record") {
  return { mediaType: of.mediaType, digest: of.digest, size: of.bytes.byteLength, ...(artifactType === undefined ? {} : { artifactType }) };
}

function index(...manifests: readonly unknown[]): EncodedManifest {
  const bytes = canonicalJsonBytes({ schemaVersion: 2, mediaType: OCI_IMAGE_INDEX_TYPE, manifests } as never);
  return { mediaType: OCI_IMAGE_INDEX_TYPE, digest: digestOf(bytes), bytes };
}

const digests = (found: readonly { digest: Digest }[]) => found.map(({ digest }) => digest);

for (
  const [manner, answer] of [
    ["404", () => refusal(404, "NOT_FOUND", "no")],
    ["400", () => refusal(400, "UNSUPPORTED", "no")],
    ["405", () => new Response(null, { status: 405 })],
    ["a web page", () => new Response("<html>log in</html>", { headers: { "content-type": "text/html" } })],
    ["a redirect to a login page", () => new Response(null, { status: 302, headers: { location: "https://localhost:1/login" } })],
    ["JSON of another kind", () => json({ tags: [] })],
  ] as const
) {
  Deno.test(`R17: ${manner} instead of referrers means the fallback tag`, async () => {
    const tags = new Tags().set("v1", ONE).set(FALLBACK, index(listed(RECORD)));
    await using server = serve((seen) => seen.at.includes("/referrers/") ? answer() : tags.answer(seen));
    using it = client(server, { attempts: 1 });
    assert.deepEqual(digests(await it.remote.referrers(ONE.digest, "test/record")), [RECORD.digest]);
  });
}

Deno.test("R17: a fallback tag that resolves to the subject itself holds no referrers", async () => {
  const tags = new Tags().set(FALLBACK, ONE);
  await using server = serve((seen) => tags.answer(seen));
  using it = client(server);
  assert.deepEqual(await it.remote.referrers(ONE.digest, "test/record"), []);
});

Deno.test("R18: a manifest with a subject is added to the fallback list, and what others put there stays", async () => {
  const foreign = { ...listed(TWO, "other/type"), "x-unknown": true };
  const tags = new Tags().set("v1", ONE).set(FALLBACK, index(foreign));
  await using server = serve((seen) => tags.answer(seen));
  using it = client(server);
  await it.remote.writeManifest(RECORD);
  const list = JSON.parse(new TextDecoder().decode(tags.held.get(FALLBACK)!.bytes));
  assert.deepEqual(list.manifests, [foreign, { ...listed(RECORD), annotations: { "test.note": "record" } }]);
  const writes = () => server.seen.filter(({ method, at }) => method === "PUT" && at.endsWith(FALLBACK)).length;
  await it.remote.writeManifest(RECORD);
  assert.equal(writes(), 1, "it is listed already");
});

Deno.test("R18: a list that another one overwrites at the same moment is written again", async () => {
  const tags = new Tags().set("v1", ONE);
  let races = 2;
  await using server = serve((seen) => {
    const response = tags.answer(seen);
    if (seen.method === "PUT" && seen.at.endsWith(FALLBACK) && races-- > 0) tags.set(FALLBACK, index(listed(TWO))); // somebody else
    return response;
  });
  using it = client(server);
  await it.remote.writeManifest(RECORD);
  assert.deepEqual(digests(await it.remote.referrers(ONE.digest, "test/record")).sort(), [TWO.digest, RECORD.digest].sort());
});

Deno.test("R18: referrers that this process writes at once do not overwrite each other", async () => {
  const tags = new Tags().set("v1", ONE);
  await using server = serve((seen) => tags.answer(seen));
  using it = client(server);
  const records = Array.from({ length: 12 }, (_, number) => manifest(`record ${number}`, ONE));
  await Promise.all(records.map((record) => it.remote.writeManifest(record)));
  assert.deepEqual(digests(await it.remote.referrers(ONE.digest, "test/record")).sort(), digests(records).sort());
});

Deno.test("R18: a registry that says OCI-Subject keeps the list itself", async () => {
  const tags = new Tags();
  await using server = serve((seen) => {
    const response = tags.answer(seen);
    if (seen.method === "PUT") response!.headers.set("oci-subject", ONE.digest);
    return response;
  });
  using it = client(server);
  await it.remote.writeManifest(RECORD);
  assert.deepEqual([...tags.held.keys()], [RECORD.digest]);
});

Deno.test("R19, R20: both lists count, each manifest once, filtered here, page by page", async () => {
  const [early, late, other] = [manifest("early", ONE), manifest("late", ONE), manifest("other", ONE)];
  const tags = new Tags().set(FALLBACK, index(listed(early), listed(RECORD)));
  await using server = serve((seen) => {
    if (!seen.at.includes("/referrers/")) return tags.answer(seen);
    const headers = { "content-type": OCI_IMAGE_INDEX_TYPE };
    if (seen.at.includes("page=2")) return new Response(index(listed(late)).bytes, { headers });
    const link = `</v2/me/model/referrers/${ONE.digest}?page=2>; rel="next"`;
    return new Response(index(listed(RECORD), listed(other, "test/other"), { junk: 1 }).bytes, { headers: { ...headers, link } });
  });
  using it = client(server);
  assert.deepEqual(digests(await it.remote.referrers(ONE.digest, "test/record")), [RECORD.digest, late.digest, early.digest]);
});

Deno.test("a registry that is ill is not one without referrers", async () => {
  await using server = serve(({ at }) => at.includes("/referrers/") ? new Response(null, { status: 500 }) : null);
  using it = client(server);
  await fails(it.remote.referrers(ONE.digest, "test/record"), "remote-error", /cannot list what refers to sha256:\w+ in .* answered 500/);
});

Deno.test("R30: the empty config of a push record is sent as a blob, to a registry that checks what a manifest names", async () => {
  const blobs = new Set<string>();
  const tags = new Tags().set("v1", ONE);
  await using server = serve((seen) => {
    if (seen.method === "POST") return new Response(null, { status: 202, headers: { location: "/v2/me/model/blobs/uploads/1" } });
    if (seen.method === "PUT" && seen.at.includes("/uploads/")) return blobs.add(digestOf(seen.body)), new Response(null, { status: 201 });
    if (seen.method !== "PUT" || seen.at.endsWith(FALLBACK)) return tags.answer(seen);
    const { config, layers } = JSON.parse(new TextDecoder().decode(seen.body));
    const missing = [config, ...layers].find(({ digest }: { digest: string }) => !blobs.has(digest));
    return missing === undefined ? tags.answer(seen) : refusal(404, "MANIFEST_BLOB_UNKNOWN", `blob unknown: ${missing.digest}`);
  });
  using it = client(server);
  const record = { bundle: ONE.digest, tag: "v1", time: "2026-01-01T00:00:00Z", author: "me", tool: "mops/test", git: null, message: null };
  const previous = { bundle: null, record: null };
  const digest = await writeRecord(it.remote, { ...record, previous }, ONE.bytes.byteLength, new AbortController().signal);
  assert.ok(blobs.has("sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"));
  assert.deepEqual(digests(await it.remote.referrers(ONE.digest, PUSH_RECORD_TYPE)), [digest]);
});

Deno.test("R26: a list of tags that never ends is a remote error, after a bounded number of pages", async () => {
  let page = 0;
  await using server = serve(() => json({ tags: [`t${page}`] }, { headers: { link: `</v2/me/model/tags/list?p=${++page}>; rel="next"` } }));
  using it = client(server);
  await fails(it.remote.tags(), "remote-error", /cannot list the tags in .*: .* keeps naming further pages/);
  assert.ok(page <= 2000, String(page));
});

Deno.test("R26: referrers that never end are a remote error, after a bounded number of pages", async () => {
  let page = 0;
  await using server = serve(({ at }) => {
    if (!at.includes("/referrers/")) return null;
    const link = `</v2/me/model/referrers/${ONE.digest}?p=${++page}>; rel="next"`;
    return new Response(index(listed(manifest(`record ${page}`, ONE))).bytes, { headers: { "content-type": OCI_IMAGE_INDEX_TYPE, link } });
  });
  using it = client(server);
  await fails(
    it.remote.referrers(ONE.digest, "test/record"),
    "remote-error",
    /cannot list what refers to .*: .* keeps naming further pages/,
  );
  assert.ok(page <= 1000, String(page));
});

Deno.test("R29: a fallback list that is not seen right after it was written is not written anew without what others put there", async () => {
  const foreign = listed(TWO);
  const tags = new Tags().set("v1", ONE).set(FALLBACK, index(foreign));
  let blind = 0;
  await using server = serve((seen) => {
    if (seen.method === "PUT" && seen.at.endsWith(FALLBACK)) blind = 2;
    else if (seen.at.endsWith(FALLBACK) && blind-- > 0) return refusal(404, "MANIFEST_UNKNOWN", "not yet");
    return tags.answer(seen);
  });
  using it = client(server);
  await it.remote.writeManifest(RECORD);
  assert.deepEqual(digests(await it.remote.referrers(ONE.digest, "test/record")).sort(), [TWO.digest, RECORD.digest].sort());
  assert.equal(server.seen.filter(({ method, at }) => method === "PUT" && at.endsWith(FALLBACK)).length, 1);
});

Deno.test("R17: a list that names the subject itself, or what is no descriptor, gives only what refers to it", async () => {
  const tags = new Tags().set(FALLBACK, index(listed(ONE), listed(RECORD), { mediaType: 1, artifactType: "test/record" }, null));
  await using server = serve((seen) => tags.answer(seen));
  using it = client(server);
  assert.deepEqual(digests(await it.remote.referrers(ONE.digest, "test/record")), [RECORD.digest]);
});

Deno.test("R17: a list that is made where the fallback tag gave the subject holds nothing of the subject", async () => {
  const tags = new Tags().set("v1", ONE);
  await using server = serve((seen) => {
    if (seen.method !== "PUT" && seen.at.endsWith(FALLBACK) && !tags.held.has(FALLBACK)) {
      return tags.answer({ ...seen, at: `/v2/me/model/manifests/v1` });
    }
    return tags.answer(seen);
  });
  using it = client(server);
  await it.remote.writeManifest(RECORD);
  const list = JSON.parse(new TextDecoder().decode(tags.held.get(FALLBACK)!.bytes));
  assert.deepEqual(Object.keys(list).sort(), ["manifests", "mediaType", "schemaVersion"]);
  assert.equal(list.mediaType, OCI_IMAGE_INDEX_TYPE);
});
