/**
 * Every kind of file that the program stores, damaged in every way, before every command: the damage is noticed, or it is harmless;
 * nothing is ever believed. A new kind of file joins by a line in `KINDS`.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import { parseBundlePath } from "../../src/base/bundle_path.ts";
import { readAll } from "../../src/base/bytes.ts";
import { digestOf } from "../../src/base/digest.ts";
import { diff, show } from "../../src/flows/diff.ts";
import { logOf, manifestOf } from "../../src/flows/inspect.ts";
import { registerModels } from "../../src/flows/register.ts";
import { readBundle } from "../../src/flows/read_bundle.ts";
import { packsIn } from "../../src/bundle/bundle_index.ts";
import { status } from "../../src/flows/status.ts";
import { pull } from "../../src/flows/pull.ts";
import { push } from "../../src/flows/push.ts";
import { clone } from "../../src/flows/clone.ts";
import { add } from "../../src/flows/add.ts";
import { openLayout } from "../../src/layout/layout.ts";
import { bytesOf, bytesOfLines, decodeSections, encodeSections } from "../../src/worktree/checked_sections.ts";
import type { Project } from "../../src/worktree/project.ts";
import { makeProject, plainWorld, projectWorld, type TestWorld, writeFile } from "../support/worlds.ts";
import { cases, Chance, tellTried, TORTURE } from "../support/torture.ts";
import { DAMAGES, digestsBelow, KeptPlace } from "./damaged_place.ts";

interface Kind {
  readonly name: string;
  /** Of the paths in the place, those that are of this kind. */
  readonly files: RegExp;
  /**
   * People write it, too: what is still lawful counts as their edit, and has to be told of by `status` and `diff`. Else only a failure, a
   * warning, or the very outcome of the undamaged file will do.
   */
  readonly isPeoples?: boolean;
  /** Tried with one damage only, but in torture: who notices it has waited for it. */
  readonly isSlow?: boolean;
}

