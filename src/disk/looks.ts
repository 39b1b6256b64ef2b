/** What lies at many paths, in columns: one look each, at one moment each. */
import type { Glance } from "./quick_look.ts";

/** Kinds. */
export const UNASKED = 0;
export const ABSENT = 1;
export const FILE = 2;
export const LINK = 3;
export const DIRECTORY = 4;
export const OTHER = 5;

const KINDS: Readonly<Record<Glance["kind"], number>> = { file: FILE, link: LINK, directory: DIRECTORY, other: OTHER };

export interface Looks {
  readonly kinds: Uint8Array;
  /** 1 or 0: the owner's bit. */
  readonly executable: Uint8Array;
  readonly sizes: Float64Array;
  readonly modified: Float64Array;
  readonly changed: Float64Array;
  readonly inodes: Float64Array;
}

export function emptyLooks(count: number): Looks {
  const numbers = () => new Float64Array(count);
  return {
    kinds: new Uint8Array(count),
    executable: new Uint8Array(count),
    sizes: numbers(),
    modified: numbers(),
    changed: numbers(),
    inodes: numbers(),
  };
}

export function keepLook(looks: Looks, index: number, glance: Glance | null): void {
  looks.kinds[index] = glance === null ? ABSENT : KINDS[glance.kind];
  if (glance === null) return;
  looks.executable[index] = glance.executable ? 1 : 0;
  looks.sizes[index] = glance.size;
  looks.modified[index] = glance.modified;
  looks.changed[index] = glance.changed;
  looks.inodes[index] = glance.inode;
}
