import { Failure } from "../../base/failure.ts";
import { collect, command } from "../command.ts";
import { exitCodeOf } from "../exit_code.ts";
import { labelsFrom } from "../options.ts";

export default command({
  summary: "record calibration targets of a file, and what they depend on",
  details:
    "Reads the file without running it: functions with the decorator calibration_target, their data, labels and weight, and what they import. A target is called by the decorator's name, else by its function; where that changes, it is renamed, also in target sets.",
  examples: [
    "mops bundle register-target targets/incidence.py",
    "mops bundle register-target targets/incidence.py --target prevalence --label site=north",
    "mops bundle register-target --regen-all",
  ],
  define: (c) =>
    c.argument("[file...]", "Python files")
      .option("-t, --target <name>", "only this target; may be given several times", collect, [] as string[])
      .option("-e, --exclude <name>", "all targets but this one; may be given several times", collect, [] as string[])
      .option(
        "-d, --data <path>",
        "a file, folder or pattern besides what the decorator names; may be given several times",
        collect,
        [] as string[],
      )
      .option("--code <path>", "a file that the targets need and no import names; may be given several times", collect, [] as string[])
      .option("--auto-data", "take over data files that the code names by literal paths")
      .option("--label <key=value>", "add a label; may be given several times", collect, [] as string[])
      .option("--regen-all", "analyse every registered target again; those whose function is gone go")
      .option("-n, --dry-run", "show what would be recorded; write nothing"),
  async run(session, [files], options) {
    const project = session.project();
    const regenAll = options.regenAll === true;
    const { givenPath, sourcePath, registerTargets } = await import("../../flows/register.ts");
    const given = (typed: string): string => givenPath(project, session.standing(), typed);
    const mentioned = options.target.length + options.exclude.length + options.data.length + options.code.length + options.label.length > 0;
    if (files.length === 0 && (!regenAll || mentioned)) {
      throw new Failure(
        "usage",
        regenAll ? "--regen-all alone changes nothing but what sources say: all options but --auto-data need a FILE" : "FILE is missing",
        {
          hint: "mops bundle register-target FILE   (or --regen-all, for every registered target)",
        },
      );
    }
    const report = await registerTargets(await session.world(), { project, dryRun: options.dryRun === true }, {
      files: files.map((typed) => sourcePath(project, session.standing(), typed, "register-target")),
      targets: options.target,
      exclude: options.exclude,
      given: { data: options.data.map(given), code: options.code.map(given) },
      labels: labelsFrom(options.label),
      autoData: options.autoData === true,
      regenAll,
    });
    const { renderRegistered } = await import("../../ui/render_registered.ts");
    session.report("register-target", { ...report }, () => renderRegistered("register-target", report, session.console));
    return report.entries.some(({ change }) => change === "kept") ? exitCodeOf(new Failure("invalid", "")) : 0;
  },
});
