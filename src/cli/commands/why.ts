import { command } from "../command.ts";

export default command({
  summary: "which models and targets depend on a file, and through what",
  details: "Reads the sources and runs nothing. Of a folder, every file in it that a model or target needs is told.",
  examples: ["mops bundle why data/demographics.csv", "mops bundle why models/util.py pyproject.toml --json"],
  define: (c) => c.argument("<path...>", "files or folders"),
  async run(session, [paths]) {
    const { why } = await import("../../flows/why.ts");
    const report = await why(await session.world(), { project: session.project(), standing: session.standing(), paths });
    const { renderWhy } = await import("../../ui/render_why.ts");
    session.report("why", { ...report }, () => renderWhy(report.paths, report.hasEntries, session.console));
  },
});
