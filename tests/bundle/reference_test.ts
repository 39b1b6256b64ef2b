/** References: what is printed can be pasted back, and every malformed one is refused in one line that says why. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  completeBase,
  formatReference,
  formatRepository,
  isFallbackTag,
  isLawfulName,
  isLoopback,
  isTag,
  lawfulName,
  nameOf,
  parseReference,
  parseRemoteBase,
  parseRepository,
  parseTag,
  type Repository,
  sameRepository,
} from "../../src/bundle/reference.ts";
import { anyDigest, asFailure } from "../base/generators.ts";

const D = `sha256:${"ab".repeat(32)}`;

const label = fc.stringMatching(/^[a-z0-9]{1,6}$/);
const name = fc.array(fc.tuple(label, fc.constantFrom(".", "_", "__", "-", "--", "")), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map(([text, separator], place) => text + (place < parts.length - 1 ? separator : "")).join(""));
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined });
const host = fc.oneof(
  fc.tuple(fc.array(label, { minLength: 2, maxLength: 3 }), port).map(([labels, number]) =>
    labels.join(".") + (number === undefined ? "" : `:${number}`)
  ),
  fc.tuple(label, fc.integer({ min: 1, max: 65535 })).map(([text, number]) => `${text}:${number}`),
  fc.constantFrom("localhost", "localhost:5000", "127.0.0.1:5000", "[::1]:5000", "[fe80::1]"),
);
const folder = fc.array(
  fc.stringMatching(/^[A-Za-z0-9_@. é-]{1,8}$/).filter((text) => text !== "." && text !== ".." && !text.includes("@sha")),
  { minLength: 1, maxLength: 4 },
)
  .map((parts) => `/${parts.join("/")}`);
const repository: fc.Arbitrary<Repository> = fc.oneof(
  fc.record({ kind: fc.constant("registry" as const), host, path }, { noNullPrototype: true }),
  fc.record({ kind: fc.constant("layout" as const), directory: folder }, { noNullPrototype: true }),
);
const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/), { nil: undefined });
const digest = fc.option(anyDigest, { nil: undefined });

Deno.test("whatever is printed as a reference can be pasted back as one", () => {
  fc.assert(
    fc.property(repository, tag, digest, (where, named, exact) => {
      const text = formatReference({ repository: where, tag: named, digest: exact });
      assert.deepEqual(parseReference(text), { repository: where, name: undefined, tag: named, digest: exact });
      assert.equal(formatReference({ ...parseReference(text), repository: where }), text);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a repository alone parses to itself", () => {
  fc.assert(fc.property(repository, (where) => {
    assert.deepEqual(parseRepository(formatRepository(where)), where);
    assert.ok(sameRepository(where, parseRepository(formatRepository(where))));
  }));
});

const read: [text: string, expected: Partial<ReturnType<typeof parseReference>>][] = [
  ["latest", { tag: "latest" }],
  ["v1.0.0", { tag: "v1.0.0" }],
  ["1.2", { tag: "1.2" }],
  ["Seir", { tag: "Seir" }],
  [D, { digest: D as never }],
  ["seir:v1", { name: "seir", tag: "v1" }],
  [`seir@${D}`, { name: "seir", digest: D as never }],
  [`seir:v1@${D}`, { name: "seir", tag: "v1", digest: D as never }],
  ["group/seir:v1", { name: "group/seir", tag: "v1" }],
  ["localhost/seir", { repository: { kind: "registry", host: "localhost", path: "seir" } }],
  ["localhost:5000/seir:v1", { repository: { kind: "registry", host: "localhost:5000", path: "seir" }, tag: "v1" }],
  ["reg:5000/seir", { repository: { kind: "registry", host: "reg:5000", path: "seir" } }],
  ["Reg.Example.org/a/b/seir", { repository: { kind: "registry", host: "reg.example.org", path: "a/b/seir" } }],
  [`x.azurecr.io/seir:v1@${D}`, { repository: { kind: "registry", host: "x.azurecr.io", path: "seir" }, tag: "v1", digest: D as never }],
  ["[::1]:5000/seir", { repository: { kind: "registry", host: "[::1]:5000", path: "seir" } }],
  ["oci:/data/seir", { repository: { kind: "layout", directory: "/data/seir" } }],
  ["oci:/data/seir:v1", { repository: { kind: "layout", directory: "/data/seir" }, tag: "v1" }],
  ["oci:/data//seir/./x/../:v1", { repository: { kind: "layout", directory: "/data/seir" }, tag: "v1" }],
  ["oci:/data/v:1/seir", { repository: { kind: "layout", directory: "/data/v:1/seir" } }],
  ["oci:/data/me@home/seir", { repository: { kind: "layout", directory: "/data/me@home/seir" } }],
  ["oci:/Users/ana/Application Support/seir:v1", {
    repository: { kind: "layout", directory: "/Users/ana/Application Support/seir" },
    tag: "v1",
  }],
  [`oci:/data/seir@${D}`, { repository: { kind: "layout", directory: "/data/seir" }, digest: D as never }],
];

for (const [text, expected] of read) {
  Deno.test(`${JSON.stringify(text)} is read as a reference`, () => {
    assert.deepEqual(parseReference(text), { repository: undefined, name: undefined, tag: undefined, digest: undefined, ...expected });
  });
}

const refused: [text: string, reason: RegExp][] = [
  ["", /empty/],
  [" ", /white space/],
  ["v1 ", /white space/],
  ["a b", /white space/],
  ["seir:\tv1", /white space/],
  ["seir\nv1", /white space/],
  ["seir\u0000", /control character/],
  ["seir\u001b[31m", /control character/],
  [".v1", /the tag "\.v1"/],
  ["-rf", /the tag "-rf"/],
  ["v1+2", /the tag/],
  ["v1~", /the tag/],
  ["é", /the tag/],
  ["a".repeat(129), /at most 128/],
  ["seir:", /the tag is empty/],
  [":v1", /the repository name is empty/],
  [`:v1@${D}`, /the repository name is empty/],
  [`@${D}`, /nothing stands before the @/],
  ["Seir:v1", /lower case/],
  ["se ir:v1", /white space/],
  ["seir_:v1", /not a repository name/],
  ["_seir:v1", /not a repository name/],
  ["se..ir:v1", /not a repository name/],
  ["se___ir:v1", /not a repository name/],
  ["seir//x:v1", /not a repository name/],
  ["/seir:v1", /not a repository name/],
  ["seir/:v1", /not a repository name/],
  ["../seir:v1", /".." is not a host name/],
  ["./seir", /"\." is not a host name/],
  ["group/seir", /names neither a tag nor a digest/],
  ["seir@sha256:12", /64 lower-case hex digits/],
  [`seir@${D.toUpperCase()}`, /64 lower-case hex digits/],
  ["seir@v1", /64 lower-case hex digits/],
  ["seir@", /64 lower-case hex digits/],
  [`seir@sha512:${"a".repeat(128)}`, /64 lower-case hex digits/],
  ["sha256:12", /64 lower-case hex digits/],
  [`sha512:${"a".repeat(128)}`, /64 lower-case hex digits/],
  [D.toUpperCase().replace("SHA256", "sha256"), /64 lower-case hex digits/],
  ["https://reg.io/seir", /starts like a URL/],
  ["http://localhost:5000/seir:v1", /starts like a URL/],
  ["oci://data/seir", /starts like a URL/],
  ["docker://reg.io/seir", /starts like a URL/],
  ["reg.io/", /the repository name is empty/],
  ["reg.io/seir:", /the tag is empty/],
  ["reg.io/seir:.x", /the tag "\.x"/],
  ["reg.io/Seir", /lower case/],
  ["reg.io/a//b", /not a repository name/],
  ["reg.io/a/:v1", /not a repository name/],
  ["reg.io:0/seir", /0 is not a port/],
  ["reg.io:65536/seir", /65536 is not a port/],
  ["reg.io:x/seir", /not a host name/],
  ["reg.io:/seir", /not a host name/],
  ["-reg.io/seir", /not a host name/],
  ["reg_.io/seir", /not a host name/],
  ["user:secret@reg.io/seir", /64 lower-case hex digits/],
  ["[::1/seir:v1", /not a host name/],
  ["oci:/data/a\nb", /control character/],
  ["oci:/data/v:1/", /a colon in the last part/],
  ["oci:/data/v:1:latest", /a colon in the last part/],
  ["oci:/data/seir:v 1", /the tag "v 1"/],
  ["oci:", /absolute/],
  ["oci:data/seir", /absolute/],
  ["oci:./data", /absolute/],
  ["oci:/data/seir:", /the tag is empty/],
  ["oci:/data/seir:.v1", /the tag "\.v1"/],
  ["oci:/data/seir@sha256:12", /64 lower-case hex digits/],
];

for (const [text, reason] of refused) {
  Deno.test(`${JSON.stringify(text.slice(0, 70))} is refused as a reference`, () => {
    const failure = asFailure(() => parseReference(text), "usage");
    assert.match(failure.message, reason);
    assert.ok(failure.hint !== undefined, "it says what a reference looks like");
    // deno-lint-ignore no-control-regex
    assert.equal(/[\u0000-\u001f\u007f]/.test(failure.message), false);
  });
}

Deno.test("any text is a reference or a Failure of usage, and what is one survives printing", () => {
  const texts = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.array(fc.constantFrom("a", "B", ".", ":", "/", "@", "oci:", D, "localhost", "5000", "-", "_", ".."), { maxLength: 8 }).map((parts) =>
      parts.join("")
    ),
  );
  fc.assert(
    fc.property(texts, (text) => {
      let reference;
      try {
        reference = parseReference(text);
      } catch (error) {
        return assert.equal((error as { code?: string }).code, "usage");
      }
      const { repository } = reference;
      if (repository !== undefined) assert.deepEqual(parseReference(formatReference({ ...reference, repository })), reference);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("a repository is not given a tag or digest, and a bare word is none", () => {
  for (const text of ["latest", "seir:v1", "reg.io/seir:v1", `reg.io/seir@${D}`, "oci:/d:v1", D]) {
    asFailure(() => parseRepository(text), "usage");
  }
});

Deno.test("a base of remotes takes what people paste, and is completed by a name", () => {
  const complete = (text: string) => formatRepository(completeBase(parseRemoteBase(text, "REGISTRY_URL"), "seir"));
  assert.equal(complete("localhost:5555"), "localhost:5555/seir");
  assert.equal(complete("http://localhost:5555/"), "localhost:5555/seir");
  assert.equal(complete("https://x.azurecr.io"), "x.azurecr.io/seir");
  assert.equal(complete("reg.io/group/models/"), "reg.io/group/models/seir");
  assert.equal(complete(" reg.io "), "reg.io/seir");
  assert.equal(complete("oci:/data/bundles"), "oci:/data/bundles/seir");
  assert.equal(complete("oci:/data/bundles/"), "oci:/data/bundles/seir");
  assert.equal(complete("oci:/"), "oci:/seir");
  for (const text of ["", "/", "oci:", "oci:data", "reg.io/Group", "ftp://x", "reg io", "reg.io/a//b", "-x"]) {
    assert.match(asFailure(() => parseRemoteBase(text, "REGISTRY_URL"), "usage").message, /^REGISTRY_URL /, text);
  }
});

Deno.test("a base of remotes is one remote however it is written", () => {
  for (
    const [a, b] of [["oci:/data//bundles", "oci:/data/bundles"], ["oci:/data/x/../bundles", "oci:/data/bundles"], ["Reg.io/x", "reg.io/x"]]
  ) {
    assert.ok(
      sameRepository(completeBase(parseRemoteBase(a!, "--registry"), "n"), completeBase(parseRemoteBase(b!, "--registry"), "n")),
      `${a} ${b}`,
    );
  }
});

Deno.test("what completes a base can be pasted back", () => {
  fc.assert(fc.property(host, fc.option(path, { nil: undefined }), name, (where, prefix, bundle) => {
    const whole = completeBase(parseRemoteBase(prefix === undefined ? where : `${where}/${prefix}`, "--registry"), bundle);
    assert.deepEqual(parseRepository(formatRepository(whole)), whole);
    assert.equal(nameOf(whole), bundle);
  }));
});

Deno.test("tags are told from the names that hold lists of referrers", () => {
  const fallback = `sha256-${"ab".repeat(32)}`;
  assert.deepEqual([isTag("v1"), isTag(fallback), isFallbackTag(fallback), isTag(".x"), isTag("")], [true, false, true, false, false]);
  assert.equal(parseTag("v1"), "v1");
  for (const text of ["", ".x", "a b", "a/b", "a:b", "a".repeat(129), fallback]) asFailure(() => parseTag(text), "usage");
});

Deno.test("every name made lawful is lawful or empty, stays what it was if it was lawful, and settles at once", () => {
  const texts = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.array(fc.constantFrom("a", "B", ".", "_", "-", " ", "é", "(", "9"), { maxLength: 10 }).map((parts) => parts.join("")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const lawful = lawfulName(text);
      assert.ok(lawful === "" || isLawfulName(lawful), `${JSON.stringify(text)} → ${JSON.stringify(lawful)}`);
      assert.equal(lawfulName(lawful), lawful);
    }),
    { numRuns: 3000 },
  );
  fc.assert(fc.property(name.filter((text) => text.length <= 100 && !text.includes("--")), (text) => assert.equal(lawfulName(text), text)));
  assert.equal(lawfulName("My Model (v2)"), "my-model-v2");
  assert.equal(lawfulName("Modèle d'été"), "modele-d-ete");
  assert.equal(lawfulName("SEIR_model.2024"), "seir_model.2024");
});

Deno.test("only names and addresses of the machine itself are loopback", () => {
  for (const text of ["localhost", "localhost:5000", "LOCALHOST", "a.localhost", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:5000"]) {
    assert.ok(isLoopback(text), text);
  }
  for (const text of ["localhost.example.org", "127.0.0.1.example.org", "128.0.0.1", "reg.io", "[fe80::1]", "10.0.0.1"]) {
    assert.ok(!isLoopback(text), text);
  }
});

for (
  const text of [
    "https://me:s3cret@ghcr.io/lab",
    "https://s3cret@ghcr.io/lab/x:v1",
    "me:s3cret@ghcr.io/lab/x:v1",
    `me:s3cret@ghcr.io/lab/x@${D}`,
    "https://me:s3/cr@s3cret@ghcr.io/lab",
  ]
) {
  Deno.test(`a password in "${text}" is in no error`, () => {
    for (const parse of [() => parseReference(text), () => parseRemoteBase(text, "REGISTRY_URL")]) {
      const failure = asFailure(parse, "usage");
      const all = JSON.stringify([failure.message, failure.hint, failure.facts]);
      assert.equal(/s3c?r/.test(all), false, all);
      assert.match(all, /ghcr\.io\/lab/);
    }
  });
}
