import { relative, resolve } from "node:path";
import { Failure } from "../../base/failure.ts";
import type { EntryName } from "../../plan/merge_model_registry.ts";
import { onDisk, toBundlePath } from "../../worktree/project.ts";
import { collect, command } from "../command.ts";
import { exitCodeOf } from "../exit_code.ts";
import { hintOutside } from "../outside.ts";
import { CA_FILE_OPTION, INSECURE_OPTION, REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "take in what a tag or digest holds, or clone it",
  details:
    "Takes the remote's changes and keeps yours; stops, with nothing written, where both changed the same file, or the same model, target or set of registry.yaml. A tag, by --tag or by a --ref that names one, is followed from then on: the next status, push and pull mean it. A digest pins the folder to it.",
  examples: [
    "mops bundle pull",
    "mops bundle pull --ref ghcr.io/lab/seir-model:v1 --into seir-model",
    "mops bundle pull --keep models/seir.py --take data/",
    "mops bundle pull --take model:seir_starsimsir --keep set:fit",
    "mops bundle pull --ref sha256:…   # look at an old bundle; a plain pull comes back",
  ],
  define: (c) =>
    c.option("--ref <ref>", "tag to pull and follow, digest to pin to, or reference to clone")
      .option("--tag <tag>", "tag to pull, and to follow from now on")
      .option("--overwrite", "take the remote's side everywhere (files that the bundle does not have stay)")
      .option(
        "--take <path>",
        "take the remote's side of this file or folder, or of an entry of registry.yaml (model:ID); may be given several times",
        collect,
        [] as string[],
      )
      .option(
        "--keep <path>",
        "keep your side of this file or folder, or of an entry of registry.yaml (model:ID); may be given several times",
        collect,
        [] as string[],
      )
      .option("--restore-deleted", "bring back files that were deleted here")
      .option("-n, --dry-run", "show the plan; write nothing (exit 3 when it holds conflicts)")
      .option("--into <dir>", "clone into this folder, which must be empty or not exist")
      .option(...REGISTRY_OPTION).option(...REMOTE_OPTION).option(...CA_FILE_OPTION).option(...INSECURE_OPTION),
  async run(session, _args, options) {
    if (options.ref !== undefined && options.tag !== undefined) {
      throw new Failure("usage", "--ref and --tag both say what to pull", { hint: "give one of them" });
    }
    const { clone } = await import("../../flows/clone.ts");
    const { pull } = await import("../../flows/pull.ts");
    const { renderPull } = await import("../../ui/render_sync.ts");
    const wanted = options.ref ?? options.tag;
    if (options.into !== undefined) {
      if (options.take.length + options.keep.length > 0 || options.overwrite || options.restoreDeleted) {
        throw new Failure(
          "usage",
          "--into begins a new folder; --take, --keep, --overwrite and --restore-deleted decide about an existing one",
          { hint: "leave out --into, or the others" },
        );
      }
      if (wanted === undefined) {
        throw new Failure("usage", "--into needs --ref", { hint: "mops bundle pull --ref HOST/NAME:TAG --into DIR" });
      }
      const target = await session.target(wanted);
      const report = await clone(await session.world(), target.remote, {
        directory: resolve(session.standing(), options.into),
        tag: target.tag ?? "latest",
        digest: target.digest,
        dryRun: options.dryRun === true,
      });
      session.report("pull", { ...report }, () => renderPull(report, session.console));
      return 0;
    }
    const world = await hintOutside(session.projectWorld(), "mops bundle pull --ref HOST/NAME:TAG --into DIR   (clones a bundle)");
    const target = wanted === undefined ? null : await session.target(wanted);
    if (target !== null && !target.isOwn) {
      throw new Failure("usage", `${wanted} lies in another remote than this folder's`, {
        hint: `mops bundle pull --ref ${wanted} --into DIR   (clones it; mops bundle env switch changes this folder's remote)`,
      });
    }
    const { parseEntryName } = await import("../../plan/merge_model_registry.ts");
    const inside = (paths: readonly string[]): string[] =>
      paths.filter((path) => parseEntryName(path) === null).map((path) => toBundlePath(world.project, session.standing(), path) ?? "");
    const entries = (words: readonly string[]): EntryName[] => words.map(parseEntryName).filter((name) => name !== null);
    const report = await pull(world, {
      tag: target?.digest != null ? null : target?.tag ?? null,
      digest: target?.digest ?? null,
      overwrite: options.overwrite === true,
      restoreDeleted: options.restoreDeleted === true,
      take: inside(options.take),
      keep: inside(options.keep),
      entries: { take: entries(options.take), keep: entries(options.keep) },
      dryRun: options.dryRun === true,
      asTyped: (path) => relative(session.standing(), onDisk(world.project, path)) || path,
    });
    session.report("pull", { ...report }, () => renderPull(report, session.console));
    return report.conflicts.length > 0 ? exitCodeOf(new Failure("conflict", "")) : 0;
  },
});
