/**
 * Whatever bytes come to a reader of one of our formats, or of a server's: a value or a Failure, and never another error, a stack that is
 * full or a memory that is. Bytes are damaged, JSON is twisted member by member, documents are nested and aliased without end. A new
 * reader joins by a line in `READERS`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { withCheck } from "../../src/base/checked_text.ts";
import { digestOf } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { decodeIndex, snapshotOf } from "../../src/bundle/bundle_index.ts";
import { decodeBundleManifest, decodeManifest } from "../../src/bundle/manifest.ts";
import { formatManifestFile, parseManifestFile } from "../../src/bundle/manifest_file.ts";
import { decodePushRecord, encodePushRecord } from "../../src/bundle/push_record.ts";
import { parseReference } from "../../src/bundle/reference.ts";
import type { FileContent } from "../../src/bundle/snapshot.ts";
import { readAnswer } from "../../src/http/answer.ts";
import { EMPTY_INDEX, formatLayoutIndex, listedAs, parseLayoutIndex, tagsIn, withoutTag, withTag } from "../../src/layout/layout_index.ts";
import { aboutManifest, blobsOf } from "../../src/layout/referrers.ts";
import { EMPTY_MODEL_REGISTRY } from "../../src/models/model_registry.ts";
import { parseModelRegistry } from "../../src/models/model_registry_read.ts";
import { digestOfWhatPeopleWrote } from "../../src/models/model_registry_yaml.ts";
import { draftSeal, seal } from "../../src/plan/seal.ts";
import { parseChallenges, scopesIn } from "../../src/remote/challenge.ts";
import { nextPage } from "../../src/remote/tags.ts";
import { formatConfig, parseConfig } from "../../src/settings/config.ts";
import { formatJournal, readJournal } from "../../src/worktree/journal.ts";
import { EMPTY_STATE, formatState, loadState, withPushed } from "../../src/worktree/local_state.ts";
import { encodeStamps, readStamps } from "../../src/worktree/stamp_table.ts";
import { formatTracked, parseTracked } from "../../src/worktree/tracked.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import { DAMAGES } from "./damaged_place.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface Reader {
  readonly name: string;
  /** What it reads without a word. */
  readonly good: Bytes;
  read(bytes: Bytes): unknown;
  /** It is JSON, and can be twisted member by member. */
  readonly isJson?: boolean;
  /** Read from a file, so tried less often. */
  readonly isSlow?: boolean;
}

const encode = (text: string): Bytes => new TextEncoder().encode(text);
const decode = (bytes: Bytes): string => new TextDecoder().decode(bytes);
const contentOf = (text: string): FileContent => ({ digest: digestOf(encode(text)), size: encode(text).length, executable: false });

