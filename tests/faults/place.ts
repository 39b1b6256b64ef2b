/**
 * Two people, a folder that is no project yet, and a remote, in one place of the disk that can be put back as it was in a moment: paths
 * are recorded in state, so the same place is used again and again. The projects have six files: a model, its data, a helper in a folder
 * below a folder, an executable, a link, a text.
 */
import { join } from "node:path";
import type { Remote } from "../../src/bundle/content.ts";
import { environmentsFolder } from "../../src/settings/environments.ts";
import type { Project } from "../../src/worktree/project.ts";
import { add } from "../../src/flows/add.ts";
import { remove } from "../../src/flows/remove.ts";
import { clone } from "../../src/flows/clone.ts";
import { push, type PushRequest } from "../../src/flows/push.ts";
import { registerModels, registerTargets } from "../../src/flows/register.ts";
import { setTargetSet } from "../../src/flows/target_sets.ts";
import { parseBundlePath } from "../../src/base/bundle_path.ts";
import { openLayout } from "../../src/layout/layout.ts";
import { openRemote } from "../../src/remote/open_remote.ts";
import { hooked, isThere } from "../support/site.ts";
import { makeProject, plainWorld, projectWorld, writeFile } from "../support/worlds.ts";
import { MemoryRegistry, type Stored } from "./memory_registry.ts";

export type RemoteKind = "layout" | "registry";

const MODEL = `from modelops_calabaria import BaseModel, ParameterSpace, ParameterSpec, calibration_target, model_output
from src.deep.helper import MIX


class SIR(BaseModel):
    PARAMS = ParameterSpace([ParameterSpec("beta", 0.1, 2.0, "float")])

    def build_sim(self, params, config):
        return MIX

    def run_sim(self, state, seed):
        return state

    @model_output("incidence")
    def incidence(self, raw, seed):
        return raw


@calibration_target(model_output="incidence", data={"obs": "data/pop.csv"})
def inc(paths):
    return 1
`;

export const FILES: Readonly<Record<string, string>> = {
  "models/sir.py": MODEL,
  "data/pop.csv": "age,n\n0,10\n",
  "src/deep/helper.py": "MIX = 1\n",
  "run.sh": "#!/bin/sh\necho run\n",
  "notes.txt": "notes\n",
};
const LINK = { path: "current.py", text: "src/deep/helper.py" };

/** One place at a time: `root`, with `ann`, `ben`, `carl` (not there yet), `fresh` (no project), `home`, and `store` for a layout. */
export class Place implements AsyncDisposable {
  readonly root: string;
  readonly #template: string;
  readonly #registry: MemoryRegistry | null;
  #stored: Stored | null = null;
  readonly #opened: Remote[] = [];

  private constructor(readonly kind: RemoteKind) {
    const made = Deno.realPathSync(Deno.makeTempDirSync({ prefix: "mops-faults-", ...memoryDisk() }));
    this.root = join(made, "place");
    this.#template = join(made, "template");
    this.#registry = kind === "registry" ? new MemoryRegistry() : null;
    Deno.mkdirSync(this.root);
  }

