/**
 * What killed commands leave in a folder: halves of a write, pieces of a lock. Told by their names, which nobody else gives, and by their
 * age: a write takes moments, and a long one touches its file all the time, so an old one is nobody's any more.
 */
import { join } from "node:path";
import { removeIfThere } from "./atomic_file.ts";
import { lstatIfThere } from "./file_stamp.ts";
import { namesIn } from "./names_in.ts";

const ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";
const NAMES = new RegExp(`^(\\.mops-${ID}\\.tmp|(index\\.json\\.)?lock\\.(breaking|${ID}\\.dead))$`);

/** Paths of files last written before a time (ms since 1970, by the clock of that file system). None where there is no folder. */
export function leftBehindIn(folder: string, before: number): string[] {
  return namesIn(folder).filter((name) => NAMES.test(name)).map((name) => join(folder, name)).filter((path) => {
    const info = lstatIfThere(path);
    return info?.isFile === true && info.mtime !== null && info.mtime.getTime() < before;
  });
}

export function removeLeftBehind(folder: string, before: number): void {
  for (const path of leftBehindIn(folder, before)) removeIfThere(path);
}
