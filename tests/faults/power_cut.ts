/**
 * A model of what a disk holds after a power cut: a tree of nodes as it was when the work began, the changes to names since then, and of
 * each file the bytes that were synced. A name is durable once its folder was synced after it changed, bytes once their file was; a rename is
 * one change in both folders. Everything else may be there, or not: which, a cut decides.
 */
import { basename, dirname, join } from "node:path";
import type { Effect } from "../../src/base/effect.ts";

class FileNode {
  /** Bytes and mode that survive for certain; null: none were ever synced. */
  synced: { readonly bytes: Uint8Array<ArrayBuffer>; readonly mode: number } | null = null;

  constructor(public bytes: Uint8Array<ArrayBuffer>, public mode: number, public modified: Date) {}
}

class LinkNode {
  constructor(readonly text: string) {}
}

class FolderNode {
  readonly before = new Map<string, Node>();
  readonly now = new Map<string, Node>();
}

type Node = FileNode | LinkNode | FolderNode;
type View = (folder: FolderNode) => Map<string, Node>;

interface Change {
  /** What it touches: two of them for a rename or a link. */
  readonly names: readonly (readonly [FolderNode, string])[];
  apply(view: View): void;
  /** What it makes, moves or takes away. */
  readonly node: Node;
  durable: boolean;
}

/** What becomes of that which is not durable. */
export interface Cut {
  readonly name: string;
  readonly keepsChange: () => boolean;
  /** `bytes` were never synced, or not since they changed. */
  readonly dataOf: (bytes: Uint8Array<ArrayBuffer>, synced: Uint8Array<ArrayBuffer> | null) => Uint8Array<ArrayBuffer>;
  readonly keepsMode: () => boolean;
}

const NOTHING = new Uint8Array(0);

export const ALL_LOST: Cut = {
  name: "all that was not synced is lost",
  keepsChange: () => false,
  dataOf: (_, synced) => synced ?? NOTHING,
  keepsMode: () => false,
};

/** What ext4 and XFS are known for: the name is there, and zeros are in it. */
export const NAMES_WITHOUT_DATA: Cut = {
  name: "names are there, with zeros for bytes that were not synced",
  keepsChange: () => true,
  dataOf: (bytes) => new Uint8Array(bytes.byteLength),
  keepsMode: () => false,
};

/** @param random gives [0, 1) */
export function anyOf(random: () => number): Cut {
  return {
    name: "any part of it is lost",
    keepsChange: () => random() < 0.5,
    dataOf(bytes, synced) {
      const choices = [synced ?? NOTHING, bytes, NOTHING, bytes.slice(0, bytes.byteLength >> 1), new Uint8Array(bytes.byteLength)];
      return choices[Math.floor(random() * choices.length)]!;
    },
    keepsMode: () => random() < 0.5,
  };
}

export class PowerCut {
  readonly #root: string;
  readonly #top = new FolderNode();
  readonly #changes: Change[] = [];

