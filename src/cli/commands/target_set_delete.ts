import { command } from "../command.ts";

export default command({
  summary: "take a target set away; its targets stay",
  examples: ["mops bundle target-set delete incidence"],
  define: (c) => c.argument("<name>", "the set's name"),
  async run(session, [name]) {
    const { deleteTargetSet } = await import("../../flows/target_sets.ts");
    const report = await deleteTargetSet(await session.world(), session.project(), name);
    const { renderSet } = await import("../../ui/render_registered.ts");
    session.report("target-set-delete", { ...report }, () => renderSet(report));
  },
});