const files = new Map<BundlePath, FileContent>(
  ["models/sir.py", "data/pop.csv", "run.sh", "ü/é b.txt"].map((path) => [path as BundlePath, contentOf(path)]),
);
files.set("latest.csv" as BundlePath, { ...files.get("data/pop.csv" as BundlePath)!, link: "data/pop.csv" });
const CONFIG = formatConfig({ name: "seir", defaultTag: "latest", thresholdBytes: 1 });
const sealed = seal(
  draftSeal(files, { config: CONFIG, modelRegistry: EMPTY_MODEL_REGISTRY, canonicalPyproject: null, layout: "files" }),
  [],
);
const packDraft = draftSeal(files, { config: CONFIG, modelRegistry: EMPTY_MODEL_REGISTRY, canonicalPyproject: null, layout: "packs" });
const packed = seal(packDraft, packDraft.drafts.map((draft) => ({ digest: digestOf(encode("pack")), size: draft.size })));
const { manifest, index } = sealed.bundle;
const record = encodePushRecord({
  bundle: manifest.digest,
  tag: "latest",
  time: "2026-01-28T10:11:12.123Z",
  author: "Ana <ana@example.org>",
  tool: "mops",
  previous: { bundle: manifest.digest, record: null },
  git: { commit: "1f7a7a472abf3dd9643fd615f6da379c4acb3e3a", dirty: false },
  message: "first",
}, { digest: manifest.digest, size: manifest.bytes.byteLength });
const blob = { digest: manifest.digest, size: manifest.bytes.byteLength };
const held = { digest: manifest.digest, size: 3 };
const REGISTRY = `version: "1.0"
models:
  sir_sir: &m
    entrypoint: models.sir:SIR
    path: models/sir.py
    class_name: SIR
    scenarios: [baseline]
    parameters: [beta]
    outputs: [incidence]
    data: [data/pop.csv] # a comment
    code: []
    labels: {area: city}
targets: {}
target_sets: {}
`;
const folder = Deno.makeTempDirSync({ prefix: "mops-decoders-" });
Deno.mkdirSync(join(folder, ".modelops-bundle"));
const asFile = (name: string, bytes: Bytes) => Deno.writeFileSync(join(folder, ".modelops-bundle", name), bytes);
/** With a right check, so that what is behind it is reached. */
const checked = (bytes: Bytes): Bytes => encode(withCheck(decode(bytes).replace(/,\s*"check": ?"[^"]*"\s*\}\s*$/, "}")));

const READERS: readonly Reader[] = [
  { name: "index", good: index.bytes, isJson: true, read: (bytes) => snapshotOf(decodeIndex(bytes, "x")) },
  { name: "index with packs", good: packed.bundle.index.bytes, isJson: true, read: (bytes) => snapshotOf(decodeIndex(bytes, "x")) },
  { name: "bundle manifest", good: manifest.bytes, isJson: true, read: (bytes) => decodeBundleManifest(bytes, "x") },
  { name: "manifest", good: record.manifest.bytes, isJson: true, read: (bytes) => decodeManifest(bytes, "x") },
  { name: "manifest in a layout", good: manifest.bytes, isJson: true, read: (bytes) => [aboutManifest(bytes, blob), blobsOf(bytes)] },
  { name: "push record", good: record.blobs[1]!.bytes, isJson: true, read: (bytes) => decodePushRecord(bytes, "x") },
  { name: "manifest.yaml", good: encode(formatManifestFile(files)), read: (bytes) => parseManifestFile(decode(bytes)) },
  {
    name: "registry.yaml",
    good: encode(REGISTRY),
    read: (bytes) => [digestOfWhatPeopleWrote(decode(bytes)), parseModelRegistry(decode(bytes))],
  },
  { name: "config.yaml", good: encode(CONFIG), read: (bytes) => parseConfig(decode(bytes)) },
  {
    name: "layout index.json",
    good: encode(
      formatLayoutIndex(withTag(EMPTY_INDEX, "latest", listedAs({ subject: null, descriptor: { mediaType: "x/y", ...blob } }))),
    ),
    isJson: true,
    read(bytes) {
      const parsed = parseLayoutIndex(decode(bytes), "x");
      const moved = withTag(parsed, "latest", listedAs({ subject: null, descriptor: { mediaType: "x/y", ...blob } }));
      return [tagsIn(parsed), formatLayoutIndex(withoutTag(moved, "latest"))];
    },
  },
  {
    name: "state.json",
    good: encode(formatState(withPushed(EMPTY_STATE, "oci:/x", "latest", { bundle: manifest.digest, record: null }))),
    isJson: true,
    isSlow: true,
    read(bytes) {
      asFile("state.json", checked(bytes));
      return loadState({ root: folder });
    },
  },
  {
    name: "journal.json",
    good: encode(formatJournal({
      staging: "s",
      steps: [{ kind: "place", path: "a" as BundlePath, staged: "0", content: held, was: null }, {
        kind: "place",
        path: "d/e/f" as BundlePath,
        staged: "new-0/f",
        content: held,
        was: null,
      }, {
        kind: "remove",
        path: "b" as BundlePath,
        was: held,
      }],
      after: [{ name: "state.json", staged: "after-0", content: held }],
    })),
    isJson: true,
    isSlow: true,
    read(bytes) {
      asFile("journal.json", checked(bytes));
      return readJournal({ root: folder });
    },
  },
  { name: "tracked.txt", good: encode(formatTracked(files.keys())), read: parseTracked },
  {
    name: "stat cache",
    good: encodeStamps([{ path: "a", stamp: { size: 1, modified: 2, changed: 3, inode: 4 }, digest: manifest.digest }]),
    isSlow: true,
    read(bytes) {
      asFile("stat-cache", bytes);
      return readStamps(join(folder, ".modelops-bundle/stat-cache"));
    },
  },
  { name: "reference", good: encode(`ghcr.io/lab/seir:v1@${manifest.digest}`), read: (bytes) => parseReference(decode(bytes)) },
  {
    name: "challenge of a server",
    good: encode('Bearer realm="https://auth.example/token",service="registry",scope="repository:lab/seir:pull,push", Basic realm="x"'),
    read: (bytes) => parseChallenges(decode(bytes)).map(scopesIn),
  },
  {
    name: "Link of a page",
    good: encode('</v2/lab/seir/tags/list?last=b&n=2>; rel="next"'),
    read(bytes) {
      const headers = new Headers();
      try {
        headers.set("link", decode(bytes));
      } catch {
        return null; // no server can send such a header
      }
      return nextPage({ headers, url: new URL("https://ghcr.io/v2/lab/seir/tags/list") });
    },
  },
];

const STRANGE: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  "__proto__",
  "../../etc/passwd",
  "sha256:",
  "\u0000",
  "\ud800",
  [],
  {},
  [[]],
  { __proto__: null, constructor: 1 },
  "x".repeat(70_000),
];