  /** What lies below `root` now is durable. */
  constructor(root: string) {
    this.#root = root;
    read(root, this.#top);
  }

  /** For `runUntil`. */
  readonly watch = <T>(_n: number, effect: Effect, perform: () => T): T => {
    const result = perform();
    if (result instanceof Promise) {
      return result.then((value) => {
        this.#record(effect);
        return value;
      }) as T;
    }
    this.#record(effect);
    return result;
  };

  /** The power goes, and comes again: below `root` lies what survived. */
  cut(how: Cut): void {
    const views = new Map<FolderNode, Map<string, Node>>();
    const view: View = (folder) => {
      const known = views.get(folder) ?? new Map(folder.before);
      views.set(folder, known);
      return known;
    };
    const lost: Change[] = [];
    for (const change of this.#changes) {
      // A disk loses no change that a kept one builds on.
      const possible = !lost.some((other) => buildsOn(change, other));
      if (change.durable || (possible && how.keepsChange())) change.apply(view);
      else lost.push(change);
    }
    for (const { name } of [...Deno.readDirSync(this.#root)]) Deno.removeSync(join(this.#root, name), { recursive: true });
    write(this.#root, this.#top, view, how, new Map());
  }

  #record({ kind, on, to }: Effect): void {
    if (!on.startsWith(`${this.#root}/`) && on !== this.#root) return;
    const [folder, name] = this.#place(on);
    const node = folder?.now.get(name);
    switch (kind) {
      case "open":
        if (node === undefined) this.#change([[folder!, name]], (view, made) => view(folder!).set(name, made), fileAt(on));
        else refresh(node, on, true);
        break;
      case "write":
      case "truncate":
        refresh(node, on, true);
        break;
      case "chmod":
      case "utime":
        refresh(node, on, false);
        break;
      case "symlink":
        this.#change([[folder!, name]], (view, made) => view(folder!).set(name, made), new LinkNode(Deno.readLinkSync(on)));
        break;
      case "mkdir":
        this.#change([[folder!, name]], (view, made) => view(folder!).set(name, made), new FolderNode());
        break;
      case "copy": {
        const [there, called] = this.#place(to!);
        this.#change([[there!, called]], (view, made) => view(there!).set(called, made), fileAt(to!));
        break;
      }
      case "link": {
        const [there, called] = this.#place(to!);
        this.#change([[there!, called]], (view, made) => view(there!).set(called, made), node!);
        break;
      }
      case "rename": {
        const [there, called] = this.#place(to!);
        this.#change([[folder!, name], [there!, called]], (view, moved) => {
          if (view(folder!).get(name) !== moved) return; // what it moves was lost before
          view(folder!).delete(name);
          view(there!).set(called, moved);
        }, node!);
        break;
      }
      case "exchange": {
        const [there, called] = this.#place(to!);
        this.#change([[folder!, name], [there!, called]], (view, moved) => {
          const other = view(there!).get(called);
          if (view(folder!).get(name) !== moved || other === undefined) return; // what it moves was lost before
          view(folder!).set(name, other);
          view(there!).set(called, moved);
        }, node!);
        break;
      }
      case "remove":
        this.#change([[folder!, name]], (view) => view(folder!).delete(name), node!);
        break;
      case "sync":
        if (node instanceof FileNode) node.synced = { bytes: node.bytes, mode: node.mode };
        else this.#settle(on === this.#root ? this.#top : node as FolderNode);
        break;
      case "sync-all":
        for (const change of this.#changes) change.durable = true;
        for (const file of filesIn(this.#top)) file.synced = { bytes: file.bytes, mode: file.mode };
        break;
      case "send":
      case "answer":
        break;
    }
  }

  #change(names: Change["names"], apply: (view: View, node: Node) => void, node: Node): void {
    const change: Change = { names, apply: (view) => apply(view, node), node, durable: false };
    change.apply((folder) => folder.now);
    this.#changes.push(change);
  }

  #settle(folder: FolderNode): void {
    const wanted = new Set(this.#changes.filter(({ names }) => names.some(([one]) => one === folder)));
    // What a durable change builds on is durable, too.
    for (const change of [...this.#changes].reverse()) {
      if (!wanted.has(change)) continue;
      change.durable = true;
      for (const other of this.#changes.slice(0, this.#changes.indexOf(change))) {
        if (sharesName(change, other)) wanted.add(other);
      }
    }
  }

  #place(path: string): [FolderNode | undefined, string] {
    if (path === this.#root) return [undefined, ""];
    const above = dirname(path).slice(this.#root.length).split("/").filter(Boolean);
    let folder: Node | undefined = this.#top;
    for (const name of above) folder = folder instanceof FolderNode ? folder.now.get(name) : undefined;
    return [folder as FolderNode | undefined, basename(path)];
  }
}

function sharesName(change: Change, earlier: Change): boolean {
  return earlier.names.some((a) => change.names.some((b) => a[0] === b[0] && a[1] === b[1]));
}

/**
 * The same name, another name of the same file (its count of names is kept in order), or a name in a folder that the earlier one makes. (A
 * sync of a folder alone promises nothing of the folder's own name.)
 */
function buildsOn(change: Change, earlier: Change): boolean {
  return sharesName(change, earlier) || change.node === earlier.node || change.names.some(([folder]) => folder === earlier.node);
}

function refresh(node: Node | undefined, path: string, withBytes: boolean): void {
  if (!(node instanceof FileNode)) return;
  const { bytes, mode, modified } = fileAt(path);
  Object.assign(node, { mode, modified }, withBytes ? { bytes } : {});
}

function fileAt(path: string): FileNode {
  const info = Deno.statSync(path);
  return new FileNode(Deno.readFileSync(path), info.mode! & 0o7777, info.mtime!);
}

function read(path: string, folder: FolderNode): void {
  for (const entry of Deno.readDirSync(path)) {
    const at = join(path, entry.name);
    const node = entry.isSymlink ? new LinkNode(Deno.readLinkSync(at)) : entry.isDirectory ? new FolderNode() : fileAt(at);
    if (node instanceof FileNode) node.synced = { bytes: node.bytes, mode: node.mode };
    if (node instanceof FolderNode) read(at, node);
    folder.before.set(entry.name, node);
    folder.now.set(entry.name, node);
  }
}

/** `written`: a file of two names is written once. */
function write(path: string, folder: FolderNode, view: View, how: Cut, written: Map<Node, string>): void {
  for (const [name, node] of view(folder)) {
    const at = join(path, name);
    const twin = written.get(node);
    written.set(node, at);
    if (twin !== undefined) Deno.linkSync(twin, at);
    else if (node instanceof LinkNode) Deno.symlinkSync(node.text, at);
    else if (node instanceof FolderNode) {
      Deno.mkdirSync(at);
      write(at, node, view, how, written);
    } else {
      const { bytes, synced } = node;
      Deno.writeFileSync(at, synced?.bytes === bytes ? bytes : how.dataOf(bytes, synced?.bytes ?? null));
      Deno.chmodSync(at, synced === null || how.keepsMode() ? node.mode : synced.mode);
      Deno.utimeSync(at, node.modified, node.modified);
    }
  }
}

function* filesIn(folder: FolderNode): Generator<FileNode> {
  for (const node of folder.now.values()) {
    if (node instanceof FileNode) yield node;
    if (node instanceof FolderNode) yield* filesIn(node);
  }
}
