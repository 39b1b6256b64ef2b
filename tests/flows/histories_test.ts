/**
 * Random histories of two users, two tags and pins. Law: no edit is ever replaced, in a folder or under a tag, without somebody's
 * decision. (One baseline for all tags breaks it: B3.)
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import type { Digest } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { manifestOf } from "../../src/flows/inspect.ts";
import { pull } from "../../src/flows/pull.ts";
import { push } from "../../src/flows/push.ts";
import { add } from "../../src/flows/add.ts";
import { openLayout } from "../../src/layout/layout.ts";
import type { Project } from "../../src/worktree/project.ts";
import { makeProject, plainWorld, projectWorld, writeFile } from "../support/worlds.ts";

const PATHS = ["a.txt", "b/c.txt"] as const;
const TAGS = ["latest", "exp"] as const;

type Step =
  | { readonly do: "edit"; readonly user: 0 | 1; readonly path: typeof PATHS[number] }
  | { readonly do: "delete"; readonly user: 0 | 1; readonly path: typeof PATHS[number] }
  | { readonly do: "push"; readonly user: 0 | 1; readonly tag: typeof TAGS[number] | null }
  | { readonly do: "pull"; readonly user: 0 | 1; readonly tag: typeof TAGS[number] | null }
  | { readonly do: "pin"; readonly user: 0 | 1; readonly which: number };

const anyUser = fc.constantFrom<0 | 1>(0, 1);
const anyPath = fc.constantFrom(...PATHS);
const anyTag = fc.constantFrom<typeof TAGS[number] | null>(null, ...TAGS);
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("edit" as const), user: anyUser, path: anyPath }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("delete" as const), user: anyUser, path: anyPath }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("push" as const), user: anyUser, tag: anyTag }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pull" as const), user: anyUser, tag: anyTag }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("pin" as const), user: anyUser, which: fc.nat(9) }) },
);

/** path → text; a path that is not there is not in it. */
type Files = Readonly<Record<string, string>>;

Deno.test("no edit is ever replaced, here or under a tag, without somebody's decision", async () => {
  const runs = Number(Deno.env.get("MOPS_HISTORIES") ?? 60);
  await fc.assert(fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 16 }), runHistory), { numRuns: runs });
});

async function runHistory(steps: readonly Step[]): Promise<void> {
  const place = Deno.makeTempDirSync({ prefix: "mops-history-" });
  try {
    const history = await History.begin(place);
    for (const step of steps) await history.take(step);
  } finally {
    Deno.removeSync(place, { recursive: true });
  }
}

class User {
  /** Everything that this folder ever held, by path; nothing is always known. */
  readonly seen = new Map<string, Set<string | undefined>>(PATHS.map((path) => [path, new Set([undefined])]));
  pulled: Files = {};
  constructor(readonly project: Project, readonly name: string) {}

  files(): Files {
    return Object.fromEntries(PATHS.flatMap((path) => {
      try {
        return [[path, Deno.readTextFileSync(join(this.project.root, path))]];
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return [];
        throw error;
      }
    }));
  }

  look(): void {
    const files = this.files();
    for (const path of PATHS) this.seen.get(path)!.add(files[path]);
  }
}

class History {
  #edits = 0;
  /** What each tag has held, oldest first. */
  readonly held = new Map<string, Files[]>(TAGS.map((tag) => [tag, []]));
  readonly bundles: Digest[] = [];

  private constructor(readonly users: readonly User[], readonly store: string) {}

  static async begin(place: string): Promise<History> {
    const users = [];
    for (const name of ["ann", "ben"]) users.push(new User(await makeProject(join(place, name)), name));
    return new History(users, join(place, "store"));
  }

  async take(step: Step): Promise<void> {
    const user = this.users[step.user]!;
    switch (step.do) {
      case "edit":
        return await this.edit(user, step.path);
      case "delete":
        return this.delete(user, step.path);
      case "push":
        return await this.push(user, step.tag);
      case "pull":
        return await this.pull(user, step.tag, null);
      case "pin": {
        const digest = this.bundles[step.which % Math.max(1, this.bundles.length)];
        if (digest !== undefined) await this.pull(user, null, digest);
      }
    }
  }

  async edit(user: User, path: string): Promise<void> {
    writeFile(user.project, path, `${user.name} ${this.#edits++}\n`);
    await add(plainWorld(), { project: user.project, standing: user.project.root, paths: [path], force: false });
    user.look();
  }

  delete(user: User, path: string): void {
    try {
      Deno.removeSync(join(user.project.root, path));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  async push(user: User, tag: string | null): Promise<void> {
    const before = Object.fromEntries(await Promise.all(TAGS.map(async (name) => [name, await this.#under(name)] as const)));
    const local = user.files();
    const report = await refusable(
      push(projectWorld(user.project, this.store), { tags: tag === null ? [] : [tag], message: null, force: false, dryRun: false }),
    );
    for (const name of TAGS) {
      const now = await this.#under(name);
      const was = before[name]!;
      if (now === null || same(now, was ?? {}) && was !== null) continue;
      assert.ok(report !== null, "a refused push moved a tag");
      for (const path of PATHS) {
        if (was?.[path] !== now[path]) {
          assert.ok(user.seen.get(path)!.has(was?.[path]), `${user.name} replaced ${was?.[path]} under ${name} without having seen it`);
        }
        assert.equal(now[path], local[path], "what was pushed is not what was there");
      }
      this.held.get(name)!.push(now);
    }
    if (report !== null) this.bundles.push(report.digest);
    assert.deepEqual(user.files(), local, "a push changed the folder");
  }

  async pull(user: User, tag: string | null, digest: Digest | null): Promise<void> {
    const before = user.files();
    const report = await refusable(
      pull(projectWorld(user.project, this.store), {
        tag,
        digest,
        overwrite: false,
        restoreDeleted: false,
        take: [],
        keep: [],
        dryRun: false,
      }),
    );
    const after = user.files();
    if (report === null) return assert.deepEqual(after, before, "a refused pull changed the folder");
    const followed = /:([a-z]+)@/.exec(report.reference)![1]!;
    for (const path of PATHS) {
      if (after[path] === before[path]) continue;
      // Published under the tag that the folder follows: there to come back to, or replaced there by somebody who had seen it.
      const superseded = this.held.get(followed)!.some((files) => files[path] === before[path]);
      assert.ok(user.pulled[path] === before[path] || superseded, `${user.name} lost ${before[path]} at ${path} to ${after[path]}`);
    }
    user.pulled = await this.#content(report.digest);
    user.look();
  }

  async #under(tag: string): Promise<Files | null> {
    const digest = await openLayout(this.store, { emit: () => {} }).resolve(tag);
    return digest === null ? null : await this.#content(digest);
  }

  async #content(digest: Digest): Promise<Files> {
    const remote = openLayout(this.store, { emit: () => {} });
    const { files } = await manifestOf(plainWorld(), { remote, tag: null, digest });
    const found: Record<string, string> = {};
    for (const file of files) {
      if ((PATHS as readonly string[]).includes(file.path)) found[file.path] = await new Response(await remote.blobs.read(file)).text();
    }
    return found;
  }
}

/** null when the step was refused to protect data, or there was nothing to pull yet. */
async function refusable<T>(step: Promise<T>): Promise<T | null> {
  try {
    return await step;
  } catch (error) {
    if (isFailure(error, "conflict", "tag-moved", "would-overwrite", "not-found")) return null;
    throw error;
  }
}

function same(a: Files, b: Files): boolean {
  return PATHS.every((path) => a[path] === b[path]);
}
