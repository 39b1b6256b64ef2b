import { Failure } from "../../base/failure.ts";
import { collect, command } from "../command.ts";

export default command({
  summary: "take models and targets out of registry.yaml",
  details:
    "The files stay, tracked too. With --data or --code only these are taken away from the entries, which stay. A target leaves its target sets.",
  examples: [
    "mops bundle unregister seir_starsimsir",
    "mops bundle unregister incidence --targets",
    "mops bundle unregister seir_starsimsir --data data/old.csv",
  ],
  define: (c) =>
    c.argument("<id...>", "registered models and targets")
      .option("--models", "the ids are models")
      .option("--targets", "the ids are targets")
      .option("--data <path>", "take away what --data had given; may be given several times", collect, [] as string[])
      .option("--code <path>", "take away what --code had given; may be given several times", collect, [] as string[])
      .option("-n, --dry-run", "show what would go; write nothing"),
  async run(session, [ids], options) {
    if (options.models && options.targets) {
      throw new Failure("usage", "--models and --targets both say what the ids are", { hint: "give one of them" });
    }
    const project = session.project();
    const { givenPath } = await import("../../flows/register.ts");
    const { unregister } = await import("../../flows/unregister.ts");
    const given = (typed: string): string => givenPath(project, session.standing(), typed);
    const report = await unregister(await session.world(), {
      project,
      ids,
      kind: options.models ? "model" : options.targets ? "target" : null,
      away: { data: options.data.map(given), code: options.code.map(given) },
      dryRun: options.dryRun === true,
    });
    const { renderUnregistered } = await import("../../ui/render_registered.ts");
    session.report("unregister", { ...report }, () => renderUnregistered(report, session.console));
  },
});
