/** Signing in to real registries: Basic, tokens, TLS with a private CA. */
import assert from "node:assert/strict";
import { hashSync } from "bcryptjs";
import { sourceOf } from "../../src/base/bytes.ts";
import { digestOf } from "../../src/base/digest.ts";
import { type FailureCode, isFailure } from "../../src/base/failure.ts";
import type { Credential } from "../../src/bundle/credential.ts";
import { openRemote, type RemoteOptions } from "../../src/remote/open_remote.ts";
import { putArtifact } from "../contract/remote_suite.ts";
import { serverTest, startDockerRegistry, startOciRegistry } from "../support/servers.ts";
import { makeTls, startTokenServer } from "../support/token_server.ts";

const SECRET = "pa:55 wörd";
const me = (password = SECRET): Credential => ({ kind: "password", username: "me", password, source: "the test" });

function enter(host: string, credential: Credential | null, options: Partial<RemoteOptions> = {}) {
  const repository = { kind: "registry", host, path: "me/model" } as const;
  const remote = openRemote(repository, {
    plainHttp: true,
    credentials: () => Promise.resolve(credential),
    emit: () => {},
    userAgent: "mops/test",
    ...options,
  });
  return { remote, [Symbol.dispose]: () => remote.close() };
}

async function fails(work: Promise<unknown>, code: FailureCode, message: RegExp): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(isFailure(error, code), `${code} expected, but: ${error}`);
    assert.match(error.message, message);
    assert.ok(error.hint !== undefined);
    assert.doesNotMatch(Deno.inspect(error, { depth: 10 }), /pa:55|Bearer |Basic [A-Za-z0-9+/]{8}/, "no credential in an error");
    return true;
  });
}

const htpasswd = `me:${hashSync(SECRET, 4)}\n`;

serverTest("Basic at docker-registry: with the password everything works, without it nothing", "docker-registry", async () => {
  await using server = await startDockerRegistry({ htpasswd });
  using right = enter(server.host, me());
  const manifest = await putArtifact(right.remote, "one");
  await right.remote.setTag("v1", manifest, null);
  assert.equal(await right.remote.resolve("v1"), manifest.digest);
  using wrong = enter(server.host, me("wrong"));
  await fails(wrong.remote.resolve("v1"), "unauthorized", /cannot read the tag v1 in localhost:\d+\/me\/model: localhost:\d+ answered 401/);
  using none = enter(server.host, null);
  await fails(none.remote.resolve("v1"), "unauthorized", /401/);
  await fails(putArtifact(none.remote, "two"), "unauthorized", /cannot begin to send the blob/);
});

serverTest("Basic at ociregistry", "ociregistry", async () => {
  await using server = await startOciRegistry({ user: "me", password: SECRET });
  using right = enter(server.host, me());
  const manifest = await putArtifact(right.remote, "one");
  await right.remote.setTag("v1", manifest, null);
  using none = enter(server.host, null);
  await fails(none.remote.resolve("v1"), "unauthorized", /answered 401/); // to a HEAD, so without words
  await fails(none.remote.tags(), "unauthorized", /401 UNAUTHORIZED: authentication required/);
});

const RIGHTS = { me: ["pull", "push"], reader: ["pull"], "": ["pull"] };

serverTest("tokens: push, pull, read-only, nobody, wrong password, refresh token", "docker-registry", async () => {
  const passwords = { me: SECRET, reader: "r" };
  await using tokens = await startTokenServer({ rights: RIGHTS, passwords, refreshTokens: { "long-lived": "me" } });
  await using server = await startDockerRegistry({ token: tokens });
  using owner = enter(server.host, me());
  const manifest = await putArtifact(owner.remote, "one");
  await owner.remote.setTag("v1", manifest, null);
  const asked = tokens.asked.length;
  assert.ok(asked <= 2, `one token for pull and one for both are enough, but there were ${asked}`);

  using nobody = enter(server.host, null);
  assert.equal(await nobody.remote.resolve("v1"), manifest.digest, "anonymous tokens are tokens");
  await fails(putArtifact(nobody.remote, "two"), "unauthorized", /401/);

  using reader = enter(server.host, { kind: "password", username: "reader", password: "r", source: "the test" });
  assert.equal(await reader.remote.resolve("v1"), manifest.digest);
  await fails(putArtifact(reader.remote, "two"), "forbidden", /cannot begin to send the blob/);

  using wrong = enter(server.host, me("wrong"));
  await fails(wrong.remote.resolve("v1"), "unauthorized", /cannot get an access token in .*answered 401 UNAUTHORIZED: wrong password/);

  using refresh = enter(server.host, { kind: "refresh-token", token: "long-lived", source: "the test" });
  await refresh.remote.setTag("v2", await putArtifact(refresh.remote, "three"), null);
  assert.equal(tokens.asked.at(-1)!.grant, "refresh_token");
});

serverTest("tokens: a life of two seconds is renewed in time, in the middle of a push", "docker-registry", async () => {
  await using tokens = await startTokenServer({ rights: RIGHTS, passwords: { me: SECRET }, life: 2 });
  await using server = await startDockerRegistry({ token: tokens });
  using owner = enter(server.host, me());
  await putArtifact(owner.remote, "one");
  const before = tokens.asked.length;
  await new Promise((resolve) => setTimeout(resolve, 1_600));
  await owner.remote.setTag("v1", await putArtifact(owner.remote, "two"), null);
  assert.equal(tokens.asked.length, before + 1);
});

serverTest(
  "TLS with a private CA: big uploads and downloads go through it, and without it nothing is sent",
  "docker-registry",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "mops-tls-" });
    try {
      const tls = await makeTls(folder);
      await using server = await startDockerRegistry({ htpasswd, tls });
      using trusted = enter(server.host, me(), { plainHttp: false, caCerts: [tls.ca] });
      const bytes = new Uint8Array(6_000_000).fill(7); // big enough to be streamed, which is another road
      const blob = { digest: digestOf(bytes), size: bytes.byteLength };
      await trusted.remote.blobs.write(blob, sourceOf(bytes));
      let size = 0;
      for await (const piece of await trusted.remote.blobs.read(blob)) size += piece.byteLength;
      assert.equal(size, bytes.byteLength);
      using stranger = enter(server.host, me(), { plainHttp: false });
      await fails(stranger.remote.resolve("v1"), "unreachable", /certificate is not trusted/);
      using plain = enter(server.host, me());
      await fails(plain.remote.resolve("v1"), "remote-error", /400/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
