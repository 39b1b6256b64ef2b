/** Options that several commands share, and how their texts become values. */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import { Failure } from "../base/failure.ts";
import { duration, moment, rate } from "./amounts.ts";

/** Options that every command takes (design §5). */
export interface SharedOptions {
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
  readonly project?: string | undefined;
  readonly env?: string | undefined;
  readonly color: boolean;
  readonly progress?: ProgressMode | undefined;
}

export const PROGRESS_MODES = ["auto", "plain", "json", "none"] as const;
export type ProgressMode = typeof PROGRESS_MODES[number];

/** Where the remote is, for one call (D7). */
export interface RemoteOptions {
  readonly registry?: string | undefined;
  readonly remote?: string | undefined;
  readonly caFile?: string | undefined;
  readonly insecure?: true | undefined;
}

/** How transfers go, for one call; of every command that asks a remote. */
export interface TransferOptions {
  readonly maxConcurrency?: number | undefined;
  /** Bytes a second. */
  readonly bandwidth?: number | undefined;
  /** As it was given; `deadlineFrom` makes a time of it. */
  readonly deadline?: string | undefined;
}

/** What each of them takes: also the variable `MOPS_…` of the same name. */
export const TRANSFER_OPTIONS = [
  {
    name: "maxConcurrency",
    flags: "--max-concurrency <n>",
    description: "transfers and open requests at once (default: 8; or MOPS_MAX_CONCURRENCY)",
    parse: atLeastOne,
  },
  {
    name: "bandwidth",
    flags: "--bandwidth <rate>",
    description: "bytes a second over the network at most, both directions together: 10MB/s, 500k, 2MiB (or MOPS_BANDWIDTH)",
    parse: bytesASecond,
  },
  {
    name: "deadline",
    flags: "--deadline <when>",
    description:
      "stop tidily before: 90s, 15m, 1h30m from now, or a time as 2026-11-28T20:00; exit 6, and the next call goes on (or MOPS_DEADLINE)",
    parse: (text: string) => (deadlineFrom(text, 0), text),
  },
] as const;

export const REGISTRY_OPTION = ["--registry <base>", "base of remotes for this call: HOST[:PORT][/PATH] or oci:/DIRECTORY"] as const;
export const REMOTE_OPTION = ["--remote <repository>", "remote for this call: HOST[:PORT]/PATH/NAME or oci:/DIRECTORY"] as const;
export const CA_FILE_OPTION = ["--ca-file <file>", "PEM file with certificates to trust besides the usual ones"] as const;
export const INSECURE_OPTION = ["--insecure", "allow plain HTTP (always allowed on this machine's own addresses)"] as const;

/** @throws InvalidArgumentError, which the parser turns into a usage failure. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new InvalidArgumentError("It should be a whole number.");
  return value;
}

/** @throws InvalidArgumentError */
export function atLeastOne(text: string): number {
  const value = wholeNumber(text);
  if (value < 1) throw new InvalidArgumentError("It should be 1 or more.");
  return value;
}

/** @throws InvalidArgumentError */
export function bytesASecond(text: string): number {
  const value = rate(text);
  if (value === null) throw new InvalidArgumentError("It should be a rate in bytes a second, as 10MB/s, 500k or 2MiB.");
  return value;
}

/** A moment in milliseconds since the epoch; a duration counts from `started`. @throws InvalidArgumentError */
export function deadlineFrom(text: string, started: number): number {
  const span = duration(text);
  const at = span === null ? moment(text) : started + span;
  if (at === null) throw new InvalidArgumentError("It should be a duration, as 90s, 15m or 1h30m, or a time, as 2026-11-28T20:00.");
  return at;
}

/** @throws InvalidArgumentError */
export function progressMode(text: string): ProgressMode {
  const mode = PROGRESS_MODES.find((known) => known === text);
  if (mode === undefined) throw new InvalidArgumentError(`It should be one of ${PROGRESS_MODES.join(", ")}.`);
  return mode;
}

/** For `--label key=value`, given any number of times. @throws Failure("usage") */
export function labelsFrom(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text) => pair(text, "a label is KEY=VALUE")));
}

/** For `--weight ID=NUMBER`; the last `=` counts, since an id may hold one. @throws Failure("usage") */
export function weightsFrom(texts: readonly string[]): (readonly [id: string, weight: number])[] {
  return texts.map((text) => {
    const end = text.lastIndexOf("=");
    const [id, number] = [text.slice(0, Math.max(end, 0)), text.slice(end + 1).trim()];
    const weight = Number(number);
    if (end > 0 && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(number) && Number.isFinite(weight)) return [id, weight];
    throw new Failure("usage", `"${text}" is no weight; nothing was changed`, { hint: "a weight is ID=NUMBER, as in -w incidence=0.5" });
  });
}

function pair(text: string, shape: string): readonly [string, string] {
  const end = text.indexOf("=");
  if (end > 0) return [text.slice(0, end), text.slice(end + 1)];
  throw new Failure("usage", `"${text}" is not what is wanted: ${shape}; nothing was done`, { hint: "as in --label area=city" });
}
