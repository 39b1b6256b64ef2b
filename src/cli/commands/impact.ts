import { command } from "../command.ts";
import { DIFFERENCES_FOUND } from "../exit_code.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "whose results become stale if this folder is pushed",
  details:
    "Compares the closures of models and targets as a push would seal them with those in a bundle: code, data and what is installed. A file that nobody depends on makes nothing stale.",
  examples: ["mops bundle impact", "mops bundle impact --ref v1.0.0 --exit-code"],
  define: (c) =>
    c.option("--ref <ref>", "compare with this tag, digest or reference (default: what the followed tag holds)")
      .option("--exit-code", "exit 1 when something becomes stale, or may")
      .option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, _args, options) {
    const { impact } = await import("../../flows/impact.ts");
    const world = await session.projectWorld();
    const report = await impact(world, { against: options.ref === undefined ? null : await session.target(options.ref) });
    const { renderImpact } = await import("../../ui/render_why.ts");
    const of = (kind: string) => report.entries.filter((one) => one.kind === kind);
    const { reference, digest, sets, needsRegistration } = report;
    const document = { reference, digest, models: of("model"), targets: of("target"), target_sets: sets, needsRegistration };
    session.report("impact", document, () => renderImpact(report, session.console));
    return options.exitCode && report.entries.some(({ effect }) => effect === "stale" || effect === "unknown") ? DIFFERENCES_FOUND : 0;
  },
});
