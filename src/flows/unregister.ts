/** Unregister: entries go, or single dependencies of them; files stay as they are, tracked too. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { Entry, ModelRegistry } from "../models/model_registry.ts";
import { parseModelRegistry } from "../models/model_registry_read.ts";
import { editModelRegistry, type RegistryEdit } from "../models/model_registry_yaml.ts";
import { entryOf, keyOf } from "../plan/cloud_state.ts";
import { planModels, type RegistrationFacts } from "../plan/register_models.ts";
import { planTargets } from "../plan/register_targets.ts";
import type { Given, RegistrationPlan } from "../plan/registration.ts";
import type { UnregisterReport } from "../plan/reports.ts";
import { entriesNamed, leavingFacts, planTakeAway, planUnregister } from "../plan/unregister.ts";
import type { Project } from "../worktree/project.ts";
import { type Books, readBooks } from "./gather.ts";
import { registrationFacts } from "./register.ts";
import { changeRegistry, registryText } from "./write_registry.ts";
import { changing, warnIfUnfinished, type World } from "./world.ts";

export interface UnregisterRequest {
  readonly project: Project;
  readonly ids: readonly string[];
  readonly kind: "model" | "target" | null;
  /** Not empty: only these are taken away, and the entry stays. */
  readonly away: Given;
  readonly dryRun: boolean;
}

/** @throws Failure("not-found") | Failure("usage"); then nothing was changed. */
export async function unregister(world: World, request: UnregisterRequest): Promise<UnregisterReport> {
  const { project, dryRun } = request;
  const work = async (): Promise<UnregisterReport> => {
    const books = readBooks(project);
    const registry = parseModelRegistry(registryText(books));
    const entries = entriesNamed(registry, request.ids, request.kind);
    const takesAway = request.away.data.length + request.away.code.length > 0;
    const plan = takesAway ? planTakeAway(entries, request.away) : planUnregister(registry, entries);
    const again = takesAway ? await analysedAgain(world, project, books, registry, entries, plan.edits, dryRun) : null;
    const { after } = await changeRegistry(world, project, books, again?.files ?? new Set(), registry, {
      edits: [...plan.edits, ...again?.edits ?? []],
      touched: new Set(takesAway ? entries.map(keyOf) : []),
      dryRun,
    });
    if (!takesAway) return { dryRun, entries: plan.changes, sets: plan.sets };
    const told = plan.changes.map((change, i) => ({
      ...change,
      facts: [...change.facts, ...leavingFacts(entries[i]!, entryOf(after, keyOf(change)))],
    }));
    return { dryRun, entries: told, sets: plan.sets };
  };
  if (!dryRun) return await changing(world, project, "unregister", work);
  warnIfUnfinished(world, project);
  return await work();
}

/** What the entries are without what was taken away. One that the Python tool wrote is not analysed: its lists are what counts. */
async function analysedAgain(
  world: World,
  project: Project,
  books: Books,
  registry: ModelRegistry,
  entries: readonly Entry[],
  edits: readonly RegistryEdit[],
  dryRun: boolean,
): Promise<{ readonly edits: readonly RegistryEdit[]; readonly files: ReadonlySet<BundlePath> }> {
  const ours = entries.filter(({ closure }) => closure !== null);
  const facts = await registrationFacts(world, project, books, ours.map(({ path }) => path), { remember: !dryRun, registry });
  const after: RegistrationFacts = { ...facts, registry: parseModelRegistry(editModelRegistry(registryText(books), edits)) };
  return { edits: ours.flatMap((entry) => planAgain(after, entry).edits), files: facts.sources.files };
}

function planAgain(facts: RegistrationFacts, entry: Entry): RegistrationPlan {
  const shared = {
    files: [entry.path as BundlePath],
    exclude: [],
    given: { data: [], code: [] },
    labels: {},
    autoData: false,
    regenAll: false,
  };
  const symbol = entry.entrypoint.slice(entry.entrypoint.indexOf(":") + 1);
  return entry.kind === "model"
    ? planModels(facts, { ...shared, classes: [entry.className], id: null, autoCode: null, codeMode: null })
    : planTargets(facts, { ...shared, targets: [symbol] });
}
