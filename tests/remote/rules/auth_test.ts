/** Signing in, against servers that answer in their own way. What never may happen: a credential at the wrong place. */
import assert from "node:assert/strict";
import { isFailure } from "../../../src/base/failure.ts";
import { client, json, PASSWORD, refusal, type Seen, serve } from "../../support/scripted_server.ts";

const DIGEST = `sha256:${"0".repeat(64)}`;
const found = () => new Response(null, { headers: { "docker-content-digest": DIGEST } });
const challenge = (realm: string, more = "") =>
  refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": `Bearer realm="${realm}"${more}` });
const bearer = (seen: Seen) => /^Bearer (.+)$/.exec(seen.headers.get("authorization") ?? "")?.[1];
const basic = `Basic ${btoa("me:s3cret:pa55")}`;

Deno.test("R24: the token may be called token or access_token, and the service may be missing", async () => {
  for (const [answer, service] of [[{ token: "t1" }, ',service="r.example"'], [{ access_token: "t1" }, ""]] as const) {
    await using server = serve((seen) => {
      if (seen.at.startsWith("/token")) return json(answer);
      return bearer(seen) === "t1" ? found() : challenge(`${server.url}/token`, service);
    });
    using it = client(server, { credential: PASSWORD });
    assert.equal(await it.remote.resolve("v1"), DIGEST);
    const asked = server.seen.find(({ at }) => at.startsWith("/token"))!;
    assert.equal(asked.headers.get("authorization"), basic);
    assert.equal(asked.at, `/token?${service === "" ? "" : "service=r.example&"}scope=repository%3Ame%2Fmodel%3Apull`);
  }
});

Deno.test("R24: a token without a life is renewed before 60 s are over, one with a life in time", async () => {
  for (const [life, uses, expected] of [[undefined, 30_000, 1], [undefined, 50_000, 2], [300, 200_000, 1], [300, 280_000, 2]] as const) {
    let tokens = 0;
    await using server = serve((seen) => {
      if (seen.at.startsWith("/token")) return json({ token: `t${++tokens}`, ...(life === undefined ? {} : { expires_in: life }) });
      if (bearer(seen) === undefined) return challenge(`${server.url}/token`);
      return found();
    });
    let time = 0;
    using it = client(server, { clock: { now: () => time, random: () => 1, sleep: () => Promise.resolve() } });
    await it.remote.resolve("v1");
    time += uses;
    await it.remote.resolve("v1");
    assert.equal(tokens, expected, `${life} ${uses}`);
  }
});

Deno.test("many requests at once ask for one token", async () => {
  let tokens = 0;
  await using server = serve((seen) => {
    if (seen.at.startsWith("/token")) return json({ token: `t${++tokens}`, expires_in: 300 });
    return bearer(seen) === undefined ? challenge(`${server.url}/token`) : found();
  });
  using it = client(server);
  await it.remote.resolve("v1");
  tokens = 0;
  await Promise.all(Array.from({ length: 20 }, () => it.remote.resolve("v1")));
  assert.equal(tokens, 0);
});

Deno.test("a token that the registry does not believe any more is replaced once", async () => {
  let tokens = 0;
  let good = "t1";
  await using server = serve((seen) => {
    if (seen.at.startsWith("/token")) return json({ token: `t${++tokens}`, expires_in: 300 });
    return bearer(seen) === good ? found() : challenge(`${server.url}/token`, ',error="invalid_token"');
  });
  using it = client(server);
  await it.remote.resolve("v1");
  good = "t2";
  assert.equal(await it.remote.resolve("v1"), DIGEST);
  good = "none";
  await assert.rejects(it.remote.resolve("v1"), (error) => isFailure(error, "unauthorized"));
  assert.ok(tokens <= 5, String(tokens));
});

