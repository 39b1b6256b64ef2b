/**
 * Two people and one registry on a line that may fail: Ann has published a bundle and changed her folder, Ben has a clone and an edit of his
 * own. What must hold whatever the line does stands here; the suites choose the faults.
 */
import assert from "node:assert/strict";
import { Failure, type FailureCode } from "../../src/base/failure.ts";
import type { Digest } from "../../src/base/digest.ts";
import { exitCodeOf } from "../../src/cli/exit_code.ts";
import { withHint } from "../../src/cli/last_hint.ts";
import type { Remote } from "../../src/bundle/content.ts";
import type { RemoteOptions } from "../../src/remote/open_remote.ts";
import { remove } from "../../src/flows/remove.ts";
import type { Project } from "../../src/worktree/project.ts";
import { tree } from "../support/program.ts";
import { client } from "../support/scripted_server.ts";
import { isThere, Site, textOf, warningsOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";

/** Larger than what is sent from memory: it goes out as a stream. */
const BIG = 4 * 1024 * 1024 + 70_000;
/** No case waits longer for bytes that do not come (s). What is large comes over a connection of its own, as it does above 32 MiB. */
export const IMPATIENT = { idleSeconds: 0.4, connectSeconds: 0.4, attempts: 4, largeFrom: 1024 * 1024 };

export type Outcome = { readonly kind: "done"; readonly digest: Digest } | { readonly kind: "failed"; readonly failure: Failure };
type Options = Partial<RemoteOptions> & Parameters<typeof client>[1];

export class WireCase implements Disposable {
  readonly site = new Site();
  #remotes: Disposable[] = [];

  private constructor(readonly host: string, readonly path: string, readonly ann: Project, readonly ben: Project, site: Site) {
    this.site = site;
  }

  /** @param host where requests go, honest at this moment @param path a repository that nobody used yet */
  static async prepare(host: string, path: string, honest: Options = {}): Promise<WireCase> {
    const site = new Site();
    const files = { "model.py": "x = 1\n", "data/a.csv": "a,1\n".repeat(500), "data/b.csv": "b,1\n".repeat(7000), "gone.txt": "one\n" };
    const ann = await site.project("ann", { ...files, "mine.txt": "one\n" });
    using door = client({ host }, { path, ...honest });
    await site.push(ann, {}, { remote: door.remote });
    const { project: ben } = await site.clone("ben", {}, { remote: door.remote });
    writeFile(ben, "mine.txt", "of ben\n");
    writeFile(ann, "data/a.csv", `a,${path}\n`.repeat(500));
    writeFile(ann, "model.py", `x = "${path}"\n`);
    writeFile(ann, "new/c.csv", `c,${path}\n`);
    writeFile(ann, "new/big.bin", `${path} `.repeat(Math.ceil(BIG / (path.length + 1))));
    await site.add(ann, "new");
    await remove(plainWorld(), { project: ann, standing: ann.root, paths: ["gone.txt"], rm: true });
    return new WireCase(host, path, ann, ben, site);
  }

  [Symbol.dispose](): void {
    for (const remote of this.#remotes) remote[Symbol.dispose]();
    this.site[Symbol.dispose]();
  }

  /** The repository, over the line as it is. */
  remote(options: Options = {}): Remote {
    const door = client({ host: this.host }, { path: this.path, ...options });
    this.#remotes.push(door);
    return door.remote;
  }

  async annPushes(options: Options = IMPATIENT): Promise<Outcome> {
    return await this.#run(this.ann, async () => (await this.site.push(this.ann, {}, { remote: this.remote(options) })).digest);
  }

  async benPulls(options: Options = IMPATIENT): Promise<Outcome> {
    return await this.#run(this.ben, async () => (await this.site.pull(this.ben, {}, { remote: this.remote(options) })).digest);
  }

  async someoneClones(name: string, options: Options = IMPATIENT): Promise<Outcome> {
    return await outcomeOf(async () => (await this.site.clone(name, {}, { remote: this.remote(options) })).report.digest);
  }

  /** Nothing is half done, whatever came of it. */
  async #run(project: Project, work: () => Promise<Digest>): Promise<Outcome> {
    const before = tree(project.root);
    const outcome = await outcomeOf(work);
    if (outcome.kind === "failed") assert.deepEqual(tree(project.root), before, "a failed command changes no file");
    const gone = ["lock", "journal.json", ...(outcome.kind === "failed" ? [] : ["staging", "partials", "uploads.json"])];
    for (const name of gone) assert.equal(isThere(project, `.modelops-bundle/${name}`), false, name);
    return outcome;
  }

  /** The line is honest again: a plain re-run of everything ends with both having both's work, and the remote holding all of it. */
  async ends(before: { readonly tag: Digest }, pushed: Outcome): Promise<void> {
    const remote = this.remote();
    const held = await remote.resolve("latest");
    const { digest } = await this.site.push(this.ann, {}, { remote });
    if (pushed.kind === "done") assert.equal(digest, pushed.digest, "a push that said so has pushed what it said");
    assert.ok(held === before.tag || held === digest, `the tag held ${held}, which is neither the old bundle nor the new one`);
    if (pushed.kind === "done") assert.equal(held, digest, "a push that said so has moved the tag");
    assert.equal(await remote.resolve("latest"), digest);
    await this.site.clone("old", { digest: before.tag }, { remote }); // every blob of it is verified
    await this.#allHasArrived(remote);
  }

  async #allHasArrived(remote: Remote): Promise<void> {
    const { site, ann, ben } = this;
    const world = plainWorld();
    assert.equal((await site.status(ann, {}, { remote, world })).relation, "in-step");
    assert.deepEqual(warningsOf(world), []);
    assert.equal((await site.push(ann, {}, { remote })).nothingToDo, true);
    await site.pull(ben, {}, { remote });
    const [hers, his] = [shared(ann), shared(ben)];
    assert.equal(textOf(ben, "mine.txt"), "of ben\n", "Ben's own edit is still there");
    assert.deepEqual({ ...his, "mine.txt": "" }, { ...hers, "mine.txt": "" });
  }
}

export function shared(project: Project): Record<string, string> {
  const { ".gitignore": _, ...rest } = tree(project.root);
  return rest;
}

/** Anything but a Failure with a hint and an exit code of its own fails the test. */
export async function outcomeOf(work: () => Promise<Digest>): Promise<Outcome> {
  try {
    return { kind: "done", digest: await work() };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const failure = withHint(error) as Failure;
    assert.ok((failure.hint ?? "") !== "", failure.message);
    assert.ok(![0, 1, 2, 70].includes(exitCodeOf(failure)), `exit ${exitCodeOf(failure)}: ${failure.message}`);
    return { kind: "failed", failure };
  }
}

export function expectFailure(outcome: Outcome, ...codes: readonly FailureCode[]): Failure {
  assert.equal(outcome.kind, "failed", "it should have failed");
  const { failure } = outcome as Outcome & { kind: "failed" };
  assert.ok(codes.includes(failure.code), `${failure.code}: ${failure.message}`);
  return failure;
}