/** One member of a JSON document changed, taken away, doubled or nested. */
function twisted(bytes: Bytes, chance: Chance): Bytes {
  const root = { document: JSON.parse(decode(bytes)) };
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const visit = (holder: Record<string, unknown>): void => {
    for (const key of Object.keys(holder)) {
      places.push([holder, key]);
      if (typeof holder[key] === "object" && holder[key] !== null) visit(holder[key] as Record<string, unknown>);
    }
  };
  visit(root);
  const [holder, key] = chance.pick(places);
  const [other, otherKey] = chance.pick(places);
  const change = chance.below(5);
  if (change === 0) delete holder[key];
  else if (change === 1) holder[key] = other[otherKey];
  else if (change === 2) holder[chance.pick(["constructor", "", "\u0000", "files", "digest"])] = chance.pick(STRANGE);
  else holder[key] = chance.pick(STRANGE);
  try {
    return encode(JSON.stringify(root.document) ?? "");
  } catch (error) {
    if (error instanceof TypeError) return bytes; // put into itself
    throw error;
  }
}

/** null where it was read, or refused as it should be; else what came. */
function wrongWith(reader: Reader, bytes: Bytes): string | null {
  try {
    reader.read(bytes);
    return null;
  } catch (error) {
    if (isFailure(error) && error.code !== "bug" && error.message !== "") return null;
    return `${reader.name}: ${error} for ${JSON.stringify(decode(bytes).slice(0, 300))}`;
  }
}

Deno.test("whatever bytes come, every reader gives a value or a Failure", () => {
  const begun = performance.now();
  const chance = new Chance();
  let tried = 0;
  for (const reader of READERS) {
    reader.read(reader.good);
    for (let round = 0; round < cases(reader.isSlow ? 300 : 1500, reader.isSlow ? 5_000 : 50_000); round++) {
      let bytes = reader.good;
      for (let times = 1 + chance.below(3); times > 0; times--) {
        const canBeTwisted = reader.isJson && bytes === reader.good;
        bytes = canBeTwisted && chance.below(2) === 0 ? twisted(bytes, chance) : chance.pick(DAMAGES).apply(bytes, chance);
        if (bytes.length === 0) break;
      }
      tried++;
      assert.equal(wrongWith(reader, bytes), null, `seed ${chance.seed}`);
    }
  }
  tellTried("decoders", { readers: READERS.length, documents: tried }, begun, chance);
});

