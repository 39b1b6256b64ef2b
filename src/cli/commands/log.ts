import { command } from "../command.ts";
import { hintOutside } from "../outside.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "who pushed what, when",
  details: "Follows the push records from what the tag holds now back to its first push.",
  examples: ["mops bundle log", "mops bundle log v1.0.0 --json"],
  define: (c) =>
    c.argument("[ref]", "tag or reference (default: the tag that is followed)").option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(
      ...CA_FILE_OPTION,
    ).option(...INSECURE_OPTION),
  async run(session, [reference]) {
    const { logOf } = await import("../../flows/inspect.ts");
    const report = await logOf(
      await session.world(),
      await hintOutside(session.target(reference), "mops bundle log HOST/NAME:TAG   (needs no project)"),
    );
    const { renderLog } = await import("../../ui/render_inspect.ts");
    session.report("log", { ...report }, () => renderLog(report, session.console));
  },
});
