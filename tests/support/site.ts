/** A few users and one store, in one process: the flows as the commands call them, with short names. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import type { Digest } from "../../src/base/digest.ts";
import { Failure, type FailureCode } from "../../src/base/failure.ts";
import type { ContentStore, Remote } from "../../src/bundle/content.ts";
import { withHint } from "../../src/cli/last_hint.ts";
import { diff, type DiffRequest } from "../../src/flows/diff.ts";
import { manifestOf } from "../../src/flows/inspect.ts";
import { clone, type CloneRequest } from "../../src/flows/clone.ts";
import { pull, type PullRequest } from "../../src/flows/pull.ts";
import { readBundle } from "../../src/flows/read_bundle.ts";
import { readContent } from "../../src/flows/read_content.ts";
import { push, type PushRequest } from "../../src/flows/push.ts";
import { status } from "../../src/flows/status.ts";
import { add } from "../../src/flows/add.ts";
import { move } from "../../src/flows/move.ts";
import { remove } from "../../src/flows/remove.ts";
import { openLayout } from "../../src/layout/layout.ts";
import type {
  AddReport,
  DiffReport,
  ManifestReport,
  MoveReport,
  PullReport,
  PushReport,
  RemoveReport,
  StatusReport,
} from "../../src/plan/reports.ts";
import type { Project } from "../../src/worktree/project.ts";
import { makeProject, plainWorld, projectWorld, type TestWorld, writeFile } from "./worlds.ts";

export interface Doors {
  readonly remote?: Remote;
  readonly world?: TestWorld;
}

export class Site {
  readonly place = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "mops-site-" }));
  readonly store = join(this.place, "store");

  [Symbol.dispose](): void {
    Deno.removeSync(this.place, { recursive: true });
  }

  /** A project that tracks these files. */
  async project(name: string, files: Readonly<Record<string, string>> = {}): Promise<Project> {
    const project = await makeProject(join(this.place, name));
    for (const [path, text] of Object.entries(files)) writeFile(project, path, text);
    await this.add(project, ".");
    return project;
  }

  remote(directory = this.store): Remote {
    return openLayout(directory, { emit: () => {} });
  }

  async push(project: Project, request: Partial<PushRequest> = {}, doors: Doors = {}): Promise<PushReport> {
    return await push(this.#world(project, doors), { tags: [], message: null, force: false, dryRun: false, ...request });
  }

  async pull(project: Project, request: Partial<PullRequest> = {}, doors: Doors = {}): Promise<PullReport> {
    return await pull(this.#world(project, doors), { ...NO_DECISIONS, tag: null, digest: null, dryRun: false, ...request });
  }

  async clone(name: string, request: Partial<CloneRequest> = {}, doors: Doors = {}): Promise<{ project: Project; report: PullReport }> {
    const directory = join(this.place, name);
    const world = doors.world ?? plainWorld();
    const remote = doors.remote ?? this.remote();
    const report = await clone(world, remote, { directory, tag: "latest", digest: null, dryRun: false, ...request });
    return { project: { root: directory }, report };
  }

  async status(project: Project, request: { offline?: boolean; includeIgnored?: boolean } = {}, doors: Doors = {}): Promise<StatusReport> {
    return await status(this.#world(project, doors), { offline: false, includeIgnored: false, ...request });
  }

  async diff(project: Project, request: Partial<DiffRequest> = {}, doors: Doors = {}): Promise<DiffReport> {
    return await diff(this.#world(project, doors), { against: null, paths: [], patch: false, ...request });
  }

  async add(project: Project, ...paths: string[]): Promise<AddReport> {
    return await add(plainWorld(), { project, standing: project.root, paths, force: false });
  }

  async remove(project: Project, paths: string[], options: { rm?: boolean } = {}): Promise<RemoveReport> {
    return await remove(plainWorld(), { project, standing: project.root, paths, rm: options.rm ?? false });
  }

  async move(project: Project, from: string, to: string): Promise<MoveReport> {
    return await move(plainWorld(), { project, standing: project.root, from, to });
  }

  async files(digest: Digest, remote: Remote = this.remote()): Promise<ManifestReport["files"]> {
    return (await manifestOf(plainWorld(), { remote, tag: null, digest })).files;
  }

  /** One file of a bundle, as text; null when the bundle does not hold it. */
  async textIn(digest: Digest, path: string, remote: Remote = this.remote()): Promise<string | null> {
    const { files, packed } = await readBundle({ project: null, remote, signal: plainWorld().signal }, digest, digest);
    const file = files.get(path as BundlePath);
    return file === undefined ? null : await new Response(await readContent(remote.blobs, packed, file)).text();
  }

  #world(project: Project, { remote, world }: Doors) {
    return projectWorld(project, remote ?? this.store, world);
  }
}

const NO_DECISIONS = { overwrite: false, restoreDeleted: false, take: [], keep: [] };

export function textOf(project: Project, path: string): string {
  return Deno.readTextFileSync(join(project.root, path));
}

export function isThere(project: Project, path: string): boolean {
  try {
    Deno.lstatSync(join(project.root, path));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

export function warningsOf(world: TestWorld): string[] {
  return world.events.flatMap((event) => event.kind === "warning" ? [`${event.code}: ${event.message}`] : []);
}

/** Expects a failure of that kind, whose message says all of this; every failure should say how to go on. */
export async function fails(
  work: Promise<unknown> | (() => unknown),
  code: FailureCode,
  ...says: (string | RegExp)[]
): Promise<Failure> {
  let result: unknown;
  try {
    result = await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    assert.equal(error.code, code, error.message);
    for (const text of says) {
      if (typeof text === "string") assert.ok(error.message.includes(text), `"${error.message}" should name ${JSON.stringify(text)}`);
      else assert.match(error.message, text);
    }
    const { hint } = withHint(error) as Failure;
    assert.ok((hint ?? "") !== "", `a hint should follow "${error.message}"`);
    return error;
  }
  assert.fail(`expected a failure, got ${JSON.stringify(result)}`);
}

/** Verbs that change a remote. */
export type Write = "write blob" | "write manifest" | "set tag" | "remove tag";

export interface Hooks {
  /** Before each verb; what it throws, the verb throws. `what` is a digest or a tag. */
  readonly before?: (verb: Write | "resolve" | "read manifest" | "read blob" | "referrers", what: string) => void | Promise<void>;
  readonly after?: (verb: Write | "resolve", what: string) => void | Promise<void>;
}

/** A remote that says what is asked of it, and fails where a test wants it to. */
export function hooked(remote: Remote, { before = () => {}, after = () => {} }: Hooks): Remote {
  const blobs: ContentStore = {
    hintOfDamage: (blob) => remote.blobs.hintOfDamage(blob),
    has: (blob, options) => remote.blobs.has(blob, options),
    async read(blob, options) {
      await before("read blob", blob.digest);
      return await remote.blobs.read(blob, options);
    },
    async readPart(blob, part, options) {
      await before("read blob", blob.digest);
      return await remote.blobs.readPart(blob, part, options);
    },
    async write(blob, source, options) {
      await before("write blob", blob.digest);
      await remote.blobs.write(blob, source, options);
      await after("write blob", blob.digest);
    },
  };
  return {
    repository: remote.repository,
    blobs,
    parallel: remote.parallel,
    async resolve(tag, signal) {
      await before("resolve", tag);
      const digest = await remote.resolve(tag, signal);
      await after("resolve", tag);
      return digest;
    },
    async readManifest(digest, signal) {
      await before("read manifest", digest);
      return await remote.readManifest(digest, signal);
    },
    async writeManifest(manifest, signal) {
      await before("write manifest", manifest.digest);
      await remote.writeManifest(manifest, signal);
      await after("write manifest", manifest.digest);
    },
    async setTag(tag, manifest, expect, signal) {
      await before("set tag", tag);
      await remote.setTag(tag, manifest, expect, signal);
      await after("set tag", tag);
    },
    async removeTag(tag, expect, signal) {
      await before("remove tag", tag);
      await remote.removeTag(tag, expect, signal);
      await after("remove tag", tag);
    },
    tags: (signal) => remote.tags(signal),
    async referrers(digest, type, signal) {
      await before("referrers", digest);
      return await remote.referrers(digest, type, signal);
    },
    requests: () => remote.requests(),
    close: () => remote.close(),
  };
}

/** Everything below a folder, local state and times included: for proving that nothing was touched. */
export function listing(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (path: string): void => {
    const info = Deno.lstatSync(join(folder, path));
    const content = info.isSymlink
      ? Deno.readLinkSync(join(folder, path))
      : info.isFile
      ? new TextDecoder("latin1").decode(Deno.readFileSync(join(folder, path)))
      : "";
    found[path] = `${info.mode} ${info.mtime?.getTime()} ${info.ino} ${content}`;
    if (info.isDirectory) { for (const { name } of Deno.readDirSync(join(folder, path))) visit(path === "" ? name : `${path}/${name}`); }
  };
  visit("");
  return found;
}

/** The three files that travel, as they should be for a project with one model and one target. */
export const MODEL_REGISTRY = `version: "1.0"
models:
  sir_sir:
    entrypoint: models.sir:SIR
    path: models/sir.py
    class_name: SIR
    scenarios: []
    parameters: []
    outputs: [incidence]
    data: [data/pop.csv]   # what it reads
    code: [src/helper.py]
targets:
  incidence:
    path: targets/inc.py
    entrypoint: targets.inc:incidence
    model_output: incidence
    data: [data/obs.csv]
target_sets: {}
`;

/** What preflight wants of a project as a whole. */
export const RUNNABLE: Readonly<Record<string, string>> = {
  "pyproject.toml": '[project]\nname = "m"\ndependencies = ["modelops-calabaria"]\n',
};

export const MODEL_FILES: Readonly<Record<string, string>> = {
  "models/sir.py": "class SIR: pass\n",
  "data/pop.csv": "age,n\n0,10\n",
  "src/helper.py": "x = 1\n",
  "targets/inc.py": "def incidence(): pass\n",
  "data/obs.csv": "day,n\n1,2\n",
};
