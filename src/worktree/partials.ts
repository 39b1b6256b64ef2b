/**
 * Big files on their way down: `.modelops-bundle/partials/HEX.TOKEN` holds the beginning of the blob HEX, and `TOKEN.json` says which
 * process works on it (docs/formats.md, "partials"). A process that finds one whose owner is dead, or has been silent for long, takes it
 * over by renaming it to its own token: a rename that only one can make. What lies in it is trusted for nothing, since it is hashed again
 * and the whole is verified at the end.
 */
import { join } from "node:path";
import { type Digest, digestParts } from "../base/digest.ts";
import { makeFolder, readTextIfThere, removeIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { diskFailure, errorNumber, isAbsent } from "../disk/disk_failure.ts";
import * as disk from "../disk/effects.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { describeMyself, isDead, type Owner, parseOwner } from "../disk/owner.ts";
import { namesIn } from "../disk/names_in.ts";

/** An owner that cannot be asked, as on another machine, writes at least so often while it lives (ms). */
const SILENT = 60_000;
const NAME = /^([0-9a-f]{64})\.([0-9a-f-]{36})$/;

/** This process, as it writes itself down; one token for all its partials. */
let self: Owner | undefined;
const inUse = new Set<string>();

/** Where the blob is to be written: what another process left of it, else nothing yet. To be given back with `release`. */
export function takePartial(folder: string, digest: Digest): string {
  const me = self ??= describeMyself("mops");
  makeFolder(folder);
  const owner = join(folder, `${me.token}.json`);
  writeAtomic(owner, JSON.stringify(me) + "\n");
  const mine = join(folder, `${digestParts(digest).encoded}.${me.token}`);
  if (!inUse.has(mine) && lstatIfThere(mine) === null) adoptOne(folder, digest, mine, lstatIfThere(owner)?.mtime?.getTime() ?? Date.now());
  inUse.add(mine);
  return mine;
}

/** The caller has moved it to its place, or leaves it to whoever comes next. */
export function release(folder: string, partial: string): void {
  inUse.delete(partial);
  if (namesIn(folder).some((name) => name.endsWith(`.${self!.token}`)) || inUse.size > 0) return;
  removeIfThere(join(folder, `${self!.token}.json`));
  removeIfEmpty(folder);
}

/** The largest that nobody works on. One that somebody else takes first is theirs. */
function adoptOne(folder: string, digest: Digest, mine: string, now: number): void {
  const { encoded } = digestParts(digest);
  const orphans = namesIn(folder).flatMap((name) => {
    const [, hex, token] = NAME.exec(name) ?? [];
    const info = hex === encoded ? lstatIfThere(join(folder, name)) : null;
    return info?.isFile && isLeft(folder, token!, info, now) ? [{ name, token, size: info.size }] : [];
  }).sort((one, other) => other.size - one.size);
  for (const { name, token } of orphans) {
    try {
      disk.rename(join(folder, name), mine);
      if (!namesIn(folder).some((other) => other.endsWith(`.${token}`))) removeIfThere(join(folder, `${token}.json`));
      return;
    } catch (error) {
      if (!isAbsent(error)) throw diskFailure(error, "take over", join(folder, name));
    }
  }
}

function isLeft(folder: string, token: string, info: Deno.FileInfo, now: number): boolean {
  if (token === self?.token) return false;
  const owner = parseOwner(readTextIfThere(join(folder, `${token}.json`)) ?? "");
  if (owner !== null && isDead(owner)) return true;
  if (owner !== null && owner.host === self!.host && owner.space === self!.space && owner.machine === self!.machine) return false;
  return now - (info.mtime?.getTime() ?? now) > SILENT;
}

/** Takes away what nobody has written to for so long, and the names of owners that own nothing; then the folder, if it is empty. */
export function sweepPartials(folder: string, olderThan: number): void {
  if (lstatIfThere(folder) === null) return;
  const names = namesIn(folder);
  const kept = new Set<string>();
  for (const name of names) {
    const token = NAME.exec(name)?.[2];
    if (token === undefined) continue;
    const file = join(folder, name);
    const modified = lstatIfThere(file)?.mtime?.getTime() ?? olderThan;
    if (modified < olderThan && !inUse.has(file)) removeIfThere(file);
    else kept.add(token);
  }
  const others = names.filter((name) => !NAME.test(name) && !kept.has(name.replace(/\.json$/, "")));
  for (const name of others) removeIfThere(join(folder, name));
  removeIfEmpty(folder);
}

function removeIfEmpty(folder: string): void {
  if (namesIn(folder).length > 0) return;
  try {
    disk.remove(folder);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes(errorNumber(error) ?? "")) throw diskFailure(error, "remove", folder);
  }
}
