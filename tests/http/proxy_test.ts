/** Which proxy a request goes through. */
import assert from "node:assert/strict";
import { isFailure } from "../../src/base/failure.ts";
import { proxyFor, type ProxyVariables } from "../../src/http/proxy.ts";

const through = (url: string, variables: ProxyVariables) => proxyFor(new URL(url), variables)?.href ?? null;
const both = { HTTP_PROXY: "http://plain.example:3128", HTTPS_PROXY: "http://secure.example:3128" };

Deno.test("each scheme has its variable; ALL_PROXY is for both; lower case comes first", () => {
  assert.equal(through("http://r.example/", both), "http://plain.example:3128/");
  assert.equal(through("https://r.example/", both), "http://secure.example:3128/");
  assert.equal(through("https://r.example/", { ALL_PROXY: "proxy.example:8080" }), "http://proxy.example:8080/");
  assert.equal(through("https://r.example/", { ...both, https_proxy: "http://lower.example" }), "http://lower.example/");
  assert.equal(through("https://r.example/", {}), null);
});

for (
  const [list, url, isExempt] of [
    ["r.example", "https://r.example/", true],
    ["example", "https://r.example/", true],
    [".example", "https://r.example/", true],
    ["ample", "https://r.example/", false],
    ["a, r.example:5000 b", "https://r.example:5000/", true],
    ["r.example:5000", "https://r.example/", false],
    ["r.example:443", "https://r.example/", true],
    ["10.0.0.0/8", "http://10.200.0.1:5000/", true],
    ["10.0.0.0/8", "http://11.0.0.1/", false],
    ["127.0.0.1,localhost", "http://localhost:5000/", true],
    ["*", "https://anything.example/", true],
    ["", "https://r.example/", false],
  ] as const
) {
  Deno.test(`NO_PROXY="${list}" ${isExempt ? "exempts" : "does not exempt"} ${url}`, () => {
    assert.equal(through(url, { ...both, NO_PROXY: list }) === null, isExempt);
  });
}

Deno.test("a variable that names no proxy is a failure that does not quote it: it may hold a password", () => {
  assert.throws(() => through("http://r.example/", { HTTP_PROXY: "ftp://me:secret@x" }), (error) => {
    assert.ok(isFailure(error, "usage"));
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});
