import { command } from "../command.ts";

export default command({
  summary: "list the target sets there are",
  examples: ["mops bundle target-set list", "mops bundle target-set list --json"],
  define: (c) => c,
  async run(session) {
    const { listModels } = await import("../../flows/list_models.ts");
    const report = await listModels(await session.world(), session.project(), { modelLabels: {}, targetLabels: {} });
    const { renderSets } = await import("../../ui/render_registered.ts");
    session.report("target-set-list", { target_sets: report.targetSets }, () => renderSets(report, session.console));
  },
});
