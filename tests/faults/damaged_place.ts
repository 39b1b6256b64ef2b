/**
 * A place of a few folders and a store whose files can be damaged and put back, byte by byte: what has not changed since keeps its inode
 * and times, so that the stat caches in it stay warm.
 */
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import type { Chance } from "../support/torture.ts";

export interface Damage {
  readonly name: string;
  apply(bytes: Uint8Array<ArrayBuffer>, chance: Chance): Uint8Array<ArrayBuffer>;
}

/** Bit rot, a torn write, a write of something else at the end, and blocks that never reached the disk. */
export const DAMAGES: readonly Damage[] = [
  {
    name: "bit flipped",
    apply: (bytes, chance) => changedAt(bytes, chance, (byte) => byte ^ (1 << chance.below(8))),
  },
  {
    name: "character swapped", // stays lawful JSON, YAML, hex or path: only a check, a digest or a comparison finds it
    apply: (bytes, chance) =>
      changedAt(bytes, chance, (byte) => otherOfItsKind(byte, chance), (byte) => otherOfItsKind(byte, chance) !== byte),
  },
  { name: "truncated", apply: (bytes, chance) => bytes.slice(0, chance.below(bytes.length)) },
  { name: "truncated at a line", apply: (bytes, chance) => bytes.slice(0, lineEnd(bytes, chance)) },
  { name: "emptied", apply: () => new Uint8Array(0) },
  { name: "extended", apply: (bytes, chance) => joined(bytes, Uint8Array.from({ length: 1 + chance.below(40) }, () => chance.below(256))) },
  { name: "written twice", apply: (bytes) => joined(bytes, bytes) },
  {
    name: "zeroed in part",
    apply(bytes, chance) {
      const from = chance.below(bytes.length);
      return bytes.slice().fill(0, from, from + 1 + chance.below(512));
    },
  },
  { name: "zeroed", apply: (bytes) => new Uint8Array(bytes.length) },
];

interface Kept {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly mode: number;
  readonly link: string | null;
}

export class KeptPlace {
  readonly #files: ReadonlyMap<string, Kept>;

  constructor(readonly root: string) {
    this.#files = read(root);
  }

  paths(): string[] {
    return [...this.#files.keys()].sort();
  }

  bytes(path: string): Uint8Array<ArrayBuffer> {
    return this.#files.get(path)!.bytes;
  }

  /** false where the damage would change nothing. */
  damage(path: string, damage: Damage, chance: Chance): boolean {
    const whole = this.bytes(path);
    if (whole.length === 0) return false;
    const bytes = damage.apply(whole, chance);
    if (bytes.length === whole.length && bytes.every((byte, at) => byte === whole[at])) return false;
    const file = join(this.root, path);
    Deno.chmodSync(file, 0o644);
    Deno.writeFileSync(file, bytes);
    Deno.chmodSync(file, this.#files.get(path)!.mode);
    return true;
  }

  restore(): void {
    for (const path of read(this.root).keys()) if (!this.#files.has(path)) Deno.removeSync(join(this.root, path), { recursive: true });
    const now = read(this.root);
    for (const [path, { bytes, mode, link }] of this.#files) {
      const found = now.get(path);
      if (found !== undefined && found.mode === mode && found.link === link && sameBytes(found.bytes, bytes)) continue;
      const file = join(this.root, path);
      if (found !== undefined) Deno.removeSync(file);
      Deno.mkdirSync(join(file, ".."), { recursive: true });
      if (link !== null) {
        Deno.symlinkSync(link, file);
        continue;
      }
      Deno.writeFileSync(file, bytes);
      Deno.chmodSync(file, mode);
      const past = new Date(Date.now() - 60_000);
      Deno.utimeSync(file, past, past);
    }
  }
}

/** path → digest of every file below a folder, but for those that `leave` names. */
export function digestsBelow(root: string, leave: (path: string) => boolean = () => false): Record<string, string> {
  return Object.fromEntries(
    [...read(root)].filter(([path]) => !leave(path)).map(([path, { bytes, link }]) => [path, link ?? digestOf(bytes)]).sort(),
  );
}

function read(root: string): Map<string, Kept> {
  const files = new Map<string, Kept>();
  const visit = (below: string): void => {
    for (const entry of Deno.readDirSync(join(root, below))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      const file = join(root, path);
      if (entry.isDirectory) visit(path);
      else if (entry.isSymlink) files.set(path, { bytes: new Uint8Array(), mode: 0, link: Deno.readLinkSync(file) });
      else files.set(path, { bytes: Deno.readFileSync(file), mode: Deno.lstatSync(file).mode! & 0o7777, link: null });
    }
  };
  visit("");
  return files;
}

function changedAt(
  bytes: Uint8Array<ArrayBuffer>,
  chance: Chance,
  change: (byte: number) => number,
  isMeant: (byte: number) => boolean = () => true,
): Uint8Array<ArrayBuffer> {
  const next = bytes.slice();
  for (let tries = 0; tries < 200; tries++) {
    const at = chance.below(next.length);
    if (!isMeant(next[at]!)) continue;
    next[at] = change(next[at]!);
    break;
  }
  return next;
}

/** A digit for a digit, a hex letter for a hex letter, a letter for a letter; anything else stays. */
function otherOfItsKind(byte: number, chance: Chance): number {
  const text = String.fromCharCode(byte);
  const kind = ["0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"].find((all) => all.includes(text));
  if (kind === undefined) return byte;
  return kind.charCodeAt((kind.indexOf(text) + 1 + chance.below(kind.length - 1)) % kind.length);
}

function lineEnd(bytes: Uint8Array, chance: Chance): number {
  const ends = [...bytes.keys()].filter((at) => bytes[at] === 10).slice(0, -1).map((at) => at + 1);
  return ends.length === 0 ? bytes.length >> 1 : chance.pick(ends);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
