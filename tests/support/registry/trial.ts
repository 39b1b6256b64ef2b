/**
 * What works at a registry with the manners of a profile: every command through its real flow, each with a remote of its own, as another
 * process would have it. What must work is asserted here; what differs between registries is the outcome.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../../src/base/digest.ts";
import { isFailure } from "../../../src/base/failure.ts";
import type { Remote } from "../../../src/bundle/content.ts";
import type { Event } from "../../../src/bundle/events.ts";
import type { HostMemory, HostProfile } from "../../../src/bundle/upload_journal.ts";
import { logOf, tagsOf } from "../../../src/flows/inspect.ts";
import { tag, untag } from "../../../src/flows/tags.ts";
import type { RemoteOptions } from "../../../src/remote/open_remote.ts";
import { journalInMemory } from "../../../src/remote/upload_session.ts";
import type { Project } from "../../../src/worktree/project.ts";
import { client } from "../scripted_server.ts";
import { fails, Site, textOf } from "../site.ts";
import { plainWorld, writeFile } from "../worlds.ts";
import { MiB } from "./manners.ts";
import type { Profile } from "./profiles.ts";
import { PATH, RegistryServer } from "./server.ts";

/** One cell of the table for each ability. */
export interface Outcome {
  readonly push: string;
  readonly bigFile: string;
  readonly nothingChanged: string;
  readonly pull: string;
  readonly status: string;
  readonly log: string;
  readonly referrers: string;
  readonly tag: string;
  readonly tags: string;
  readonly untag: string;
  readonly ranges: string;
  readonly packs: string;
  readonly resume: string;
}

const BIG = 11 * MiB;
const MORE_TAGS = 130;

export async function tryProfile(profile: Profile): Promise<Outcome> {
  await using server = new RegistryServer(profile.manners);
  using site = new Site();
  const trial = new Trial(server, site);
  const project = await trial.project("alice");
  const push = await trial.firstPush(project);
  const bigFile = trial.howBigFilesGo();
  const nothingChanged = await trial.pushUnchanged(project);
  const { bob, pull } = await trial.exchange(project);
  const status = await trial.statusOf(project, bob);
  const log = await trial.log();
  const referrers = trial.howReferrersAreFound();
  const tagged = await trial.tag();
  const tags = await trial.tags();
  const untagged = await trial.untag();
  const ranges = await trial.ranges();
  const packs = await trial.packs();
  const resume = await trial.resume();
  assert.deepEqual(server.offences, []);
  assert.equal(status, "in step");
  return { push, bigFile, nothingChanged, pull, status: "yes", log, referrers, tag: tagged, tags, untag: untagged, ranges, packs, resume };
}

class Trial {
  readonly #big = bigBytes();
  #messages = 0;

  constructor(readonly server: RegistryServer, readonly site: Site) {}

