import { collect, command } from "../command.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "publish this folder under a tag",
  details:
    "Sends what the remote lacks, then moves the tag. Refused when the tag has moved since this folder last agreed with it, and when a worker could not run what would be published. Tracks what registered models and targets need.",
  examples: [
    "mops bundle push",
    "mops bundle push --tag v1.0.0 --tag latest -m 'calibrated to 2025'",
    "mops bundle push --dry-run",
    "mops bundle push --refresh",
  ],
  define: (c) =>
    c.option("-t, --tag <tag>", "tag to move; may be given several times (default: the tag that is followed)", collect, [] as string[])
      .option("-m, --message <text>", "a line for the push record")
      .option("-n, --dry-run", "show the plan; write nothing, here or there")
      .option("--force", "publish this folder exactly, and drop what others have put there")
      .option("--refresh", "register every model and target again first, as register-model and register-target --regen-all do")
      .option("--no-preflight", "publish without looking whether a worker can run it; the push record says so")
      .option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, _args, options) {
    const { push } = await import("../../flows/push.ts");
    const report = await push(await session.projectWorld(), {
      tags: options.tag,
      message: options.message ?? null,
      force: options.force === true,
      dryRun: options.dryRun === true,
      refresh: options.refresh === true,
      preflight: options.preflight,
    });
    const { renderPush } = await import("../../ui/render_sync.ts");
    const paths = (kind: string): string[] => report.changes.filter((change) => change.kind === kind).map(({ path }) => path);
    const document = {
      dryRun: report.dryRun,
      digest: report.digest,
      reference: `${report.repository}:${report.tags[0]!.tag}@${report.digest}`,
      tags: report.tags,
      changed: { added: paths("added"), modified: paths("modified"), removed: paths("deleted") },
      dropped: report.drops,
      missing: report.missing,
      uploaded: report.uploaded,
      skipped: report.skipped,
      requests: report.requests,
      preflight: { skipped: report.preflightSkipped, issues: report.issues },
      autoTracked: report.autoTracked,
      refreshed: report.refreshed,
      sets: report.sets,
    };
    session.report("push", document, () => renderPush(report, session.console));
  },
});