const KINDS: readonly Kind[] = [
  { name: "stat cache", files: /^(ann|ben)\/\.modelops-bundle\/stat-cache$/ },
  { name: "state", files: /^(ann|ben)\/\.modelops-bundle\/state\.json$/ },
  { name: "tracked set", files: /^(ann|ben)\/\.modelops-bundle\/tracked\.txt$/, isPeoples: true },
  { name: "analysis cache", files: /^(ann|ben)\/\.modelops-bundle\/analysis\.json$/ },
  { name: "outline cache", files: /^(ann|ben)\/\.modelops-bundle\/outlines\.json$/ },
  { name: "base object", files: /^(ann|ben)\/\.modelops-bundle\/objects\// },
  { name: "config.yaml", files: /^(ann|ben)\/\.modelops-bundle\/config\.yaml$/, isPeoples: true },
  { name: "registry.yaml", files: /^(ann|ben)\/\.modelops-bundle\/registry\.yaml$/, isPeoples: true },
  { name: "manifest.yaml", files: /^(ann|ben)\/\.modelops-bundle\/manifest\.yaml$/ },
  { name: "environment pin", files: /^(ann|ben)\/\.modelops-bundle\/env$/, isPeoples: true },
  { name: "journal", files: /^cut\/\.modelops-bundle\/journal\.json$/ },
  { name: "staged file", files: /^cut\/\.modelops-bundle\/staging\/[^/]+\/(\d+$|new-\d+\/)/ },
  { name: "staged state", files: /^cut\/\.modelops-bundle\/staging\/[^/]+\/after-/ },
  { name: "clone mark", files: /^half\/\.modelops-bundle\/clone\.json$/ },
  { name: "layout blob", files: /^store\/blobs\// },
  { name: "layout index.json", files: /^store\/index\.json$/ },
  { name: "oci-layout", files: /^store\/oci-layout$/ },
  { name: "lock of a dead process", files: /^stuck\/\.modelops-bundle\/lock$/, isSlow: true },
];

interface Command {
  readonly name: string;
  /** The folder it works in; null: none. */
  readonly folder: "ann" | "ben" | "cut" | "half" | "stuck" | null;
  run(place: string, world: TestWorld): Promise<unknown>;
}

const DECISIONS = { overwrite: false, restoreDeleted: false, take: [], keep: [] };
const PULL = { ...DECISIONS, tag: null, digest: null, dryRun: false };
const PUSH = { tags: [], message: null, force: false, dryRun: false, preflight: false };
const remoteOf = (place: string, world: TestWorld) => openLayout(join(place, "store"), { emit: world.emit });
const at = (place: string, folder: string): Project => ({ root: join(place, folder) });
const within = (place: string, folder: string, world: TestWorld) => projectWorld(at(place, folder), remoteOf(place, world), world);
const latest = (place: string, world: TestWorld) => ({ remote: remoteOf(place, world), tag: "latest", digest: null });

const COMMANDS: readonly Command[] = [
  ...(["ann", "ben", "cut", "stuck"] as const).map((folder): Command => ({
    name: `status in ${folder}`,
    folder,
    run: (place, world) => status(within(place, folder, world), { offline: false, includeIgnored: false }),
  })),
  {
    name: "status --offline",
    folder: "ann",
    run: (place, world) => status(within(place, "ann", world), { offline: true, includeIgnored: false }),
  },
  { name: "diff", folder: "ann", run: (place, world) => diff(within(place, "ann", world), { against: null, paths: [], patch: true }) },
  {
    name: "add",
    folder: "ann",
    run: (place, world) => add(world, { project: at(place, "ann"), standing: join(place, "ann"), paths: ["new.txt"], force: false }),
  },
  ...(["ann", "cut"] as const).map((folder): Command => ({
    name: `pull in ${folder}`,
    folder,
    run: (place, world) => pull(within(place, folder, world), PULL),
  })),
  ...(["ben", "stuck"] as const).map((folder): Command => ({
    name: `push in ${folder}`,
    folder,
    run: (place, world) => push(within(place, folder, world), PUSH),
  })),
  { name: "log", folder: null, run: (place, world) => logOf(world, latest(place, world)) },
  { name: "manifest", folder: null, run: (place, world) => manifestOf(world, latest(place, world)) },
  {
    name: "show",
    folder: null,
    async run(place, world) {
      const { bytes, ...file } = await show(world, { ...latest(place, world), project: null }, "models/sir.py");
      return { ...file, bytes: digestOf(await readAll(bytes, 1e6, "the file")) };
    },
  },
  ...(["new", "half"] as const).map((folder): Command => ({
    name: `clone into ${folder}`,
    folder: folder === "half" ? "half" : null,
    run: (place, world) =>
      clone(world, remoteOf(place, world), { directory: join(place, folder), tag: "latest", digest: null, dryRun: false }),
  })),
];

const MODEL = `from modelops_calabaria import BaseModel, ParameterSpace, ParameterSpec, model_output
from models.rates import BETA

class SIR(BaseModel):
    PARAMS = ParameterSpace([ParameterSpec("beta", 0.1, 2.0, "float")])
    def build_sim(self, params, config): return BETA
    def run_sim(self, state, seed): return 1
    @model_output("incidence")
    def incidence(self, raw, seed): return raw
`;

/**
 * `ann` is behind and has an edit, `ben` in step and has an edit, `cut` died in the middle of a pull, `half` in the middle of a clone,
 * `stuck` with the lock in its hand.
 */
async function makePlace(layout: "files" | "packs"): Promise<string> {
  const place = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "mops-decay-", ...(isFolder("/dev/shm") ? { dir: "/dev/shm" } : {}) }));
  const store = join(place, "store");
  const ann = await makeProject(join(place, "ann"));
  writeFile(ann, "pyproject.toml", '[project]\nname = "m"\nversion = "1"\ndependencies = ["modelops-calabaria"]\n');
  writeFile(ann, "models/__init__.py", "");
  writeFile(ann, "models/rates.py", "BETA = 0.3\n");
  writeFile(ann, "models/sir.py", MODEL);
  writeFile(ann, "data/pop.csv", "age,n\n0,10\n1,20\n");
  writeFile(ann, "notes/read.me", "first\n");
  writeFile(ann, "notes/gone.md", "to be removed\n");
  writeFile(ann, "run.sh", "#!/bin/sh\necho 1\n");
  if (layout === "packs") Deno.writeTextFileSync(join(ann.root, ".modelops-bundle/config.yaml"), "layout: packs\n", { append: true });
  const world = plainWorld();
  await add(world, { project: ann, standing: ann.root, paths: ["."], force: false });
  await registerModels(world, { project: ann, dryRun: false }, {
    files: [parseBundlePath("models/sir.py")],
    classes: [],
    exclude: [],
    given: { data: [], code: [] },
    id: null,
    autoCode: null,
    codeMode: null,
    labels: {},
    autoData: true,
    regenAll: false,
  });
  await push(projectWorld(ann, store), PUSH);
  for (const name of ["ben", "cut", "stuck"]) await cloneTo(place, name);
  const ben = at(place, "ben");
  writeFile(ben, "notes/read.me", "second, of ben\n");
  writeFile(ben, "notes/added.md", "of ben\n");
  Deno.removeSync(join(ben.root, "notes/gone.md"));
  await add(world, { project: ben, standing: ben.root, paths: ["."], force: false });
  await push(projectWorld(ben, store), PUSH);
  writeFile(ben, "data/pop.csv", "age,n\n0,11\n1,20\n");
  writeFile(ann, "data/pop.csv", "age,n\n0,12\n1,20\n");
  writeFile(ann, "new.txt", "not tracked yet\n");
  await new Promise((resolve) => setTimeout(resolve, 1100)); // what is younger than a second is not remembered
  for (const folder of ["ann", "ben"]) {
    await status(projectWorld(at(place, folder), store), { offline: false, includeIgnored: false }); // fills the caches
    Deno.writeTextFileSync(join(place, folder, ".modelops-bundle/env"), "site\n");
  }
  await dying(() => pull(projectWorld(at(place, "cut"), store, dyingWorld()), PULL));
  await dying(() =>
    clone(dyingWorld(), openLayout(store, { emit: () => {} }), {
      directory: join(place, "half"),
      tag: "latest",
      digest: null,
      dryRun: false,
    })
  );
  const lock = {
    host: Deno.hostname(),
    pid: 4_000_000,
    started: "2026-01-01T00:00:00Z",
    command: "mops bundle push",
    token: "t",
    space: "",
    born: "",
    machine: null,
  };
  Deno.writeTextFileSync(join(place, "stuck/.modelops-bundle/lock"), JSON.stringify(lock) + "\n");
  return place;
}

