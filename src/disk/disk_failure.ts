/** What the operating system said, as a Failure that names the file and tells a person what to do about it. */
import { dirname } from "node:path";
import { META_DIRECTORY } from "../base/bundle_path.ts";
import { shellWord } from "../base/shell_word.ts";
import { Failure, type FailureCode } from "../base/failure.ts";

interface Meaning {
  readonly code: FailureCode;
  readonly reason: string;
  readonly hint?: (path: string) => string;
}

const MEANINGS: Readonly<Record<string, Meaning>> = {
  ENOENT: { code: "not-found", reason: "it does not exist" },
  ENOTDIR: { code: "not-ready", reason: "a part of its path is a file" },
  EISDIR: { code: "not-ready", reason: "it is a directory", hint: outOfTheWay },
  EEXIST: { code: "not-ready", reason: "it exists already" },
  ENOTEMPTY: { code: "not-ready", reason: "the directory is not empty" },
  ELOOP: { code: "not-ready", reason: "its path leads through too many links" },
  EACCES: { code: "not-ready", reason: "permission denied", hint: (path) => `ls -ld ${shellWord(nearest(path))}` },
  EPERM: { code: "not-ready", reason: "the operation is not permitted", hint: (path) => `ls -ld ${shellWord(nearest(path))}` },
  EROFS: { code: "not-ready", reason: "the file system is read-only" },
  ENOSPC: {
    code: "not-ready",
    reason: "the disk is full",
    hint: (path) => `df -h ${shellWord(nearest(outside(path)))}   (and df -i for the number of files)`,
  },
  EDQUOT: { code: "not-ready", reason: "the disk quota is used up", hint: () => "quota -s" },
  EMFILE: { code: "not-ready", reason: "too many files are open in this process", hint: () => "ulimit -n 4096" },
  ENFILE: { code: "not-ready", reason: "too many files are open on this machine" },
  ENAMETOOLONG: { code: "not-ready", reason: "the name is too long for this file system" },
  EILSEQ: { code: "not-ready", reason: "this file system does not take that name" },
  EINVAL: { code: "not-ready", reason: "this file system does not take that name or operation" },
  EFBIG: { code: "not-ready", reason: "the file is too large for this file system" },
  EBUSY: { code: "not-ready", reason: "it is in use" },
  ETXTBSY: { code: "not-ready", reason: "it is a program that runs just now" },
  EXDEV: { code: "not-ready", reason: "it lies on another file system" },
  ESTALE: { code: "not-ready", reason: "the network file system lost it (stale handle)", hint: () => "run the command again" },
  ETIMEDOUT: { code: "not-ready", reason: "the network file system does not answer" },
  ENXIO: {
    code: "not-ready",
    reason: "it is no file: a socket, or a device that is not there",
    hint: (path) => `ls -ld ${shellWord(nearest(path))}`,
  },
  EIO: { code: "not-ready", reason: "the disk reports an input/output error", hint: () => "look into the system's log before going on" },
};

/**
 * `what` is the verb: diskFailure(error, "read", "/p/a.csv") says "cannot read /p/a.csv: permission denied". A Failure passes through
 * unchanged; what is no error of the operating system at all is thrown as it is, because it is a bug.
 */
export function diskFailure(error: unknown, what: string, path: string): Failure {
  if (error instanceof Failure) return error;
  const number = errorNumber(error);
  if (number === null) throw error;
  const meaning = MEANINGS[number];
  return new Failure(meaning?.code ?? "not-ready", `cannot ${what} ${path}: ${reasonOf(error)}`, {
    hint: meaning?.hint?.(path),
    facts: { path, error: number },
    cause: error,
  });
}

/** The path, or what of it exists: what was to be written often never came to be, or is gone again. */
function nearest(path: string): string {
  for (let at = path;; at = dirname(at)) {
    try {
      Deno.lstatSync(at);
      return at;
    } catch (error) {
      if (errorNumber(error) === null || dirname(at) === at) return at;
    }
  }
}

/** The folder of the project for what lies in the program's own: much of that is gone again when a person reads the hint. */
function outside(path: string): string {
  const at = path.indexOf(`/${META_DIRECTORY}/`);
  return at < 1 ? path : path.slice(0, at);
}

/** Nobody keeps a folder of worth under a name of ours, but who knows. */
function outOfTheWay(path: string): string {
  if (outside(path) === path) return `ls -ld ${shellWord(path)}`;
  return `mv ${shellWord(path)} ${shellWord(`${path}.aside`)}   (a folder lies where a file belongs; then run the command again)`;
}

/** Why, in a person's words: "permission denied". */
export function reasonOf(error: unknown): string {
  const number = errorNumber(error);
  return number === null ? String(error) : MEANINGS[number]?.reason ?? `the system reports ${number}`;
}

/** Runs `work`; an error of the operating system becomes the Failure of `diskFailure`. */
export function onDiskDo<T>(what: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw diskFailure(error, what, path);
  }
}

/** The system's name of the error, such as "ENOSPC"; null when it is none of the system's. "E121" where the runtime knows a number only. */
export function errorNumber(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code } = error as { code?: unknown };
  if (typeof code === "string") return /^E[A-Z0-9]+$/.test(code) ? code : null;
  const [, number] = /\(os error (\d+)\)/.exec(error.message) ?? [];
  return number === undefined ? null : number === "6" ? "ENXIO" : `E${number}`;
}

/** Nothing lies there: the name is missing, or something above it is no directory. */
export function isAbsent(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}
