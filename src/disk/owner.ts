/**
 * Which process owns a lock, or a file that one process at a time works on; and whether it is certainly dead. Only a process of the same
 * machine and the same numbering of processes (pid namespace) can be asked about. Where /proc is missing, hides others (hidepid) or
 * speaks of another numbering, as in a container that was given the machine's, what it does not say counts as alive.
 */
import process from "node:process";
import { errorNumber } from "./disk_failure.ts";

export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** ISO 8601. */
  readonly started: string;
  readonly command: string;
  /** Distinguishes this lock from every other one, also of the same process. */
  readonly token: string;
  /** Which numbering of processes the pid belongs to, and when the process was born: pids are used again. "" where unknown. */
  readonly space: string;
  readonly born: string;
  /** `/etc/machine-id`; null where there is none. Host names are not enough: several machines may be called `localhost`. */
  readonly machine: string | null;
}

/**
 * true only when it is certain.
 * @param ours tokens of this very process
 */
export function isDead(owner: Owner | null, ours: ReadonlySet<string> = new Set()): boolean {
  if (owner === null || owner.host !== Deno.hostname() || ours.has(owner.token)) return false;
  const { space, born } = myBirth();
  if (owner.space !== space) return false; // another container: its pids mean nothing here
  if (space === "" && Deno.build.os === "linux") return false; // nobody knows whether it is the same one
  if (owner.machine !== null && owner.machine !== myMachine()) return false; // another machine of the same name
  const boots = [owner.born, born].map(bootOf);
  // Another boot: certainly over if it was this machine's, and perhaps alive on another one if that is not known.
  if (boots[0] !== boots[1]) return !boots.includes("") && owner.machine !== null;
  if (owner.pid === process.pid) return true; // the same number, and not one of ours: an earlier process of a restarted container
  if (!isAlive(owner.pid)) return true;
  const now = procIsOurs() ? bornOf(owner.pid) : "";
  return now !== "" && owner.born !== "" && now !== owner.born;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorNumber(error) !== "ESRCH"; // EPERM: somebody else's process, but it lives
  }
}

export function describeMyself(command: string): Owner {
  return {
    host: Deno.hostname(),
    pid: process.pid,
    started: new Date().toISOString(),
    command,
    token: crypto.randomUUID(),
    ...myBirth(),
    machine: myMachine(),
  };
}

let machine: string | undefined;

function myMachine(): string | null {
  machine ??= firstThatReads(() => Deno.readTextFileSync("/etc/machine-id")).trim();
  return /^[0-9a-f]{32}$/.test(machine) ? machine : null; // "uninitialized" in images
}

let birth: { space: string; born: string } | undefined;

/** `/proc/self` is right in whatever /proc it stands. */
function myBirth(): { space: string; born: string } {
  birth ??= { space: firstThatReads(() => Deno.readLinkSync("/proc/self/ns/pid")), born: bornOf("self") };
  return birth;
}

/** Does /proc use the numbers that we use? */
function procIsOurs(): boolean {
  return firstThatReads(() => Deno.readLinkSync("/proc/self")) === String(process.pid);
}

/** Boot of the machine and start of the process in clock ticks since then (proc(5), "stat", field 22). */
function bornOf(pid: number | "self"): string {
  return firstThatReads(() => {
    const boot = Deno.readTextFileSync("/proc/sys/kernel/random/boot_id").trim();
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    return `${boot}/${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  });
}

function bootOf(born: string): string {
  return born.split("/")[0]!;
}

/** "" where there is no /proc, or not for us: then the pid alone decides. */
function firstThatReads(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (errorNumber(error) === null && !(error instanceof Deno.errors.NotCapable)) throw error;
    return "";
  }
}

export function parseOwner(text: string): Owner | null {
  let value: Partial<Owner> | null;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null; // being written just now, or by something else
    throw error;
  }
  if (typeof value !== "object" || value === null) return null;
  const { host, pid, started, token } = value;
  if (typeof host !== "string" || !Number.isSafeInteger(pid) || typeof started !== "string" || typeof token !== "string") return null;
  return {
    host,
    pid: pid!,
    started,
    token,
    command: String(value.command ?? ""),
    space: String(value.space ?? ""),
    born: String(value.born ?? ""),
    machine: typeof value.machine === "string" ? value.machine : null,
  };
}
