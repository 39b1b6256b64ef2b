/** The names in a folder, in no order; none where there is no such folder. */
import { diskFailure, isAbsent } from "./disk_failure.ts";

/** @throws Failure naming the folder, when it is there and cannot be listed. */
export function namesIn(folder: string): string[] {
  try {
    return Array.from(Deno.readDirSync(folder), ({ name }) => name);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw diskFailure(error, "list", folder);
  }
}
