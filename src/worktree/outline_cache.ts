/**
 * `.modelops-bundle/outlines.json`: what was read in Python files, by the digest of their bytes, so that an unchanged file is parsed once.
 * What is no longer used stays for a while: the version before an edit is what tells formatting from change. May be deleted at any time;
 * damaged, foreign or not to be read, it counts as empty.
 */
import { checkOf, withCheck } from "../base/checked_text.ts";
import type { Digest } from "../base/digest.ts";
import { digestParts, isDigest } from "../base/digest.ts";
import { isFailure } from "../base/failure.ts";
import { readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { OUTLINE_VERSION, type ReadSource } from "../python/outline.ts";
import { type Packed, Shapes } from "./packed_json.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

export interface OutlineCache {
  /** null: not known. */
  find(digest: Digest): ReadSource | null;
  remember(digest: Digest, source: ReadSource): void;
  /** Writes the file if something was remembered. */
  save(): void;
}

export interface OutlineCacheOptions {
  /** false for dry runs: nothing in the folder is touched. A project that cannot be written is treated the same, silently. */
  readonly write: boolean;
}

/** Raised with the layout of the file; outlines of another version are of no use either. */
const FORMAT = 2;
/** The first line is this, the table of shapes, and `MIDDLE`. */
const HEAD = `{"version":"${FORMAT}.${OUTLINE_VERSION}","shapes":`;
const MIDDLE = `,"outlines":{`;
const TAIL = "}}";
/** Unused ones that are kept: some days of editing. */
const KEPT_UNUSED = 2000;
/** Characters, about as many bytes: 20,000 files of a usual size. */
const MAX_SIZE = 200_000_000;

export function openOutlineCache(project: Project, options: OutlineCacheOptions): OutlineCache {
  const file = metaPath(project, LOCAL_NAMES.outlines);
  let old: Loaded | null = null;
  const known = () => old ??= load(file);
  /** Used now, in the order of their first use; as text, since most are written back as they were read. */
  const used = new Map<Digest, string>();
  const parsed = new Map<Digest, ReadSource>();
  let changed = false;

  return {
    find(digest) {
      const there = parsed.get(digest);
      if (there !== undefined) return there;
      const text = known().lines.get(digest);
      const source = text === undefined ? null : parse(text, known().shapes);
      if (source === null) return null;
      used.set(digest, text!);
      parsed.set(digest, source);
      return source;
    },
    remember(digest, source) {
      used.set(digest, JSON.stringify(known().shapes.pack(source)));
      parsed.set(digest, source);
      changed = true;
    },
    save() {
      if (!options.write || !changed) return;
      try {
        writeAtomic(file, format(used, known()));
        changed = false;
      } catch (error) {
        if (!isFailure(error)) throw error; // a full or read-only disk costs speed, nothing else
      }
    },
  };
}

/** One outline a line, so that a line can be kept without being parsed. Those used last stand first. */
function format(used: ReadonlyMap<Digest, string>, { lines: old, shapes }: Loaded): string {
  const lines: string[] = [];
  let size = 0;
  let unused = 0;
  const keep = (digest: Digest, text: string) => {
    size += text.length;
    if (size <= MAX_SIZE) lines.push(`"${digestParts(digest).encoded}":${text}`);
  };
  for (const [digest, text] of used) keep(digest, text);
  for (const [digest, text] of old) if (!used.has(digest) && ++unused <= KEPT_UNUSED) keep(digest, text);
  return withCheck(`${HEAD}${JSON.stringify(shapes.keys)}${MIDDLE}\n${lines.join(",\n")}\n${TAIL}`);
}

interface Loaded {
  readonly lines: ReadonlyMap<Digest, string>;
  readonly shapes: Shapes;
}

function load(file: string): Loaded {
  const lines = new Map<Digest, string>();
  let text: string | null;
  try {
    text = readTextIfThere(file);
  } catch (error) {
    if (isFailure(error)) return { lines, shapes: new Shapes() }; // not for us to read: everything is parsed again
    throw error;
  }
  if (text !== null && checkOf(text) !== "right") text = null; // one wrong import in it would be sealed into a bundle
  const shapes = text === null ? null : shapesOf(text.slice(0, text.indexOf("\n") + 1));
  if (text === null || shapes === null) return { lines, shapes: new Shapes() };
  for (const line of text.slice(text.indexOf("\n") + 1).split("\n")) {
    const digest = `sha256:${line.slice(1, 65)}`;
    if (line.startsWith('":', 65) && isDigest(digest)) lines.set(digest, line.endsWith(",") ? line.slice(67, -1) : line.slice(67));
  }
  return { lines, shapes };
}

/** null where the first line is not one of ours. */
function shapesOf(line: string): Shapes | null {
  if (!line.startsWith(HEAD) || !line.endsWith(`${MIDDLE}\n`)) return null;
  const keys = json(line.slice(HEAD.length, -MIDDLE.length - 1));
  const isTable = Array.isArray(keys) && keys.every((list) => Array.isArray(list) && list.every((key) => typeof key === "string"));
  return isTable ? new Shapes(keys) : null;
}

/** null where a line is none of ours. */
function parse(text: string, shapes: Shapes): ReadSource | null {
  const packed = json(text);
  try {
    const value = packed === undefined ? null : shapes.unpack(packed as Packed) as Partial<Record<"outline" | "problem", unknown>> | null;
    if (isRecord(value?.problem) && typeof value.problem.message === "string") return value as ReadSource;
    const isOutline = isRecord(value?.outline) && value.outline.version === OUTLINE_VERSION && Array.isArray(value.outline.imports);
    return isOutline ? value as ReadSource : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** undefined for what is no JSON. */
function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
