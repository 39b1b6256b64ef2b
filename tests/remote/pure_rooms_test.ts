/** The rooms of the remote that only compute: challenges, locations, warnings, refusals, private hosts. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Answer, readAnswer } from "../../src/http/answer.ts";
import { parseChallenges, scopesIn } from "../../src/remote/challenge.ts";
import { nextOffset, uploadLocation, withParameter } from "../../src/remote/location.ts";
import { isPrivateHost } from "../../src/remote/private_host.ts";
import { harmless } from "../../src/remote/remote_failure.ts";
import { warningsIn } from "../../src/remote/warning_header.ts";

const challenges = (header: string) => parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

Deno.test("a bearer challenge with commas inside quotes", () => {
  assert.deepEqual(challenges('Bearer realm="https://a.example/token",service="r.example",scope="repository:me/model:pull,push"'), [
    ["bearer", { realm: "https://a.example/token", service: "r.example", scope: "repository:me/model:pull,push" }],
  ]);
});

Deno.test("several challenges in one header, with and without parameters, in any case", () => {
  assert.deepEqual(challenges('Negotiate, BASIC realm="a \\"b\\" c", bearer Realm="x" , error=invalid_token'), [
    ["negotiate", {}],
    ["basic", { realm: 'a "b" c' }],
    ["bearer", { realm: "x", error: "invalid_token" }],
  ]);
});

Deno.test("two scopes in one challenge, as a mount asks for", () => {
  const [challenge] = parseChallenges('Bearer realm="x",scope="repository:a:pull repository:b:push,pull"');
  assert.deepEqual(scopesIn(challenge!), ["repository:a:pull", "repository:b:push,pull"]);
});

Deno.test("any header is read without an error", () => {
  assert.deepEqual(parseChallenges(null), []);
  fc.assert(fc.property(fc.string({ unit: fc.constantFrom('"', "=", ",", " ", "a", "Bearer", "\\", "realm") }), (header) => {
    for (const { scheme } of parseChallenges(header)) assert.match(scheme, /^[a-z]/);
  }));
});

const origin = new URL("https://r.example:5000");
const asked = new URL("https://r.example:5000/v2/me/model/blobs/uploads/");
const location = (text: string | null) => uploadLocation(text, asked, origin).href;

Deno.test("R1: an upload location may be relative, and keeps its state", () => {
  assert.equal(location("/v2/me/model/blobs/uploads/1?_state=a%2Fb"), "https://r.example:5000/v2/me/model/blobs/uploads/1?_state=a%2Fb");
  assert.equal(location("77"), "https://r.example:5000/v2/me/model/blobs/uploads/77");
  const next = withParameter(new URL("https://r.example/u?_state=a%2Fb=="), "digest", "sha256:00");
  assert.equal(next.href, "https://r.example/u?_state=a%2Fb==&digest=sha256%3A00");
});

Deno.test("R2: a location without the scheme or the port that was used gets them; other hosts are kept apart", () => {
  assert.equal(location("http://r.example/u/1"), "https://r.example:5000/u/1");
  assert.equal(location("https://r.example/u/1"), "https://r.example:5000/u/1");
  assert.equal(location("https://storage.example/u/1"), "https://storage.example/u/1");
  for (const unsafe of ["http://storage.example/u", "https://10.0.0.1/u", "https://169.254.169.254/u", "ftp://r.example/u", "", null]) {
    if (unsafe === "") continue; // relative to what was asked
    assert.throws(() => location(unsafe), /r\.example:5000 began an upload/, String(unsafe));
  }
});

Deno.test("R6: the place in an upload is read leniently, and not at all where it is unclear", () => {
  assert.equal(nextOffset("0-8191"), 8192);
  assert.equal(nextOffset("bytes=0-8191"), 8192);
  for (const unclear of ["0-0", "0--1", "", "junk", null]) assert.equal(nextOffset(unclear), null, String(unclear));
});

Deno.test("R25: only warnings of code 299 are for people, and only short ones", () => {
  assert.deepEqual(warningsIn('299 - "this registry \\"closes\\" soon", 299 r.example "second"'), [
    'this registry "closes" soon',
    "second",
  ]);
  assert.deepEqual(warningsIn('199 - "no"'), []);
  assert.deepEqual(warningsIn(`299 - "${"a".repeat(5000)}"`), []);
  assert.deepEqual(warningsIn('299 - "\u001b[31mred\u001b[0m"'), ["[31mred [0m"]);
});

Deno.test("words of a registry are one short line without credentials and signatures", () => {
  assert.equal(harmless("a\n\tb\u001b[2Jc\u202e"), "a b [2Jc");
  assert.equal(harmless("sent Authorization: Bearer abc.def.ghi-jkl, refused"), "sent Authorization: Bearer …, refused");
  assert.equal(
    harmless("see https://s.example/o?X-Amz-Signature=abc and https://me:pw@h.example/"),
    "see https://s.example/o?… and https://h.example/",
  );
  assert.equal(harmless("x".repeat(500)).length, 200);
});

Deno.test("private hosts", () => {
  for (
    const host of ["localhost", "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "0.0.0.0"]
  ) {
    assert.ok(isPrivateHost(host), host);
  }
  for (const host of ["ghcr.io", "8.8.8.8", "172.32.0.1", "10.example", "[2001:db8::1]"]) assert.ok(!isPrivateHost(host), host);
});

Deno.test("an answer is the same however its bytes are cut", async () => {
  const forms: readonly (readonly [string, Partial<Answer>, string])[] = [
    ["HTTP/1.1 201 Created\r\nLocation: /x\r\nContent-Length: 3\r\n\r\nabcd", { status: 201 }, "abc"],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 \r\nx: a\r\nx: b\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;e=1\r\nde\r\n0\r\n\r\n",
      { status: 202 },
      "abcde",
    ],
    ["HTTP/1.0 400 Bad\r\n\r\nuntil the end", { status: 400 }, "until the end"],
    ["HTTP/1.1 204 No Content\r\n\r\n", { status: 204 }, ""],
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...forms), fc.array(fc.integer({ min: 1, max: 20 })), async ([text, { status }, body], cuts) => {
      const bytes = new TextEncoder().encode(text);
      let at = 0;
      const answer = await readAnswer(() => {
        if (at >= bytes.byteLength) return Promise.resolve(null);
        const piece = bytes.slice(at, at += cuts.shift() ?? 50);
        return Promise.resolve(piece);
      });
      assert.equal(answer.status, status);
      assert.equal(new TextDecoder().decode(answer.body), body);
    }),
  );
});

Deno.test("what is no answer is an error", async () => {
  for (const text of ["", "HTTP/1.1 20", "SSH-2.0-OpenSSH\r\n\r\n", `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(20_000)}`]) {
    let bytes: Uint8Array<ArrayBuffer> | null = new TextEncoder().encode(text);
    const read = () => {
      const all = bytes;
      bytes = null;
      return Promise.resolve(all);
    };
    await assert.rejects(readAnswer(read), text.slice(0, 20));
  }
});