Deno.test("nesting and aliases without end fill no stack and no memory", () => {
  const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
  for (const reader of READERS) {
    for (const levels of [90, 1_000, 100_000]) {
      const documents = [
        deep(levels),
        `{"manifests":[{"digest":"x","annotations":{"org.opencontainers.image.ref.name":"latest"},"more":${
          deep(levels)
        }},{"digest":"x","more":${deep(levels)}}]}`,
      ];
      if (reader.isJson) {
        // unknown members stand everywhere: at the root, and in whatever is listed or named
        documents.push(decode(reader.good).replace(/^\{/, `{"more":${deep(levels)},`));
        documents.push(decode(reader.good).replace(/\{(?=[^{}]*\})/, `{"more":${deep(levels)},`));
      } else documents.push(`${decode(reader.good)}\nmore: ${deep(levels)}\n`);
      for (const document of documents) assert.equal(wrongWith(reader, encode(document)), null, `${levels} levels`);
    }
  }
  const bomb = (indent: string, levels: number) =>
    Array.from({ length: levels }, (_, i) => `${indent}x${i + 1}: &a${i + 1} [*a${i}, *a${i}]\n`).join("");
  for (const reader of READERS.filter(({ name }) => name.endsWith(".yaml"))) {
    const before = Deno.memoryUsage().heapUsed;
    assert.equal(wrongWith(reader, encode(`${decode(reader.good)}x0: &a0 [1, 1]\n${bomb("", 60)}`)), null);
    assert.equal(
      wrongWith(reader, encode(decode(reader.good).replace("labels: {area: city}", `x0: &a0 [1, 1]\n${bomb("    ", 60)}`))),
      null,
    );
    assert.ok(Deno.memoryUsage().heapUsed - before < 256 << 20, `${reader.name} keeps its memory`);
  }
});

Deno.test("whatever a server answers, in whatever pieces, it is an answer or an error, and no more than so much of it is kept", async () => {
  const begun = performance.now();
  const chance = new Chance();
  const good = encode(
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nLocation: /x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  );
  const documents = cases(2000, 50_000);
  for (let round = 0; round < documents; round++) {
    let bytes: Bytes = good;
    for (let times = chance.below(4); times > 0 && bytes.length > 0; times--) bytes = chance.pick(DAMAGES).apply(bytes, chance);
    let at = 0;
    const read = (): Promise<Bytes | null> => {
      const from = at;
      at = Math.min(bytes.length, at + 1 + chance.below(40));
      return Promise.resolve(from === at ? null : bytes.slice(from, at));
    };
    try {
      const { status, body } = await readAnswer(read);
      assert.ok(status >= 100 && status <= 999 && body.byteLength <= 3 * 64 * 1024);
    } catch (error) {
      const isTold = error instanceof Error && error.constructor === Error; // what the connection makes an answer of
      assert.ok(isTold, `seed ${chance.seed}: ${error} for ${JSON.stringify(decode(bytes))}`);
    }
  }
  for (
    const endless of [
      "HTTP/1.1 200 OK\r\nx: ",
      "HTTP/1.1 100 Continue\r\n\r\n",
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffff\r\n",
    ]
  ) {
    let reads = 0;
    const piece = encode(endless.startsWith("HTTP/1.1 100") ? endless : "x".repeat(16 * 1024));
    const read = (): Promise<Bytes | null> => Promise.resolve(reads++ === 0 ? encode(endless) : reads > 100_000 ? null : piece);
    await readAnswer(read).catch((error: Error) => assert.ok(error.constructor === Error, String(error)));
    assert.ok(reads < 1000, `${reads} reads of an answer that never ends`);
  }
  tellTried("answers", { documents }, begun, chance);
});

globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
