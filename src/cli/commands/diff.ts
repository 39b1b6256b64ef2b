import { toBundlePath } from "../../worktree/project.ts";
import { command } from "../command.ts";
import { DIFFERENCES_FOUND } from "../exit_code.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "what differs from a bundle",
  details: "Without --ref: both what a push would send and what a pull would bring. With --ref: from that bundle to this folder.",
  examples: ["mops bundle diff", "mops bundle diff --ref v1.0.0 -p models/", "mops bundle diff --exit-code"],
  define: (c) =>
    c.argument("[path...]", "only these files and folders")
      .option("--ref <ref>", "compare with this tag, digest or reference")
      .option("-p, --patch", "show the lines that differ")
      .option("--exit-code", "exit 1 when there are differences")
      .option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, [paths], options) {
    const { diff } = await import("../../flows/diff.ts");
    const world = await session.projectWorld();
    const report = await diff(world, {
      against: options.ref === undefined ? null : await session.target(options.ref),
      paths: paths.map((path) => toBundlePath(world.project, session.standing(), path) ?? ""),
      patch: options.patch === true,
    });
    const { renderDiff, renderPatch } = await import("../../ui/render_patch.ts");
    const { patches, ...document } = report;
    session.report(
      "diff",
      options.patch ? { ...document, patches } : document,
      () => options.patch ? renderPatch(report, session.console) : renderDiff(report, session.console),
    );
    return options.exitCode && report.changes.length > 0 ? DIFFERENCES_FOUND : 0;
  },
});
