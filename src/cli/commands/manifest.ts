import { Failure } from "../../base/failure.ts";
import { command } from "../command.ts";
import { hintOutside } from "../outside.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "list tags, or the files of a bundle",
  examples: ["mops bundle manifest", "mops bundle manifest --tags-only", "mops bundle manifest v1.0.0 --full"],
  define: (c) =>
    c.argument("[ref]", "tag, digest or reference; without it the tags are listed")
      .option("--tags-only", "only the names of the tags, one per line")
      .option("--full", "the files' digests too")
      .option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, [reference], options) {
    if (options.tagsOnly && options.full) {
      throw new Failure("usage", "--tags-only lists tags, and --full the files of one bundle", { hint: "give one of them" });
    }
    const { manifestOf, tagsOf } = await import("../../flows/inspect.ts");
    const { renderManifest, renderTags } = await import("../../ui/render_inspect.ts");
    const target = await hintOutside(session.target(reference), "mops bundle manifest HOST/NAME:TAG   (needs no project)");
    if (reference === undefined || options.tagsOnly) {
      const report = await tagsOf(await session.world(), target.remote, !options.tagsOnly);
      return session.report("tags", { ...report }, () => renderTags(report, options.tagsOnly === true, session.console));
    }
    const report = await manifestOf(await session.world(), target);
    const files = report.files.map(({ path, digest, size, executable, link, packed }) => ({
      path,
      digest,
      size,
      ...(executable ? { executable } : {}),
      ...(link === undefined ? {} : { link }),
      ...(packed === undefined ? {} : packed),
    }));
    return session.report("manifest", { ...report, files }, () => renderManifest(report, options.full === true, session.console));
  },
});
