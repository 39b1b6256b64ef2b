import { Failure } from "../../base/failure.ts";
import { command } from "../command.ts";
import type { Relation } from "../../plan/relation.ts";
import { DIFFERENCES_FOUND, exitCodeOf } from "../exit_code.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "how this folder stands to its remote",
  details: "Asks the remote for at most two seconds; a remote that is away is shown, and is no error.",
  examples: [
    "mops bundle status",
    "mops bundle status --files",
    "mops bundle status --offline --json",
    "mops bundle status --check && echo in step",
  ],
  define: (c) =>
    c.option("-f, --files", "list every tracked file")
      .option("-u, --untracked", "list untracked files too")
      .option("--untracked-only", "list untracked files, and nothing else")
      .option("--include-ignored", "list ignored files too")
      .option("--offline", "do not ask the remote")
      .option("--check", "exit 1 unless the folder is in step with the remote, 5 or 6 if that cannot be asked")
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
    });
    const { renderStatus } = await import("../../ui/render_status.ts");
    const view = {
      files: options.files === true,
      untracked: options.untracked === true,
      untrackedOnly: options.untrackedOnly === true,
      includeIgnored: options.includeIgnored === true,
    };
    session.report("status", { ...report }, () => renderStatus(report, view, session.console));
    return options.check === true ? verdict(report.relation) : 0;
  },
});

/** A check that could not be made is another thing than one that found differences. */
function verdict(relation: Relation): number {
  if (relation === "unreachable" || relation === "unauthorized") return exitCodeOf(new Failure(relation, ""));
  return relation === "in-step" ? 0 : DIFFERENCES_FOUND;
}