async function cloneTo(place: string, name: string): Promise<void> {
  const world = plainWorld();
  await clone(world, remoteOf(place, world), { directory: join(place, name), tag: "latest", digest: null, dryRun: false });
}

class Died extends Error {}

/** A command in it dies when it has written its journal and before it takes the first step. */
function dyingWorld(): TestWorld {
  const world = plainWorld();
  return {
    ...world,
    emit(event) {
      if (event.kind === "begin" && event.activity === "placing") throw new Died();
    },
  };
}

async function dying(work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, Died);
}

interface Outcome {
  readonly failure: string | null;
  readonly warnings: readonly string[];
  /** What a report says went wrong: `reason` of a status. */
  readonly reason: string | null;
  readonly report: unknown;
  /** Files of the folders, without what is local to them. */
  readonly files: Readonly<Record<string, string>>;
  /** The text of the layout's index.json. */
  readonly index: string;
}

const isLocal = (path: string): boolean =>
  path.startsWith("store/") || /\.modelops-bundle\/(?!config\.yaml$|registry\.yaml$|manifest\.yaml$)/.test(path);

/** Members of reports that tell of more work, when something was not believed. */
const DUE_TO_CARE = new Set(["hashed", "uploaded", "skipped"]);

async function outcomeOf(command: Command, place: string): Promise<Outcome> {
  const world = plainWorld();
  let failure: string | null = null;
  let report: unknown = null;
  try {
    report = JSON.parse(JSON.stringify(await command.run(place, world), (key, value) => DUE_TO_CARE.has(key) ? undefined : value));
  } catch (error) {
    if (!isFailure(error) || error.code === "bug") throw error;
    failure = `${error.code}: ${error.message}`;
  }
  return {
    failure,
    report,
    reason: (report as { reason?: string | null } | null)?.reason ?? null,
    warnings: world.events.flatMap((event) => event.kind === "warning" ? [`${event.code}: ${event.message}`] : []),
    files: digestsBelow(place, isLocal),
    index: Deno.readTextFileSync(join(place, "store/index.json")),
  };
}

