/**
 * A real registry behind a front that answers badly: wrong bytes of the right length, 401 in the middle, tokens that run out, 413, 429, 5xx,
 * garbage, web pages, redirects elsewhere and back, once or for good, at random requests. A push or a pull ends well or says why under
 * the right exit code; nothing is half done; and over an honest front the same command succeeds with nothing lost.
 */
import assert from "node:assert/strict";
import type { FailureCode } from "../../src/base/failure.ts";
import { exitCodeOf } from "../../src/cli/exit_code.ts";
import type { RemoteOptions } from "../../src/remote/open_remote.ts";
import { type Asked, type Front, Relay } from "../support/relay.ts";
import { PASSWORD, refusal } from "../support/scripted_server.ts";
import { haveServers, startDockerRegistry } from "../support/servers.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import { IMPATIENT, type Outcome, WireCase } from "./wire_case.ts";

interface Bad {
  readonly name: string;
  /** What comes instead of the registry's answer; null: that one after all. */
  readonly answer: (asked: Asked, forward: () => Promise<Response>) => Response | null | Promise<Response | null>;
  /** What may be said where it stays so. Empty: it ends well even then. */
  readonly says: readonly FailureCode[];
  /** Where it happens once. Default: it ends well then. */
  readonly saysOnce?: readonly FailureCode[];
  readonly options?: Partial<RemoteOptions>;
}

const HTML = "<!doctype html><html><title>Sign in to the campus network</title></html>";
const PAGE = { headers: { "content-type": "text/html" } };
const credentials = () => Promise.resolve(PASSWORD);
const BASIC = { "www-authenticate": 'Basic realm="lab"' };

const BAD: readonly Bad[] = [
  ...[500, 502, 503, 504].map((status): Bad => ({
    name: String(status),
    answer: () => refusal(status, "UNKNOWN", "out of order"),
    says: ["remote-error"],
  })),
  { name: "503 with a page", answer: () => new Response(HTML, { status: 503, ...PAGE }), says: ["remote-error"] },
  { name: "429 with seconds", answer: () => refusal(429, "TOOMANYREQUESTS", "slow down", { "retry-after": "7" }), says: ["rate-limited"] },
  {
    name: "429 with a date",
    answer: () => new Response("slow down", { status: 429, headers: { "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" } }),
    says: ["rate-limited"],
  },
  { name: "429 with nothing", answer: () => new Response(null, { status: 429 }), says: ["rate-limited"] },
  {
    name: "429 with an hour",
    answer: () => refusal(429, "TOOMANYREQUESTS", "come back later", { "retry-after": "3600" }),
    says: ["rate-limited"],
    saysOnce: ["rate-limited"],
  },
  {
    name: "401 for somebody without a credential",
    answer: () => refusal(401, "UNAUTHORIZED", "who are you", BASIC),
    says: ["unauthorized"],
    saysOnce: ["unauthorized"],
  },
  {
    name: "401 in the middle",
    answer: ({ headers }) => headers.has("authorization") ? null : refusal(401, "UNAUTHORIZED", "who are you", BASIC),
    says: [],
    options: { credentials },
  },
  {
    name: "401 for every credential",
    answer: () => refusal(401, "UNAUTHORIZED", "not you", BASIC),
    says: ["unauthorized"],
    saysOnce: ["unauthorized"],
    options: { credentials },
  },
  { name: "403", answer: () => refusal(403, "DENIED", "no"), says: ["unauthorized"], saysOnce: ["unauthorized"] },
  {
    name: "413 for more than 1 MiB",
    answer: ({ body }) => body.byteLength > 1024 * 1024 ? new Response("too large", { status: 413 }) : null,
    says: [],
  },
  {
    name: "413 for everything",
    answer: ({ body }) => body.byteLength > 0 ? new Response("too large", { status: 413 }) : null,
    says: ["unsupported", "remote-error"],
    saysOnce: ["unsupported", "remote-error"],
  },
  { name: "a web page", answer: () => new Response(HTML, PAGE), says: ANY(), saysOnce: ANY() },
  { name: "garbage", answer: () => new Response(new Uint8Array(300).map((_, at) => at * 37)), says: ANY(), saysOnce: ANY() },
  { name: "nothing at all", answer: () => new Response(null), says: ANY(), saysOnce: ANY() },
  {
    name: "wrong bytes of the right length",
    async answer({ method, at }, forward) {
      const answer = await forward();
      if (method !== "GET" || answer.status !== 200 || !/\/(blobs|manifests)\/sha256:/.test(at)) return answer;
      const bytes = await answer.bytes();
      bytes[bytes.byteLength >> 1]! ^= 1;
      return new Response(bytes, { headers: answer.headers });
    },
    says: ["corrupt"],
    saysOnce: ["corrupt"],
  },
  {
    name: "a redirect elsewhere and back",
    answer: ({ method, at, headers }) => {
      if (headers.get("host")?.startsWith("127.0.0.1") === true) {
        assert.equal(headers.get("authorization"), null, "no credential goes to another host");
        return at.endsWith("?back") ? null : new Response(null, { status: 302, headers: { location: `${at}?back` } });
      }
      if (method !== "GET" || !at.includes("/blobs/sha256:") || at.endsWith("?back")) return null;
      return new Response(null, { status: 307, headers: { location: `http://127.0.0.1:${headers.get("host")!.split(":")[1]}${at}` } });
    },
    says: [],
    options: { credentials },
  },
];

