import { Failure } from "../../base/failure.ts";
import { collect, command } from "../command.ts";
import { exitCodeOf } from "../exit_code.ts";
import { labelsFrom } from "../options.ts";

export default command({
  summary: "record models of a file, and what they depend on",
  details:
    "Reads the file without running it: models, parameters, outputs, scenarios, and every file of the project that they import. What is not mentioned stays as it was recorded; entries go only by unregister, or by --regen-all when their class is gone.",
  examples: [
    "mops bundle register-model models/seir.py",
    "mops bundle register-model models/seir.py --class StarsimSIR --data data/demographics.csv",
    "mops bundle register-model models/network_model.py --data data/",
    "mops bundle register-model --regen-all",
  ],
  define: (c) =>
    c.argument("[file...]", "Python files")
      .option(
        "-c, --class <name>",
        "only this class, also one that is no model by its bases; may be given several times",
        collect,
        [] as string[],
      )
      .option("-e, --exclude <name>", "all models but this one; may be given several times", collect, [] as string[])
      .option("-d, --data <path>", "a file, folder or pattern that the models read; may be given several times", collect, [] as string[])
      .option("--code <path>", "a file that the models need and no import names; may be given several times", collect, [] as string[])
      .option("--id <id>", "the model's id; renames one that is registered (default: FILE_CLASS, in lower case)")
      .option("--auto-code", "follow imports (the default)")
      .option("--no-auto-code", "take only the file, its packages, and what --code names")
      .option("--code-mode <mode>", "files: what imports lead to (the default); package: all of each package that is reached")
      .option("--auto-data", "take over data files that the code names by literal paths")
      .option("--label <key=value>", "add a label; may be given several times", collect, [] as string[])
      .option("--regen-all", "analyse every registered model again; those whose class is gone go")
      .option("-n, --dry-run", "show what would be recorded; write nothing"),
  async run(session, [files], options) {
    const project = session.project();
    const regenAll = options.regenAll === true;
    const { givenPath, sourcePath, registerModels } = await import("../../flows/register.ts");
    const given = (typed: string): string => givenPath(project, session.standing(), typed);
    const { codeMode } = options;
    if (codeMode !== undefined && codeMode !== "files" && codeMode !== "package") {
      throw new Failure("usage", `--code-mode: "${codeMode}" is neither files nor package`, { hint: "--code-mode files, or leave it out" });
    }
    const mentioned =
      [...options.class, ...options.exclude, ...options.data, ...options.code, ...options.label, options.id, codeMode].some((one) =>
        one !== undefined
      ) || options.autoCode !== undefined;
    if (files.length === 0 && (!regenAll || mentioned)) {
      throw new Failure(
        "usage",
        regenAll ? "--regen-all alone changes nothing but what sources say: all options but --auto-data need a FILE" : "FILE is missing",
        {
          hint: "mops bundle register-model FILE   (or --regen-all, for every registered model)",
        },
      );
    }
    const report = await registerModels(await session.world(), { project, dryRun: options.dryRun === true }, {
      files: files.map((typed) => sourcePath(project, session.standing(), typed, "register-model")),
      classes: options.class,
      exclude: options.exclude,
      given: { data: options.data.map(given), code: options.code.map(given) },
      id: options.id ?? null,
      autoCode: options.autoCode ?? null,
      codeMode: codeMode ?? null,
      labels: labelsFrom(options.label),
      autoData: options.autoData === true,
      regenAll,
    });
    const { renderRegistered } = await import("../../ui/render_registered.ts");
    session.report("register-model", { ...report }, () => renderRegistered("register-model", report, session.console));
    return report.entries.some(({ change }) => change === "kept") ? exitCodeOf(new Failure("invalid", "")) : 0;
  },
});
