/**
 * `.modelops-bundle/journal.json`: the steps of one change to the project folder, written before the first is taken and removed after
 * the last (docs/formats.md, "journal.json"). Whoever finds one finishes it. Since version 2 it ends with a check; since version 3 a staged file
 * may lie in a new folder.
 */
import { type BundlePath, parseBundlePath } from "../base/bundle_path.ts";
import { asBoolean, asCount, asString, at, type Found, items, member, oneOf, optional, wrong } from "../base/decode.ts";
import { checkOf, withCheck } from "../base/checked_text.ts";
import { type Digest, parseDigest } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { readTextIfThere, removeIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { shellWord } from "../base/shell_word.ts";
import { syncFolder } from "../disk/sync_folder.ts";
import { LOCAL_NAMES, metaPath, type Project } from "./project.ts";

/** What a path holds, as far as a step asks: the bytes of a file, or the text of a link. */
export interface Held {
  readonly digest: Digest;
  readonly size: number;
  readonly link?: string | undefined;
}

export type Step =
  | { readonly kind: "remove"; readonly path: BundlePath; readonly was: Held }
  /** `staged` is a name in the staging folder, or a path in a new folder there; it is gone once the step was taken. */
  | { readonly kind: "place"; readonly path: BundlePath; readonly staged: string; readonly content: Held; readonly was: Held | null }
  | { readonly kind: "mode"; readonly path: BundlePath; readonly executable: boolean; readonly was: Held };

export interface Journal {
  /** Name of the folder below `.modelops-bundle/staging/`. */
  readonly staging: string;
  /** Removals first. */
  readonly steps: readonly Step[];
  /** Files of local state, put after all steps: `staged` in the staging folder becomes `.modelops-bundle/name`. */
  readonly after: readonly { readonly name: string; readonly staged: string; readonly content?: Held | undefined }[];
}

const VERSION = 3;

/** Durable when it returns. */
export function writeJournal(project: Project, journal: Journal): void {
  writeAtomic(metaPath(project, LOCAL_NAMES.journal), formatJournal(journal), { sync: true });
}

export function formatJournal(journal: Journal): string {
  return withCheck(JSON.stringify({ version: VERSION, ...journal }));
}

/** null when nothing is to be finished. @throws Failure("invalid") when the file is damaged, Failure("unsupported") for a newer one. */
export function readJournal(project: Project): Journal | null {
  const file = metaPath(project, LOCAL_NAMES.journal);
  const text = readTextIfThere(file);
  if (text === null) return null;
  try {
    const root = at(JSON.parse(text));
    const check = checkOf(text);
    if (check === "wrong" || check === "none" && [2, VERSION].includes(member(root, "version").value as number)) {
      throw new Failure("invalid", "it is not what was written: its check does not agree");
    }
    return decode(root);
  } catch (error) {
    if (!(error instanceof SyntaxError) && !isFailure(error)) throw error;
    const reason = isFailure(error) ? error.message : "it is not JSON";
    throw new Failure(isFailure(error, "unsupported") ? "unsupported" : "invalid", `${file} cannot be used: ${reason}`, {
      hint: `mv ${shellWord(file)} ${shellWord(`${file}.damaged`)}   (an interrupted pull stays half done; pull again afterwards)`,
      facts: { file },
      cause: error,
    });
  }
}

export function removeJournal(project: Project): void {
  removeIfThere(metaPath(project, LOCAL_NAMES.journal));
  syncFolder(metaPath(project, "."));
}

function decode(root: Found): Journal {
  const version = asCount(member(root, "version"));
  if (version < 1 || version > VERSION) {
    throw new Failure("unsupported", `it has version ${version}, and this mops reads version ${VERSION}`);
  }
  return {
    staging: plainName(member(root, "staging")),
    steps: items(member(root, "steps")).map(decodeStep),
    after: items(member(root, "after")).map((found) => ({
      name: plainName(member(found, "name")),
      staged: plainName(member(found, "staged")),
      content: optional(member(found, "content"), held), // version 1 did not say it
    })),
  };
}

function decodeStep(found: Found): Step {
  const kind = oneOf(member(found, "kind"), "remove", "place", "mode");
  const path = parseBundlePath(asString(member(found, "path")));
  const was = optional(member(found, "was"), held) ?? null;
  if (kind === "place") {
    return { kind, path, staged: stagedPath(member(found, "staged"), path), content: held(member(found, "content")), was };
  }
  if (was === null) throw wrong(member(found, "was"), "what the step replaces");
  return kind === "remove" ? { kind, path, was } : { kind, path, executable: asBoolean(member(found, "executable")), was };
}

function held(found: Found): Held {
  return {
    digest: parseDigest(asString(member(found, "digest"))),
    size: asCount(member(found, "size")),
    link: optional(member(found, "link"), asString),
  };
}

/** A plain name, or that of a new folder and what of the path lies in it. */
function stagedPath(found: Found, path: BundlePath): string {
  const staged = asString(found);
  const slash = staged.indexOf("/");
  if (slash < 0) return plainName(found);
  if (!/^new-\d+$/.test(staged.slice(0, slash)) || !path.endsWith(staged.slice(slash))) {
    throw wrong(found, "a plain name, or the end of the path in a new folder");
  }
  return staged;
}

/** A name of one component, that leads nowhere else. */
function plainName(found: Found): string {
  const name = asString(found);
  if (!/^[\w-][\w.-]*$/.test(name)) throw wrong(found, "a plain name");
  return name;
}