type Verdict = "noticed" | "harmless" | "an edit" | { readonly believed: string };

/** @param before as it was when the damage was done */
function judge(kind: Kind, path: string, found: Outcome, healthy: Outcome, before: Pick<Outcome, "files" | "index">): Verdict {
  for (const file of Object.keys({ ...before.files, ...found.files, ...healthy.files })) {
    if (file === path || kind.isPeoples && file.endsWith("/manifest.yaml")) continue; // which tells of what people changed
    const lawful = [before.files[file], healthy.files[file]];
    if (!lawful.includes(found.files[file])) return { believed: `${file} is ${found.files[file]}, not ${lawful.join(" or ")}` };
  }
  if (found.failure !== null || found.reason !== healthy.reason) return "noticed";
  const isNew = (warning: string) => !healthy.warnings.includes(warning);
  const difference = firstDifference(found.report, healthy.report) ??
    (found.index === before.index ? null : firstDifference(tagsIn(found.index), tagsIn(healthy.index)));
  if (found.warnings.some(isNew)) return "noticed";
  // A flip in the name of a tag: nothing of that name is there, and that is what is said.
  if (relationOf(found) === "not-pushed" && relationOf(healthy) !== "not-pushed") return "noticed";
  return difference === null ? "harmless" : kind.isPeoples ? "an edit" : { believed: difference };
}

function relationOf({ report }: Outcome): unknown {
  return (report as { relation?: unknown } | null)?.relation;
}

/** tag → what it leads to. */
function tagsIn(index: string): Record<string, string> {
  const { manifests } = JSON.parse(index) as { manifests: { digest: string; annotations?: Record<string, string> }[] };
  const name = "org.opencontainers.image.ref.name";
  return Object.fromEntries(
    manifests.flatMap(({ digest, annotations }) => annotations?.[name] === undefined ? [] : [[annotations[name], digest]]),
  );
}

function firstDifference(found: unknown, healthy: unknown, where = ""): string | null {
  if (typeof found !== "object" || typeof healthy !== "object" || found === null || healthy === null) {
    return Object.is(found, healthy) ? null : `${where} is ${JSON.stringify(found)}, not ${JSON.stringify(healthy)}`.slice(0, 300);
  }
  for (const key of new Set([...Object.keys(found), ...Object.keys(healthy)])) {
    const difference = firstDifference(
      (found as Record<string, unknown>)[key],
      (healthy as Record<string, unknown>)[key],
      `${where}/${key}`,
    );
    if (difference !== null) return difference;
  }
  return null;
}

Deno.test("what is stored and damaged is noticed or harmless, and never believed", () => decay("files", KINDS));

/** What is in a project is the same for both kinds of storage. */
const IN_THE_STORE = KINDS.filter(({ name }) => TORTURE || name === "layout blob");

Deno.test("the same where small files lie in packs: none is believed that comes from a damaged one", () => decay("packs", IN_THE_STORE));

/** Of kind, damage and command that many are left out where time is short. */
const LEFT_OUT = 0.4;

