/** Finishing what a crashed command began, before the next one begins anything. To be called under the project's lock. */
import { join } from "node:path";
import { META_DIRECTORY } from "../base/bundle_path.ts";
import type { Emit } from "../bundle/events.ts";
import { removeIfThere } from "../disk/atomic_file.ts";
import { onDiskDo } from "../disk/disk_failure.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { removeLeftBehind } from "../disk/left_behind.ts";
import { type CarryingOut, carryOut, holdsByDigest, stagingPath } from "./carry_out.ts";
import { readJournal } from "./journal.ts";
import { sweepLeftovers } from "./leftovers.ts";
import { halfBeside } from "./make_in_place.ts";
import { onDisk, type Project } from "./project.ts";
import { isRealFolder } from "./project_folders.ts";

/**
 * Takes the steps of the journal that were not taken. What the user changed since then stays, and shows as a local change. Everything is
 * told by digest: stamps of before the crash are worth nothing. @throws Failure of the disk; then the next call goes on.
 */
export function recover(project: Project, emit: Emit, options: { readonly step?: (name: string) => void } = {}): "nothing" | "finished" {
  const step = options.step ?? (() => {});
  const journal = readJournal(project);
  if (journal === null) {
    if (lstatIfThere(stagingPath(project, "")) !== null) removeProbes(project.root);
    sweepLeftovers(project, step);
    return "nothing";
  }
  const doors: CarryingOut = {
    holds: (path, held, info) => holdsByDigest(onDisk(project, path), held, info),
    stillHolds: (aside, _path, held, info) => holdsByDigest(aside, held, info),
    isStaged: (file) => lstatIfThere(file) !== null,
    newFolders: [],
    isWhole: (file, content) => holdsByDigest(file, content, lstatIfThere(file)!),
    step,
  };
  for (const [number, { kind, path }] of journal.steps.entries()) {
    if (kind === "place" && isRealFolder(project, path)) removeIfThere(halfBeside(onDisk(project, path), journal.staging, number));
  }
  const { left, damaged, stateMoved } = carryOut(project, journal, doors);
  emit({ kind: "detail", message: `finished what an interrupted command began: ${journal.steps.length} steps` });
  for (const name of damaged) {
    const message = `what the interrupted command was about to put into ${name} is damaged, and was not put: pull again`;
    emit({ kind: "warning", code: "damaged-state", message });
  }
  warnOfLeft(left, stateMoved, emit);
  return "finished";
}

/** A pull that died while it looked which folders can be written left its empty file in one of them. A layout's files are its own. */
function removeProbes(folder: string): void {
  const entries = onDiskDo("list", folder, () => [...Deno.readDirSync(folder)]);
  if (entries.some(({ name }) => name === "oci-layout")) return;
  removeLeftBehind(folder, Infinity);
  for (const { name, isDirectory } of entries) {
    if (isDirectory && name !== ".git" && name !== META_DIRECTORY) removeProbes(join(folder, name));
  }
}

export function warnOfLeft(left: readonly string[], stateMoved: boolean, emit: Emit): void {
  for (const path of left) {
    emit({
      kind: "warning",
      code: "left-alone",
      message: `${path} changed in the meantime and was left as it is; ${
        stateMoved ? "it shows as a local change" : "pull again to decide about it"
      }`,
    });
  }
}
