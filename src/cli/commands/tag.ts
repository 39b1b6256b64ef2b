import { command } from "../command.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "give a bundle another tag",
  examples: ["mops bundle tag latest v1.0.0", "mops bundle tag ghcr.io/lab/seir:latest v2 -m 'as submitted'"],
  define: (c) =>
    c.argument("<ref>", "tag, digest or reference of the bundle").argument("<new>", "the new tag")
      .option("-m, --message <text>", "a line for the push record")
      .option("--force", "move the tag even if it holds another bundle")
      .option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, [reference, name], options) {
    const { tag } = await import("../../flows/tags.ts");
    const report = await tag(await session.world(), await session.target(reference), {
      tag: name,
      force: options.force === true,
      message: options.message ?? null,
    });
    const { renderTag } = await import("../../ui/render_inspect.ts");
    session.report(
      "tag",
      { ...report, reference: `${report.repository}:${report.tag}@${report.digest}` },
      () => renderTag(report, "tagged"),
    );
  },
});