/** A front that lies can be taken for many things, but never for a bug, and never believed. */
function ANY(): FailureCode[] {
  return [
    "unreachable",
    "remote-error",
    "corrupt",
    "not-a-bundle",
    "invalid",
    "not-found",
    "unsupported",
    "tag-moved",
    "would-overwrite",
    "unauthorized",
  ];
}

if (haveServers("pushes and pulls at a registry behind a bad front", "docker-registry")) {
  Deno.test("answers that are wrong, once or for good: a push or a pull ends well or says why, and the next one ends well", async () => {
    const begun = performance.now();
    const chance = new Chance();
    await using registry = await startDockerRegistry();
    await using relay = new Relay(registry.host);
    let number = 0;
    let succeeded = 0;
    const tried = cases(1, 10) * BAD.length * 4;
    while (number < tried) {
      const bad = BAD[(number >> 2) % BAD.length]!;
      const [job, forGood] = [number & 1 ? "pull" : "push", (number & 2) !== 0] as const;
      const from = 1 + chance.below(job === "push" ? 24 : 10);
      const what = `seed ${chance.seed}, case ${number}: ${job}, ${bad.name} ${forGood ? "from" : "at"} request ${from}`;
      try {
        if (await one(relay, `lab/case-${number}`, job, bad, from, forGood)) succeeded++;
      } catch (error) {
        throw new Error(what, { cause: error });
      }
      number++;
    }
    tellTried("wire, answers", { cases: tried, "succeeded in spite of them": succeeded }, begun, chance);
  });
}

async function one(relay: Relay, path: string, job: "push" | "pull", bad: Bad, from: number, forGood: boolean): Promise<boolean> {
  relay.set(null);
  using wire = await WireCase.prepare(relay.host, path);
  const old = (await wire.remote().resolve("latest"))!;
  let pushed = job === "pull" ? await wire.annPushes({}) : null;
  let struck = 0;
  const front: Front = async (asked, forward) => {
    if (asked.number < from || (!forGood && struck > 0)) return null;
    const answer = await bad.answer(asked, forward);
    if (answer !== null) struck++;
    return answer;
  };
  relay.set(front);
  const options = { ...IMPATIENT, idleSeconds: 5, connectSeconds: 5, ...bad.options };
  const outcome = job === "push" ? await wire.annPushes(options) : await wire.benPulls(options);
  relay.set(null);
  if (struck === 0) assert.equal(outcome.kind, "done", told(outcome));
  else if (outcome.kind === "failed") {
    const may = forGood ? bad.says : bad.saysOnce ?? [];
    assert.ok(may.includes(outcome.failure.code), told(outcome));
  }
  pushed ??= outcome;
  await wire.ends({ tag: old }, pushed);
  return outcome.kind === "done";
}

function told(outcome: Outcome): string {
  return outcome.kind === "done" ? "done" : `exit ${exitCodeOf(outcome.failure)}, ${outcome.failure.code}: ${outcome.failure.message}`;
}
