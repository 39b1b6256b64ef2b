/** The commands that the suites of this folder kill and spoil, each on the place of `place.ts`. A command that comes later is one line. */
import { clone } from "../../src/flows/clone.ts";
import { switchEnvironment } from "../../src/flows/environment.ts";
import { init } from "../../src/flows/init.ts";
import { pull } from "../../src/flows/pull.ts";
import { registerModels, registerTargets } from "../../src/flows/register.ts";
import { status } from "../../src/flows/status.ts";
import { tag, untag } from "../../src/flows/tags.ts";
import { deleteTargetSet, setTargetSet } from "../../src/flows/target_sets.ts";
import { add } from "../../src/flows/add.ts";
import { move } from "../../src/flows/move.ts";
import { remove } from "../../src/flows/remove.ts";
import { unregister } from "../../src/flows/unregister.ts";
import { isThere } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";
import { modelsOf, type Place, targetsOf } from "./place.ts";

export interface Command {
  readonly name: string;
  /** What a user did right before it, and lies on the disk for good. */
  readonly before?: (place: Place) => void;
  /** Which folder it changes. */
  readonly in: "ann" | "ben" | "carl" | "fresh";
  readonly run: (place: Place) => Promise<unknown>;
  /** The same as a user types it there, for processes that are really killed. */
  readonly typed: (place: Place) => readonly string[];
  /** true: it was done so far that asking for it once more is refused, rightly. */
  readonly isDone?: (place: Place) => boolean | Promise<boolean>;
  /** Speaks to the remote: tried against a layout and a registry. */
  readonly remote?: true;
  /** Much like another one: against a registry only in `deno task torture`. */
  readonly alike?: true;
}

const DECISIONS = { overwrite: false, restoreDeleted: false, take: [], keep: [], dryRun: false };
const NOTHING_AWAY = { data: [], code: [] };
const latest = (place: Place) => ({ remote: place.remote(), tag: "latest", digest: null });
const registered = (place: Place) => Deno.readTextFileSync(place.path("ann", ".modelops-bundle/registry.yaml"));
const at = (place: Place) => ({ project: place.ann, standing: place.ann.root });