async function decay(layout: "files" | "packs", kinds: readonly Kind[]): Promise<void> {
  const begun = performance.now();
  const chance = new Chance();
  const place = await makePlace(layout);
  try {
    const { remote } = latest(place, plainWorld());
    const digest = (await remote.resolve("latest"))!;
    const { index } = await readBundle({ project: null, remote, signal: plainWorld().signal }, digest, digest);
    assert.equal(packsIn(index).length > 0, layout === "packs");
    const kept = new KeptPlace(place);
    const calm = new Map<string, Outcome>();
    const files = digestsBelow(place, isLocal);
    for (const command of COMMANDS) {
      calm.set(command.name, await outcomeOf(command, place));
      kept.restore();
    }
    const known = (path: string) => !/\.modelops-bundle\/|^store\//.test(path) || KINDS.some(({ files }) => files.test(path));
    const inUse = kept.paths().filter((path) => /^(ann|ben|store)\//.test(path));
    assert.deepEqual(inUse.filter((path) => !known(path)), [], "a kind of file that nobody damages");
    const tried = new Map<string, Record<Exclude<Verdict, object>, number>>();
    const believed: string[] = [];
    for (const kind of kinds) {
      const paths = kept.paths().filter((path) => kind.files.test(path));
      assert.ok(paths.length > 0, `the place holds no ${kind.name}`);
      const count = tried.set(kind.name, { noticed: 0, harmless: 0, "an edit": 0 }).get(kind.name)!;
      for (const damage of DAMAGES) {
        if (kind.isSlow && !TORTURE && damage.name !== "zeroed") continue;
        for (let round = 0; round < (kind.isSlow ? 1 : cases(1, 20)); round++) {
          for (const command of COMMANDS) {
            if (!TORTURE && chance.next() < LEFT_OUT) continue;
            const path = chance.pick(pathsFor(paths, command));
            if (path === undefined || !kept.damage(path, damage, chance)) continue;
            const before = { files, index: Deno.readTextFileSync(join(place, "store/index.json")) };
            const verdict = judge(kind, path, await outcomeOf(command, place), calm.get(command.name)!, before);
            if (typeof verdict === "string") count[verdict]++;
            else believed.push(`${kind.name} (${path}) ${damage.name}, then ${command.name}:\n   ${verdict.believed}`);
            kept.restore();
          }
        }
      }
    }
    const all = [...tried.values()].reduce((sum, counts) => sum + Object.values(counts).reduce((a, b) => a + b), 0);
    const verdicts = Object.fromEntries([...tried].map(([name, counts]) => [name, told(counts)]));
    tellTried(`corruption, ${layout}`, { cases: all + believed.length, ...verdicts }, begun, chance);
    assert.equal(believed.length, 0, `seed ${chance.seed}: ${believed.length} believed\n${believed.join("\n")}`);
  } finally {
    Deno.removeSync(place, { recursive: true });
  }
}

/** "12 noticed + 3 harmless" */
function told(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).filter(([, count]) => count > 0).map(([verdict, count]) => `${count} ${verdict}`).join(" + ");
}

/** A file in a folder concerns the commands that work there; the store concerns all. */
function pathsFor(paths: readonly string[], { folder }: Command): string[] {
  return paths.filter((path) => path.startsWith("store/") || path.startsWith(`${folder}/`));
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

Deno.test("caches that only large projects have (base-files, listings) are checked as a whole: any damage, and there is none", () => {
  const begun = performance.now();
  const chance = new Chance();
  const sections = [bytesOfLines(["a", "b/c", "é"]), bytesOf(new Float64Array([1, 2.5, 2 ** 53])), bytesOfLines([])];
  const good = encodeSections("mops a cache 1\n", sections);
  assert.deepEqual(decodeSections(good, "mops a cache 1\n", 3)?.map((section) => [...section]), sections.map((section) => [...section]));
  let tried = 0;
  for (const damage of DAMAGES) {
    for (let round = 0; round < cases(200, 5000); round++) {
      const bytes = damage.apply(good, chance);
      if (bytes.length === good.length && bytes.every((byte, place) => byte === good[place])) continue;
      tried++;
      assert.equal(decodeSections(bytes, "mops a cache 1\n", 3), null, `${damage.name}, seed ${chance.seed}`);
    }
  }
  tellTried("checked sections", { cases: tried }, begun, chance);
});
