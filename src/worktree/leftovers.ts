/**
 * What commands that died or failed leave for the next one to go on with (staged files, partials, uploads that were begun) is of use for a
 * week. After that the next command that changes the project takes it away.
 */
import { join } from "node:path";
import { onDiskDo } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { holdsStaged } from "./adopt_staging.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";
import { sweepPartials } from "./partials.ts";
import { sweepUploads } from "./upload_journal.ts";

/** ms */
export const KEPT = 7 * 24 * 3600_000;

/** To be called under the project's lock, where no journal is open. @throws Failure of the disk */
export function sweepLeftovers(project: Project, step: (name: string) => void, now = Date.now()): void {
  sweepStaging(metaPath(project, LOCAL_NAMES.staging), step, now - KEPT);
  sweepPartials(metaPath(project, LOCAL_NAMES.partials), now - KEPT);
  sweepUploads(project, now - KEPT);
}

function sweepStaging(folder: string, step: (name: string) => void, olderThan: number): void {
  if (lstatIfThere(folder) === null) return;
  const names = onDiskDo("read", folder, () => [...Deno.readDirSync(folder)].map(({ name }) => name));
  const stale = names.filter((name) => {
    const path = join(folder, name);
    const info = lstatIfThere(path);
    return info !== null && (!info.isDirectory || (info.mtime?.getTime() ?? 0) < olderThan || !holdsStaged(path));
  });
  if (stale.length === 0 && names.length > 0) return;
  step("remove the staging folder");
  for (const name of stale.length === names.length ? [""] : stale) onDiskDo("remove", folder, () => disk.removeTree(join(folder, name)));
}