  /** Everything that the commands of `commands.ts` begin with. */
  static async make(kind: RemoteKind): Promise<Place> {
    const place = new Place(kind);
    await place.#prepare();
    copyTree(place.root, place.#template);
    place.#stored = place.#registry?.stored() ?? null;
    return place;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeRemotes();
    await this.#registry?.[Symbol.asyncDispose]();
    Deno.removeSync(join(this.root, ".."), { recursive: true });
  }

  get ann(): Project {
    return { root: join(this.root, "ann") };
  }

  get ben(): Project {
    return { root: join(this.root, "ben") };
  }

  get home(): string {
    return join(this.root, "home");
  }

  /** The folders of people, projects or not yet; those that are there. */
  folders(): string[] {
    return ["ann", "ben", "carl", "fresh"].filter((folder) => isThere({ root: this.root }, folder));
  }

  /** As one names the remote on the command line. */
  get reference(): string {
    return this.#registry === null ? `oci:${this.path("store")}` : `${this.#registry.host}/lab/sir`;
  }

  path(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  /** As it was in the beginning. */
  reset(): void {
    this.closeRemotes();
    Deno.removeSync(this.root, { recursive: true });
    copyTree(this.#template, this.root);
    if (this.#stored !== null) this.#registry!.restore(this.#stored);
  }

  /** One transfer at a time, so that effects have one order. Opened anew: a process that died remembers nothing. */
  remote(): Remote {
    const opened = this.#registry === null
      ? openLayout(this.path("store"), { emit: () => {} })
      : openRemote({ kind: "registry", host: this.#registry.host, path: "lab/sir" }, {
        plainHttp: true,
        credentials: () => Promise.resolve(null),
        emit: () => {},
        userAgent: "mops/test",
      });
    this.#opened.push(opened);
    return { ...hooked(opened, {}), parallel: 1 };
  }

  world(project: Project) {
    return projectWorld(project, this.remote(), plainWorld());
  }

  closeRemotes(): void {
    for (const remote of this.#opened.splice(0)) remote.close();
  }

  async #prepare(): Promise<void> {
    Deno.mkdirSync(environmentsFolder(this.home), { recursive: true });
    for (const name of ["one", "two"]) {
      Deno.writeTextFileSync(join(environmentsFolder(this.home), `${name}.yaml`), `registry:\n  login_server: ${name}.example.org\n`);
    }
    writeSix({ root: this.path("fresh") });
    writeFile({ root: this.path("fresh") }, ".gitignore", "*.log\n");

    const ann = await makeProject(this.path("ann"), "sir");
    writeSix(ann);
    await this.add(ann, ".");
    await registerModels(plainWorld(), { project: ann, dryRun: false }, modelsOf("models/sir.py"));
    await registerTargets(plainWorld(), { project: ann, dryRun: false }, targetsOf("models/sir.py"));
    await setTargetSet(plainWorld(), ann, { name: "fit", targets: [], weights: [] });
    await this.push(ann);
    await clone(plainWorld(), this.remote(), { directory: this.path("ben"), tag: "latest", digest: null, dryRun: false });
    writeFile(this.ben, "data/pop.csv", FILES["data/pop.csv"]! + "1,20\n"); // Ben's own, that no pull may take
    writeFile(this.ben, "private.txt", "Ben's alone\n");

    writeFile(ann, "notes.txt", "notes of Ann\n");
    writeFile(ann, "src/deep/helper.py", "MIX = 2\n");
    writeFile(ann, "src/deep/other.py", "OTHER = 1\n");
    Deno.chmodSync(join(ann.root, "models/sir.py"), 0o755);
    Deno.removeSync(join(ann.root, LINK.path));
    Deno.symlinkSync("src/deep/other.py", join(ann.root, LINK.path));
    await this.add(ann, "src");
    await remove(plainWorld(), { project: ann, standing: ann.root, paths: ["run.sh"], rm: true });
    await this.push(ann);

    writeFile(ann, "notes.txt", "notes of Ann, not pushed\n");
    writeFile(ann, "extra/deep/new.csv", "new\n");
    writeFile(ann, "extra/more.csv", "more\n");
    Deno.removeSync(join(ann.root, "src/deep/other.py"));
    Deno.removeSync(join(ann.root, LINK.path));
    Deno.symlinkSync("models/sir.py", join(ann.root, LINK.path));
    this.closeRemotes();
  }

  async add(project: Project, ...paths: string[]): Promise<void> {
    await add(plainWorld(), { project, standing: project.root, paths, force: false });
  }

  async push(project: Project, request: Partial<PushRequest> = {}) {
    return await push(this.world(project), { tags: [], message: null, force: false, dryRun: false, ...request });
  }
}

const NOTHING_GIVEN = { exclude: [], given: { data: [], code: [] }, labels: {}, autoData: false, regenAll: false };

export const modelsOf = (file: string) => ({
  ...NOTHING_GIVEN,
  files: [parseBundlePath(file)],
  classes: [],
  given: { data: ["data/pop.csv"], code: [] },
  id: null,
  autoCode: null,
  codeMode: null,
});

export const targetsOf = (file: string) => ({ ...NOTHING_GIVEN, files: [parseBundlePath(file)], targets: [] });

function writeSix(project: Project): void {
  for (const [path, text] of Object.entries(FILES)) writeFile(project, path, text);
  Deno.chmodSync(join(project.root, "run.sh"), 0o755);
  Deno.symlinkSync(LINK.text, join(project.root, LINK.path));
}

/** A disk in memory, where there is one: fsync costs nothing there. */
function memoryDisk(): { dir?: string } {
  try {
    return Deno.statSync("/dev/shm").isDirectory ? { dir: "/dev/shm" } : {};
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Content, modes, links and times. */
export function copyTree(from: string, to: string): void {
  const info = Deno.lstatSync(from);
  if (info.isSymlink) return Deno.symlinkSync(Deno.readLinkSync(from), to);
  if (info.isDirectory) {
    Deno.mkdirSync(to, { recursive: true });
    for (const { name } of Deno.readDirSync(from)) copyTree(join(from, name), join(to, name));
  } else {
    Deno.copyFileSync(from, to);
    Deno.utimeSync(to, info.atime!, info.mtime!);
  }
}
