/**
 * `.modelops-bundle/analysis.json`: what reading the project said of every registered model and target when it was last read, and of
 * which bytes, so that looking again at an unchanged project parses nothing. It may be deleted at any time; damaged or foreign, it counts
 * as empty. Records that several entries share (an import in a common helper) stand in it once.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { checkOf, withCheck } from "../base/checked_text.ts";
import { type Digest, isDigest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

export interface CachedAnalysis<Rest> {
  /** Everything but bytes that the analysis came from: rule, entries as asked for, which files there are. */
  readonly fingerprint: Digest;
  /** The files that were read, and what they held; null for one that could not be read. */
  readonly inputs: ReadonlyMap<BundlePath, Digest | null>;
  /** "model:ID", "target:ID" */
  readonly readings: ReadonlyMap<string, EntryAnalysis>;
  /** Digest of a Python text → digest of its tokens; what is read now, and what the model registry names as sealed. */
  readonly tokens: ReadonlyMap<Digest, Digest>;
  /** What else the reader wants back: plain JSON. */
  readonly rest: Rest;
}

const VERSION = 2;

/** null when there is none that can be used. `isRest` says whether what lies in it has the shape that is wanted. */
export function loadAnalysis<Rest>(project: Project, isRest: (value: unknown) => value is Rest): CachedAnalysis<Rest> | null {
  try {
    const text = readTextIfThere(metaPath(project, LOCAL_NAMES.analysis));
    if (text === null || checkOf(text) !== "right") return null;
    const file = JSON.parse(text);
    if (file?.version !== VERSION || !isDigest(String(file.fingerprint)) || !isRest(file.rest)) return null;
    const records: unknown[] = file.records;
    return {
      fingerprint: file.fingerprint,
      inputs: new Map(file.inputs),
      readings: new Map((file.readings as [string, Packed][]).map(([key, packed]) => [key, unpacked(packed, records) as EntryAnalysis])),
      tokens: new Map(file.tokens),
      rest: file.rest,
    };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError || isFailure(error)) return null; // damaged: everything is read again
    throw error;
  }
}

/** A full or read-only disk costs speed, nothing else. */
export function saveAnalysis<Rest>(project: Project, analysis: CachedAnalysis<Rest>): void {
  const records: string[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (record: unknown): number => {
    const text = JSON.stringify(record);
    const known = numbers.get(text);
    if (known !== undefined) return known;
    records.push(text);
    numbers.set(text, records.length - 1);
    return records.length - 1;
  };
  const readings = [...analysis.readings].map(([key, reading]) => [key, packed(reading, numberOf)]);
  const text = JSON.stringify({
    version: VERSION,
    fingerprint: analysis.fingerprint,
    inputs: [...analysis.inputs],
    tokens: [...analysis.tokens],
    rest: analysis.rest,
    readings,
    records: [],
  });
  try {
    writeAtomic(metaPath(project, LOCAL_NAMES.analysis), withCheck(text.replace(/\[\]\}$/, `[${records.join(",")}]}`)));
  } catch (error) {
    if (!isFailure(error)) throw error;
  }
}

/** A list of records is `{"#":[numbers]}`; an object is packed member by member; everything else stays as it is. */
type Packed = unknown;

function packed(value: unknown, numberOf: (record: unknown) => number): Packed {
  if (Array.isArray(value)) return value.every(isObject) && value.length > 0 ? { "#": value.map(numberOf) } : value;
  if (!isObject(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return { "=": members.map(([key, member]) => [key, packed(member, numberOf)]) };
}

function unpacked(value: Packed, records: readonly unknown[]): unknown {
  if (!isObject(value)) return value;
  if (Array.isArray(value["#"])) {
    return value["#"].map((number: number) => {
      if (!isObject(records[number])) throw new TypeError("no such record");
      return records[number];
    });
  }
  return Object.fromEntries((value["="] as [string, Packed][]).map(([key, member]) => [key, unpacked(member, records)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
