/** Asking the disk to keep what was written, for folders and for many files at once. */
import { mapPool } from "../base/pool.ts";
import { diskFailure, errorNumber } from "./disk_failure.ts";
import * as disk from "./effects.ts";
import { MANY_FILES, syncFileSystem } from "./sync_file_system.ts";

/**
 * Makes names in a folder durable. Some network file systems cannot do this for folders and say EINVAL or ENOTSUP: their server
 * keeps names by itself, so that is no failure.
 */
export function syncFolder(path: string): void {
  try {
    disk.sync(path);
  } catch (error) {
    if (["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EISDIR", "EBADF"].includes(errorNumber(error) ?? "")) return;
    if (Deno.build.os === "windows" && error instanceof Deno.errors.PermissionDenied) return; // folders cannot be opened there
    throw diskFailure(error, "sync", path);
  }
}

/**
 * Makes the bytes of many files durable, all on the file system of `folder`: by one call where there is one and they are many, else several
 * wait for the disk at once, which it serves together. And of the names in `folders`.
 */
export async function syncFiles(
  folder: string,
  paths: readonly string[],
  options: { parallel?: number; signal?: AbortSignal | undefined; folders?: readonly string[] } = {},
): Promise<void> {
  if (paths.length >= MANY_FILES && syncFileSystem(folder)) return;
  await mapPool(options.parallel ?? 16, paths, async (path) => {
    try {
      await disk.syncLater(path);
    } catch (error) {
      throw diskFailure(error, "sync", path);
    }
  }, options.signal);
  for (const one of options.folders ?? []) syncFolder(one);
}
