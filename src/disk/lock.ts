/**
 * One command at a time, by a file that only one can make (a hard link, or O_EXCL): that also holds on network file systems, where flock may be
 * local to a machine or do nothing. The file says who has it. A lock whose process is certainly dead is broken; a lock of another
 * machine, or of another container on this one, never is: nobody can know from here whether its owner lives.
 */
import { dirname, join } from "node:path";
import { Failure, stopIfInterrupted } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { diskFailure, errorNumber, isAbsent } from "./disk_failure.ts";
import { readTextIfThere, removeIfThere, temporaryName } from "./atomic_file.ts";
import * as disk from "./effects.ts";
import { lstatIfThere } from "./file_stamp.ts";
import { describeMyself, isDead, parseOwner } from "./owner.ts";

export interface LockOptions {
  /** What it protects, for messages: "the project /home/ana/sir". */
  readonly what: string;
  /** How long to wait for another owner to finish; 0: not at all. */
  readonly waitMs: number;
  readonly signal?: AbortSignal | undefined;
  /** What the owner does, for the messages of those who wait: "mops bundle push". */
  readonly command?: string | undefined;
}

export interface Lock {
  /** May be called more than once; removes the file only while it is ours. */
  release(): void;
}

/** Tokens of the locks of this process. */
const held = new Set<string>();
/** How long two breakers of one dead lock may take; a breaker that takes longer died in between. */
const BREAKING_MS = 10_000;
/** How long a lock file may say nothing, where there are no hard links: its maker writes right after making it, or died in between. */
const SILENT_MS = 60_000;

/** @throws Failure("busy") saying who has it since when; Failure("not-ready") when the file cannot be made. */
export async function acquireLock(path: string, options: LockOptions): Promise<Lock> {
  const mine = describeMyself(options.command ?? "mops");
  const deadline = performance.now() + options.waitMs;
  let pause = 25;
  while (true) {
    stopIfInterrupted(options.signal);
    if (createExclusively(path, JSON.stringify(mine) + "\n")) {
      if (parseOwner(readTextIfThere(path) ?? "")?.token === mine.token) return holding(path, mine.token);
      continue; // so slow between making and writing it that somebody took it for dead
    }
    const there = lstatIfThere(path);
    if (there === null) continue; // released in between
    if (!there.isFile && !there.isDirectory) throw busy(path, "", options.what); // a link, a fifo: nobody's lock, and nothing to wait for
    const text = readTextIfThere(path);
    if (text === null) continue;
    if (parseOwner(text)?.token === mine.token) return holding(path, mine.token); // linked, though a network file system said it was not
    if ((isDead(parseOwner(text), held) || isLeftSilent(path, text)) && breakLock(path, text)) continue;
    if (performance.now() >= deadline) throw busy(path, text, options.what);
    await sleep(Math.min(pause, Math.max(1, deadline - performance.now())), options.signal);
    pause = Math.min(pause * 1.5, 200) * (0.75 + Math.random() / 2); // waiters should not wake together
  }
}

function holding(path: string, token: string): Lock {
  held.add(token);
  return {
    release() {
      if (!held.delete(token)) return;
      const text = readTextIfThere(path);
      if (text !== null && parseOwner(text)?.token === token) removeIfThere(path);
    },
  };
}

/**
 * false when it is there already. Written under another name and then linked, which never replaces: so nobody ever sees a lock that says
 * nothing, even if its maker dies in between. Where there are no hard links, made in place.
 */
function createExclusively(path: string, text: string): boolean {
  if (lstatIfThere(path) !== null) return false;
  const aside = join(dirname(path), temporaryName());
  createInPlace(aside, text, path);
  try {
    disk.link(aside, path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    if (errorNumber(error) === null) throw error;
  } finally {
    removeIfThere(aside);
  }
  return createInPlace(path, text, path);
}

function createInPlace(path: string, text: string, lock: string): boolean {
  try {
    using file = disk.create(path);
    try {
      file.write(new TextEncoder().encode(text));
    } catch (error) {
      removeIfThere(path); // a lock without an owner would be nobody's to break
      throw error;
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw diskFailure(error, "make the lock file", lock);
  }
}

/**
 * Takes away a lock of which `text` was read. Only one may break at a time (a second file, made in the same way), and what lies there is read
 * again after it was renamed aside: so a lock that somebody made in the meantime is never taken away. false: look again later.
 */
function breakLock(path: string, text: string): boolean {
  const breaking = `${path}.breaking`;
  if (!createExclusively(breaking, JSON.stringify(describeMyself("breaking a lock")) + "\n")) {
    if (isAbandoned(breaking)) removeIfThere(breaking);
    return false;
  }
  try {
    if (readTextIfThere(path) !== text) return true;
    const aside = `${path}.${crypto.randomUUID()}.dead`;
    try {
      disk.rename(path, aside);
    } catch (error) {
      if (isAbsent(error)) return true;
      throw diskFailure(error, "break the lock", path);
    }
    if (readTextIfThere(aside) === text) removeIfThere(aside);
    else putBack(aside, path);
    return true;
  } finally {
    removeIfThere(breaking);
  }
}

/** By a hard link, which never replaces: if somebody took the place, theirs stands. Where there are none, by renaming. */
function putBack(aside: string, path: string): void {
  try {
    disk.link(aside, path);
  } catch (error) {
    if (errorNumber(error) === null) throw error;
    if (!(error instanceof Deno.errors.AlreadyExists)) disk.rename(aside, path);
  }
  removeIfThere(aside);
}

function isAbandoned(breaking: string): boolean {
  const text = readTextIfThere(breaking);
  if (text === null) return false;
  if (isLeftSilent(breaking, text)) return true;
  const owner = parseOwner(text);
  return isDead(owner, held) && owner !== null && Date.now() - Date.parse(owner.started) > BREAKING_MS;
}

/** Empty or torn, and for so long that nobody is writing it: its maker died in between. By the clock of the file system it lies on. */
function isLeftSilent(path: string, text: string): boolean {
  if (!/^\0*$/.test(text) && !(text.startsWith("{") && !isJson(text))) return false; // says something, if not to us
  const made = lstatIfThere(path)?.mtime;
  if (made == null) return false;
  const probe = join(dirname(path), temporaryName());
  if (!createExclusively(probe, "")) return false;
  try {
    const now = lstatIfThere(probe)?.mtime;
    return now != null && now.getTime() - made.getTime() > SILENT_MS;
  } finally {
    removeIfThere(probe);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function busy(path: string, text: string, what: string): Failure {
  const owner = parseOwner(text);
  if (owner === null) {
    return new Failure("busy", `${what} is locked, and ${path} does not say by whom: it is damaged, or not of this program`, {
      hint: `rm ${shellWord(path)}   (only when no other mops command is at work there)`,
      facts: { lock: path },
    });
  }
  const who = `${owner.command || "another command"} (process ${owner.pid} on ${owner.host}, since ${owner.started})`;
  return new Failure("busy", `${what} is being changed by ${who}`, {
    hint: `wait for it; if that process is certainly gone: rm ${shellWord(path)}`,
    facts: { lock: path, host: owner.host, pid: owner.pid, since: owner.started },
  });
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener("abort", done, { once: true });
  });
}