  async project(name: string): Promise<Project> {
    const files = Object.fromEntries(Array.from({ length: 14 }, (_, number) => [`data/part ${number}.csv`, `age,n\n0,${number}\n`]));
    const project = await this.site.project(name, { "models/seir.py": "beta = 0.3\n", "data/empty.csv": "", ...files });
    Deno.writeFileSync(join(project.root, "data/big.bin"), this.#big);
    await this.site.add(project, "data/big.bin");
    return project;
  }

  /** Where a repository must be made first, a push says so, and nothing else went wrong. */
  async firstPush(project: Project): Promise<string> {
    const { server } = this;
    if (!server.manners.repositoryMustExist) return await this.#push(project), "yes";
    await this.#as(async (remote) => {
      await fails(this.site.push(project, {}, { remote }), "not-found", "NAME_UNKNOWN", /does not exist/);
    });
    server.makeRepository();
    await this.#push(project);
    return "yes, once the repository exists";
  }

  howBigFilesGo(): string {
    assert.deepEqual(this.server.blobs.get(digestOf(this.#big)), this.#big);
    return this.server.pieces.length === 0 ? "in one request" : "in pieces";
  }

  async pushUnchanged(project: Project): Promise<string> {
    const before = this.server.seen.length;
    await this.#as(async (remote) => {
      const report = await this.site.push(project, {}, { remote });
      assert.equal(report.nothingToDo, true);
    });
    const sent = this.server.seen.slice(before).filter(({ method }) => !["GET", "HEAD"].includes(method));
    assert.deepEqual(sent.map(({ method, at }) => `${method} ${at}`), []);
    return "nothing is sent";
  }

  /** Two people in turn: clone, change, push; pull; change, push; pull. */
  async exchange(project: Project): Promise<{ bob: Project; pull: string }> {
    const bob = (await this.#as((remote) => this.site.clone("bob", {}, { remote }))).project;
    assert.deepEqual(Deno.readFileSync(join(bob.root, "data/big.bin")), this.#big);
    assert.equal(textOf(bob, "data/empty.csv"), "");
    for (const [from, to, text] of [[bob, project, "beta = 0.4\n"], [project, bob, "beta = 0.5\n"]] as const) {
      writeFile(from, "models/seir.py", text);
      const blobs = this.server.blobs.size;
      const report = await this.#push(from);
      assert.ok(report.uploaded.bytes < MiB, "what did not change is not sent again");
      assert.ok(this.server.blobs.size - blobs <= 6);
      assert.equal(await this.#relation(to), "behind");
      await this.#as((remote) => this.site.pull(to, {}, { remote }));
      assert.equal(textOf(to, "models/seir.py"), text);
    }
    return { bob, pull: "yes" };
  }

  async statusOf(...projects: Project[]): Promise<string> {
    for (const project of projects) assert.equal(await this.#relation(project), "in-step");
    return "in step";
  }

  async log(): Promise<string> {
    const log = await this.#as((remote) => logOf(plainWorld(), { remote, tag: "latest", digest: null }));
    assert.deepEqual(log.records.map(({ message }) => message), ["push 3", "push 2", "push 1"]);
    return "yes";
  }

  howReferrersAreFound(): string {
    const hasTag = [...this.server.tags.keys()].some((name) => /^sha256-/.test(name));
    const hasList = this.server.manners.referrers.answer === "index";
    assert.ok(hasTag || hasList);
    return hasTag && hasList ? "both" : hasTag ? "fallback tag" : "interface";
  }

  async tag(): Promise<string> {
    const world = plainWorld();
    await this.#as((remote) => tag(world, { remote, tag: "latest", digest: null }, { tag: "v1", force: false, message: null }));
    assert.equal(this.server.tags.get("v1"), this.server.tags.get("latest"));
    return "yes";
  }

  /** With more tags than a page holds, none of them missing, and no list of referrers among them. */
  async tags(): Promise<string> {
    const [digest] = [...this.server.manifests.keys()];
    for (let number = 0; number < MORE_TAGS; number++) this.server.tags.set(`run-${String(number).padStart(3, "0")}`, digest!);
    const before = this.server.seen.length;
    const { tags } = await this.#as((remote) => tagsOf(plainWorld(), remote, false));
    assert.deepEqual(tags.map(({ tag }) => tag), [...this.server.tags.keys()].filter((name) => !/^sha256-/.test(name)).sort());
    const pages = new Set(this.server.seen.slice(before).map(({ at }) => at).filter((at) => at.includes("/tags/list"))).size;
    for (let number = 0; number < MORE_TAGS; number++) this.server.tags.delete(`run-${String(number).padStart(3, "0")}`);
    return pages > 1 ? "by pages" : "at once";
  }

  async untag(): Promise<string> {
    const holds = this.server.tags.get("v1");
    try {
      await this.#as((remote) => untag(plainWorld(), remote, "v1"));
      assert.equal(this.server.tags.has("v1"), false);
      return this.server.manners.tags.remove === "takes the manifest" ? "yes, the bundle is put back" : "yes";
    } catch (error) {
      if (!isFailure(error, "unsupported")) throw error;
      assert.match(error.message, /cannot forget the tag v1: its registry does not remove single tags/);
      assert.equal(this.server.tags.get("v1"), holds);
      return "refused, and told";
    } finally {
      assert.equal(this.server.tags.get("latest"), holds);
      assert.ok(this.server.manifests.has(holds!), "the bundle is there, whatever became of its tag");
    }
  }

  async ranges(): Promise<string> {
    const blob = { digest: digestOf(this.#big), size: BIG };
    const part = { offset: 5 * MiB + 3, length: 70_000 };
    const [front, behind] = [this.server.seen.length, this.server.stored.length];
    for (const { offset, length } of [part, { offset: 0, length: 1000 }, { offset: BIG - 9, length: 9 }]) {
      const read = await this.#as(async (remote) => await new Response(await remote.blobs.readPart(blob, { offset, length })).bytes());
      assert.deepEqual(read, this.#big.subarray(offset, offset + length));
    }
    const asked = [...this.server.seen.slice(front), ...this.server.stored.slice(behind)].filter(({ headers }) => headers.has("range"));
    assert.ok(asked.length > 0);
    const { ranges } = this.server.manners.blobs;
    return ranges === "ignored" ? "read from the start, and dropped" : ranges === "served" ? "yes" : "yes; from byte 0 on without a Range";
  }

  /** Many small files in packs; of a pack that changed, only the range that holds the change is fetched. */
  async packs(): Promise<string> {
    const rows = (number: number) => `${String(number).padStart(3, "0")},`.repeat(25_000);
    const files = Object.fromEntries(Array.from({ length: 40 }, (_, number) => [`runs/r${number}.csv`, rows(number)]));
    const project = await this.site.project("carol", files);
    const config = join(project.root, ".modelops-bundle/config.yaml");
    Deno.writeTextFileSync(config, `${Deno.readTextFileSync(config)}layout: packs\n`);
    const request = { tags: ["packed"] };
    const blobs = this.server.blobs.size;
    await this.#as((remote) => this.site.push(project, request, { remote }));
    assert.ok(this.server.blobs.size - blobs < 12, "40 files in a few packs");
    const other = (await this.#as((remote) => this.site.clone("dave", { tag: "packed" }, { remote }))).project;
    for (const [path, text] of Object.entries(files)) assert.equal(textOf(other, path), text);
    writeFile(project, "runs/r7.csv", rows(777));
    await this.#as((remote) => this.site.push(project, request, { remote }));
    const [front, behind, given] = [this.server.seen.length, this.server.stored.length, this.server.given];
    await this.#as((remote) => this.site.pull(other, {}, { remote }));
    assert.equal(textOf(other, "runs/r7.csv"), rows(777));
    const { ranges } = this.server.manners.blobs;
    const asked = [...this.server.seen.slice(front), ...this.server.stored.slice(behind)].filter(({ headers }) => headers.has("range"));
    assert.ok(asked.length > 0, "the change is asked for by its range");
    if (ranges !== "ignored") assert.ok(this.server.given - given < MiB, `${this.server.given - given} bytes for a change of 100 kB`);
    return ranges === "ignored" ? "yes, read as a whole" : "yes, by ranges";
  }

  /** A push that is stopped in the middle of a file, and run again by another process with the same journal. */
  async resume(): Promise<string> {
    const uploads = journalInMemory();
    const takesPieces = this.server.manners.uploads.piece !== null;
    // As if larger bodies, or pieces, had been refused before: files of this size go in one request otherwise.
    const known: HostProfile = { wholeUpTo: takesPieces ? MiB : null, takesPieces, piece: 2 * MiB };
    const hosts: HostMemory = { find: () => known, keep: () => {} };
    const project = await this.site.project("erin", {});
    const bytes = bigBytes(13 * MiB, 11);
    Deno.writeFileSync(join(project.root, "long.bin"), bytes);
    await this.site.add(project, "long.bin");
    const stop = new AbortController();
    let moved = 0;
    const emit = (event: Event) => {
      if (event.kind === "bytes" && event.activity === "uploading" && (moved += event.count) > 6 * MiB) stop.abort();
    };
    const world = { ...plainWorld(), emit, signal: stop.signal };
    await this.#as(async (remote) => {
      await fails(this.site.push(project, { tags: ["long"] }, { remote, world }), "interrupted");
    }, { uploads, hosts });
    const before = this.server.seen.length;
    await this.#as((remote) => this.site.push(project, { tags: ["long"] }, { remote }), { uploads, hosts });
    assert.deepEqual(this.server.blobs.get(digestOf(bytes)), bytes);
    const sent = this.server.seen.slice(before).reduce((sum, { body }) => sum + body.byteLength, 0);
    const goesOn = sent < 10 * MiB;
    assert.equal(goesOn, takesPieces, `${sent} bytes were sent again`);
    return goesOn ? "goes on" : "the file again";
  }

  async #push(project: Project) {
    const message = `push ${++this.#messages}`;
    return await this.#as((remote) => this.site.push(project, { message }, { remote, world: later(this.#messages) }));
  }

  async #relation(project: Project): Promise<string> {
    return (await this.#as((remote) => this.site.status(project, {}, { remote }))).relation;
  }

  async #as<T>(work: (remote: Remote) => Promise<T>, options: Partial<RemoteOptions> = {}): Promise<T> {
    const { credential } = this.server;
    using it = client(this.server, { ...options, path: PATH, ...(credential === null ? {} : { credential }) });
    const result = await work(it.remote);
    this.server.settle(); // the next process comes later
    assert.doesNotMatch(Deno.inspect(it.events, { depth: 9 }), /s3cret|X-Signature/);
    return result;
  }
}

/** A world in which it is later than in those before. */
function later(turn: number) {
  const world = plainWorld();
  let clock = 0;
  return { ...world, now: () => new Date(Date.UTC(2026, 0, turn) + clock++ * 1000).toISOString() };
}

/** The same every time, and of no repeating pattern that a shifted copy would hide behind. */
function bigBytes(size = BIG, seed = 7): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(size / 4);
  let state = seed;
  for (let place = 0; place < words.length; place++) words[place] = state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return new Uint8Array(words.buffer);
}

/** A file above 64 MiB goes in pieces where nothing is known of the host yet. Gives the sizes of the pieces that were taken. */
export async function tryLargeFile(
  profile: Profile,
): Promise<{ readonly pieces: readonly number[]; readonly warnings: readonly string[] }> {
  await using server = new RegistryServer(profile.manners);
  server.makeRepository();
  using site = new Site();
  const project = await site.project("alice");
  const bytes = bigBytes(65 * MiB, 3);
  Deno.writeFileSync(join(project.root, "large.bin"), bytes);
  await site.add(project, "large.bin");
  using it = client(server, { path: PATH, ...(server.credential === null ? {} : { credential: server.credential }) });
  await site.push(project, {}, { remote: it.remote });
  const digest = digestOf(bytes);
  assert.equal(server.blobs.get(digest)?.byteLength, bytes.byteLength);
  assert.deepEqual(server.offences, []);
  const warnings = it.events.flatMap((event) => event.kind === "warning" ? [event.code] : []);
  return { pieces: server.pieces, warnings };
}

/** A tag that holds something may refuse to hold something else (rule R28). */
export async function tryImmutable(profile: Profile, status: 400 | 403 | 409 | 412): Promise<void> {
  await using server = new RegistryServer({ ...profile.manners, tags: { ...profile.manners.tags, move: status } });
  using site = new Site();
  server.makeRepository();
  const project = await site.project("alice", { "a.txt": "one" });
  const enter = () => client(server, { path: PATH, ...(server.credential === null ? {} : { credential: server.credential }) });
  const pushed = async (tags: readonly string[]) => {
    using it = enter();
    return await site.push(project, { tags }, { remote: it.remote });
  };
  const first = await pushed(["v1"]);
  assert.equal((await pushed(["v1"])).digest, first.digest, "the same again is no move");
  writeFile(project, "a.txt", "two");
  using it = enter();
  const failure = await fails(
    site.push(project, { tags: ["v1"] }, { remote: it.remote }),
    status === 403 ? "forbidden" : "unsupported",
    "may not move",
  );
  assert.match(failure.hint!, /push --tag/);
  assert.equal(server.tags.get("v1"), first.digest);
  await pushed(["v2"]);
  assert.notEqual(server.tags.get("v2"), first.digest);
  assert.deepEqual(server.offences, []);
}