Deno.test("of several challenges the token is chosen, and what nobody knows is passed over", async () => {
  await using server = serve((seen) => {
    if (seen.at.startsWith("/token")) return json({ token: "t" });
    if (bearer(seen) === "t") return found();
    return refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": `Negotiate, Basic realm="x", Bearer realm="${server.url}/token"` });
  });
  using it = client(server, { credential: PASSWORD });
  assert.equal(await it.remote.resolve("v1"), DIGEST);
  await using odd = serve(() => refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": "Negotiate" }));
  using other = client(odd, { credential: PASSWORD });
  await assert.rejects(other.remote.resolve("v1"), (error) => isFailure(error, "unauthorized"));
});

Deno.test("whoever pushes gets one token for both, and uses it for reading too", async () => {
  const scopes: string[] = [];
  await using server = serve((seen) => {
    const scope = new URLSearchParams(seen.at.split("?")[1]).get("scope");
    if (seen.at.startsWith("/token")) return scopes.push(scope!), json({ token: scope!.replaceAll(/\W/g, "-"), expires_in: 300 });
    if (bearer(seen) === undefined) return challenge(`${server.url}/token`);
    return seen.method === "PUT" ? new Response(null, { status: 201 }) : seen.at === "/v2/" ? new Response() : null;
  });
  using it = client(server);
  const bytes = new TextEncoder().encode("{}");
  const { digestOf } = await import("../../../src/base/digest.ts");
  await it.remote.writeManifest({ mediaType: "application/json", digest: digestOf(bytes), bytes });
  await it.remote.resolve("v1");
  assert.deepEqual(scopes, ["repository:me/model:pull,push"]);
});

for (
  const [what, realm] of [
    ["lies on another host without encryption", "http://token.example/token"],
    ["is no web address", "ftp://localhost/token"],
  ] as const
) {
  Deno.test(`R24: a token server that ${what} gets nothing`, async () => {
    await using server = serve(() => challenge(realm));
    using it = client(server, { credential: PASSWORD });
    await assert.rejects(it.remote.resolve("v1"), (error) => {
      assert.ok(isFailure(error, "remote-error"), String(error));
      assert.match(error.message, /no credentials were sent to it/);
      return true;
    });
  });
}

Deno.test("a token server that redirects or answers nonsense is a failure, and its answer is not quoted", async () => {
  for (
    const answer of [
      new Response(null, { status: 302, headers: { location: "http://localhost:1/" } }),
      json({ token: "" }),
      new Response("s3cret"),
    ]
  ) {
    await using server = serve((seen) => seen.at.startsWith("/token") ? answer : challenge(`${server.url}/token`));
    using it = client(server, { credential: PASSWORD });
    await assert.rejects(it.remote.resolve("v1"), (error) => {
      assert.ok(isFailure(error, "remote-error"), String(error));
      assert.doesNotMatch(Deno.inspect(error, { depth: 9 }), /s3cret/);
      return true;
    });
  }
});

Deno.test("a credential reaches nobody but the registry, and stands in no error and no event", async () => {
  await using stranger = serve(() => new Response("who are you?", { status: 403 }), "127.0.0.1");
  await using server = serve((seen) => {
    if (seen.headers.get("authorization") !== basic) return refusal(401, "UNAUTHORIZED", "who?", { "www-authenticate": 'Basic realm="x"' });
    if (seen.at.includes("/tags/")) return json({ tags: ["a"] }, { headers: { link: `<${stranger.url}/next>; rel="next"` } });
    if (seen.at.includes("/manifests/")) return refusal(500, "UNKNOWN", `upstream said: Authorization: ${basic} is bad, password s3cret?`);
    return new Response(null, { status: 307, headers: { location: `${stranger.url}/o?X-Amz-Signature=abcdef` } });
  });
  using it = client(server, { credential: PASSWORD, attempts: 2 });
  const told: unknown[] = [];
  const note = (error: unknown) => void told.push(error);
  await it.remote.tags();
  await it.remote.resolve("v1").catch(note);
  await it.remote.readManifest(DIGEST as never).catch(note);
  await it.remote.blobs.read({ digest: DIGEST as never, size: 1 }).catch(note);
  assert.equal(told.length, 3);
  for (const { headers } of stranger.seen) assert.equal(headers.get("authorization"), null);
  assert.doesNotMatch(Deno.inspect([told, it.events], { depth: 12 }), new RegExp(`${basic.slice(6)}|s3cret:pa55|abcdef`));
});

Deno.test("without a challenge nothing is asked of the credentials at all", async () => {
  await using server = serve(found);
  let asked = 0;
  using it = client(server, { credentials: () => (asked++, Promise.resolve(PASSWORD)) });
  assert.equal(await it.remote.resolve("v1"), DIGEST);
  assert.equal(asked, 0);
  assert.equal(server.seen[0]!.headers.get("authorization"), null);
});
