import { Failure } from "../../base/failure.ts";
import type { EntryStatus, StatusReport } from "../../plan/reports.ts";
import type { Relation } from "../../plan/relation.ts";
import { command } from "../command.ts";
import { DIFFERENCES_FOUND, exitCodeOf } from "../exit_code.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "how this folder, its models and its targets stand",
  details:
    "Ready: as it was sealed. Stale: something that it depends on changed. Broken: something is gone or cannot be read. Asks the remote for at most two seconds; a remote that is away is shown, and is no error. With nothing registered, the files are shown.",
  examples: [
    "mops bundle status",
    "mops bundle status --details StarsimSIR",
    "mops bundle status --explain",
    "mops bundle status --files",
    "mops bundle status --offline --json",
    "mops bundle status --check && echo in step",
  ],
  define: (c) =>
    c.option("-d, --details <name>", "everything about one model or target: an id, or the name of a class or function")
      .option("--explain [name]", "why models and targets are Stale or Broken: all of them, or one")
      .option("-f, --files", "list every tracked file")
      .option("-u, --untracked", "list untracked files too")
      .option("--untracked-only", "list untracked files, and nothing else")
      .option("--include-ignored", "list ignored files too")
      .option("--offline", "do not ask the remote")
      .option("--check", "exit 1 unless the folder is in step and everything registered is Ready; 5 or 6 if the remote cannot be asked")
      .option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, _args, options) {
    if (options.check && options.offline) {
      throw new Failure("usage", "--check asks the remote, and --offline forbids it", { hint: "give one of them" });
    }
    const { status } = await import("../../flows/status.ts");
    const report = await status(await session.projectWorld(), {
      // Untracked files are a matter of the folder alone.
      offline: options.offline === true || options.untrackedOnly === true && options.check !== true,
      includeIgnored: options.includeIgnored === true,
      models: options.untrackedOnly !== true || options.check === true,
    });
    const named = options.details ?? (typeof options.explain === "string" ? options.explain : null);
    const chosen = named === null ? null : chosenEntries(report, named);
    const { renderStatus } = await import("../../ui/render_status.ts");
    const { renderEntry, renderReasons } = await import("../../ui/render_models.ts");
    const view = {
      files: options.files === true,
      untracked: options.untracked === true,
      untrackedOnly: options.untrackedOnly === true,
      includeIgnored: options.includeIgnored === true,
    };
    session.report("status", session.json ? documentOf(report) : {}, () => {
      if (options.details !== undefined) return chosen!.map((one) => renderEntry(one, session.console)).join("\n\n");
      if (options.explain === undefined) return renderStatus(report, view, session.console);
      return renderReasons(chosen ?? [...report.models, ...report.targets].filter((one) => one.status !== "ready"), session.console);
    });
    return options.check === true ? verdict(report) : 0;
  },
});

/** Ids before names; a name that several share gives all of them. @throws Failure("not-found") with what there is. */
function chosenEntries({ models, targets }: StatusReport, name: string): readonly EntryStatus[] {
  const all = [...models, ...targets];
  const found = all.filter(({ entry }) => entry.id === name);
  if (found.length > 0) return found;
  const named = all.filter((one) => one.name === name);
  if (named.length > 0) return named;
  if (all.length === 0) {
    throw new Failure("not-found", `there is no ${name}: no model and no target is registered`, {
      hint: "mops bundle register-model FILE",
    });
  }
  throw new Failure("not-found", `there is no model and no target ${name}`, {
    hint: "mops bundle list",
    facts: { registered: all.map((one) => `${one.entry.kind} ${one.entry.id} (${one.name})`) },
  });
}

function documentOf({ models, targets, targetSets, ...rest }: StatusReport): Record<string, unknown> {
  return { ...rest, models: models.map(entryDocument), targets: targets.map(entryDocument), target_sets: targetSets };
}

function entryDocument({ entry, ...one }: EntryStatus): Record<string, unknown> {
  const { id, entrypoint, path, labels, unresolved } = entry;
  const facts = entry.kind === "model"
    ? { parameters: entry.parameters, outputs: entry.outputs, scenarios: entry.scenarios }
    : { model_output: entry.modelOutput, weight: entry.weight };
  const dependencies = one.dependencies.map(({ via, ...dependency }) => ({
    ...dependency,
    via: via === null ? null : { how: via.how, from: via.from, line: via.at?.line ?? null, what: via.what },
  }));
  return { id, entrypoint, path, labels, unresolved, ...facts, ...one, dependencies };
}

/** A check that could not be made is another thing than one that found differences. */
function verdict({ relation, models, targets }: StatusReport): number {
  if (isAway(relation)) return exitCodeOf(new Failure(relation, ""));
  return relation === "in-step" && [...models, ...targets].every(({ status }) => status === "ready") ? 0 : DIFFERENCES_FOUND;
}

function isAway(relation: Relation): relation is "unreachable" | "unauthorized" {
  return relation === "unreachable" || relation === "unauthorized";
}
