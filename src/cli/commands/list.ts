import { collect, command } from "../command.ts";
import { labelsFrom } from "../options.ts";

export default command({
  summary: "list registered models, targets and target sets",
  details: "As they are recorded in registry.yaml; mops bundle status says how they stand.",
  examples: ["mops bundle list", "mops bundle list --model-label area=city", "mops bundle list --json"],
  define: (c) =>
    c.option("--model-label <key=value>", "only models with this label; may be given several times", collect, [] as string[])
      .option("--target-label <key=value>", "only targets with this label; may be given several times", collect, [] as string[]),
  async run(session, _args, options) {
    const { listModels } = await import("../../flows/list_models.ts");
    const report = await listModels(await session.world(), session.project(), {
      modelLabels: labelsFrom(options.modelLabel),
      targetLabels: labelsFrom(options.targetLabel),
    });
    const { renderList } = await import("../../ui/render_registered.ts");
    const { targetSets, ...entries } = report;
    session.report("list", { ...entries, target_sets: targetSets }, () => renderList(report, session.console));
  },
});
