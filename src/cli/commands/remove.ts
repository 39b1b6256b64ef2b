import { command } from "../command.ts";

export default command({
  summary: "take files out of the bundle",
  details: "The files stay on disk unless --rm is given. All paths are removed, or none.",
  examples: ["mops bundle remove src/old_model.py", "mops bundle remove --rm tmp/"],
  define: (c) => c.argument("<path...>", "tracked files and folders").option("--rm", "delete them from disk too"),
  async run(session, [paths], options) {
    const { remove } = await import("../../flows/remove.ts");
    const report = await remove(await session.world(), {
      project: session.project(),
      standing: session.standing(),
      paths,
      rm: options.rm === true,
    });
    const { renderRemove } = await import("../../ui/render_project.ts");
    session.report("remove", { ...report }, () => renderRemove(report));
  },
});
