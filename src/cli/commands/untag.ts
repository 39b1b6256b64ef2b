import { command } from "../command.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "take a tag away",
  details:
    "The bundle stays reachable by its digest until the registry collects its garbage. Some registries cannot remove a single tag; then nothing is done.",
  examples: ["mops bundle untag exp-3"],
  define: (c) =>
    c.argument("<tag>", "the tag").option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, [text]) {
    const { untag } = await import("../../flows/tags.ts");
    const target = await session.target(text);
    const report = await untag(await session.world(), target.remote, target.tag ?? text);
    const { renderTag } = await import("../../ui/render_inspect.ts");
    session.report(
      "untag",
      { ...report, reference: `${report.repository}:${report.tag}@${report.digest}` },
      () => renderTag(report, "untagged"),
    );
  },
});
