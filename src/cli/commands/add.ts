import { command } from "../command.ts";

export default command({
  summary: "say which files belong to the bundle",
  details: "Folders are walked; what .modelopsignore lists is left out and named. All paths are added, or none.",
  examples: ["mops bundle add .", "mops bundle add models/ data/demographics.csv", "mops bundle add --force results.log"],
  define: (c) => c.argument("<path...>", "files and folders").option("-f, --force", "add ignored files too"),
  async run(session, [paths], options) {
    const { add } = await import("../../flows/add.ts");
    const report = await add(await session.world(), {
      project: session.project(),
      standing: session.standing(),
      paths,
      force: options.force === true,
    });
    for (const { path, why } of report.skipped) session.warn("skipped", `${path} was left out: ${why}`);
    const { renderAdd } = await import("../../ui/render_project.ts");
    session.report("add", { ...report }, () => renderAdd(report, session.console));
  },
});
