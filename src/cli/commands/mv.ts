import { command } from "../command.ts";

export default command({
  summary: "rename a tracked file or folder",
  examples: ["mops bundle mv models/seir.py models/seir_age.py", "mops bundle mv data/ inputs"],
  define: (c) => c.argument("<src>", "tracked file or folder").argument("<dst>", "new name, or a folder to move it into"),
  async run(session, [from, to]) {
    const { move } = await import("../../flows/move.ts");
    const report = await move(await session.world(), { project: session.project(), standing: session.standing(), from, to });
    const { renderMove } = await import("../../ui/render_project.ts");
    session.report("mv", { ...report }, () => renderMove(report));
  },
});