export const COMMANDS: readonly Command[] = [
  { name: "init", run: (place) => init(plainWorld(), initOf(place.path("fresh"))), in: "fresh", typed: () => ["init", "."] },
  {
    name: "init of a project, to rename it",
    run: (place) => init(plainWorld(), { ...initOf(place.ann.root), name: "other", tag: "v1" }),
    in: "ann",
    typed: () => ["init", "--name", "other", "--tag", "v1"],
  },
  {
    name: "add",
    run: (place) => add(plainWorld(), { ...at(place), paths: ["extra"], force: false }),
    in: "ann",
    typed: () => ["add", "extra"],
  },
  {
    name: "remove",
    run: (place) => remove(plainWorld(), { ...at(place), paths: ["notes.txt"], rm: false }),
    isDone: (place) => isThere(place.ann, "notes.txt"),
    in: "ann",
    typed: () => ["remove", "notes.txt"],
  },
  {
    name: "remove --rm",
    run: (place) => remove(plainWorld(), { ...at(place), paths: ["data", "notes.txt"], rm: true }),
    isDone: (place) => !isThere(place.ann, "data/pop.csv") && !isThere(place.ann, "notes.txt"),
    in: "ann",
    typed: () => ["remove", "--rm", "data", "notes.txt"],
  },
  {
    name: "mv of a file",
    run: (place) => move(plainWorld(), { ...at(place), from: "notes.txt", to: "docs/deep/read_me.txt" }),
    isDone: (place) => isThere(place.ann, "docs/deep/read_me.txt"),
    in: "ann",
    typed: () => ["mv", "notes.txt", "docs/deep/read_me.txt"],
  },
  {
    name: "mv of a folder",
    run: (place) => move(plainWorld(), { ...at(place), from: "data", to: "tables" }),
    isDone: (place) => isThere(place.ann, "tables/pop.csv"),
    in: "ann",
    typed: () => ["mv", "data", "tables"],
  },
  {
    name: "register-model",
    before: (place) => writeFile(place.ann, "models/other.py", SECOND_MODEL),
    run: (place) => registerModels(plainWorld(), { project: place.ann, dryRun: false }, modelsOf("models/other.py")),
    in: "ann",
    typed: () => ["register-model", "models/other.py", "--data", "data/pop.csv"],
  },
  {
    name: "register-target",
    before: (place) => writeFile(place.ann, "targets/goals.py", SECOND_TARGET),
    run: (place) => registerTargets(plainWorld(), { project: place.ann, dryRun: false }, targetsOf("targets/goals.py")),
    in: "ann",
    typed: () => ["register-target", "targets/goals.py"],
  },
  {
    name: "unregister of a target, which leaves its sets",
    run: (place) => unregister(plainWorld(), { project: place.ann, ids: ["inc"], kind: "target", away: NOTHING_AWAY, dryRun: false }),
    isDone: (place) => !registered(place).includes("entrypoint: models.sir:inc"),
    in: "ann",
    typed: () => ["unregister", "--targets", "inc"],
  },
  {
    name: "target-set set",
    run: (place) => setTargetSet(plainWorld(), place.ann, { name: "all", targets: [], weights: [] }),
    in: "ann",
    typed: () => ["target-set", "set", "all"],
  },
  {
    name: "target-set delete",
    run: (place) => deleteTargetSet(plainWorld(), place.ann, "fit"),
    isDone: (place) => !registered(place).includes("fit:"),
    in: "ann",
    typed: () => ["target-set", "delete", "fit"],
  },
  {
    name: "env switch",
    run: (place) => switchEnvironment(plainWorld(), place.home, place.ann, "two"),
    in: "ann",
    typed: () => ["env", "switch", "two"],
  },
  {
    name: "status",
    run: (place) => status(place.world(place.ben), { offline: false, includeIgnored: false }),
    in: "ben",
    typed: (place) => ["status", "--remote", place.reference],
    remote: true,
  },
  {
    name: "tag",
    run: (place) => tag(plainWorld(), latest(place), { tag: "v1", force: false, message: null }),
    in: "ann",
    typed: (place) => ["tag", "latest", "v1", "--remote", place.reference],
    remote: true,
  },
  {
    name: "untag",
    run: (place) => untag(plainWorld(), place.remote(), "latest"),
    isDone: async (place) => await place.remote().resolve("latest") === null,
    in: "ann",
    typed: (place) => ["untag", "latest", "--remote", place.reference],
    remote: true,
  },
  { name: "push", run: (place) => place.push(place.ann), in: "ann", typed: (place) => ["push", "--remote", place.reference], remote: true },
  {
    name: "push of two tags",
    alike: true,
    run: (place) => place.push(place.ann, { tags: ["latest", "v2"] }),
    in: "ann",
    typed: (place) => ["push", "--tag", "latest", "--tag", "v2", "--remote", place.reference],
    remote: true,
  },
  {
    name: "pull",
    run: (place) => pull(place.world(place.ben), { ...DECISIONS, tag: null, digest: null }),
    in: "ben",
    typed: (place) => ["pull", "--remote", place.reference],
    remote: true,
  },
  {
    name: "pull --overwrite",
    alike: true,
    before: (place) => writeFile(place.ben, "notes.txt", "notes of Ben\n"),
    run: (place) => pull(place.world(place.ben), { ...DECISIONS, overwrite: true, tag: null, digest: null }),
    in: "ben",
    typed: (place) => ["pull", "--overwrite", "--remote", place.reference],
    remote: true,
  },
  {
    name: "clone",
    isDone: (place) => isThere({ root: place.path("carl") }, ".modelops-bundle/config.yaml"),
    in: "carl",
    typed: (place) => ["pull", "--ref", `${place.reference}:latest`, "--into", "."],
    run: (place) => clone(plainWorld(), place.remote(), { directory: place.path("carl"), tag: "latest", digest: null, dryRun: false }),
    remote: true,
  },
];

const SECOND_MODEL = `from modelops_calabaria import BaseModel, ParameterSpace, model_output
from src.deep.helper import MIX


class Other(BaseModel):
    PARAMS = ParameterSpace([])

    def build_sim(self, params, config):
        return MIX

    def run_sim(self, state, seed):
        return state

    @model_output("cases")
    def cases(self, raw, seed):
        return raw
`;

const SECOND_TARGET = `from modelops_calabaria import calibration_target
from src.deep.helper import MIX


@calibration_target(model_output="incidence", data={"obs": "data/pop.csv"})
def deaths(paths):
    return MIX
`;

function initOf(directory: string) {
  return {
    directory,
    name: "fresh",
    tag: null,
    thresholdMegabytes: null,
    environment: null,
    remote: null,
    chosen: () => Promise.resolve({ repository: { kind: "layout" as const, directory: "/nowhere" }, source: "test" }),
  };
}
