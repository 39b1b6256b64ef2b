/**
 * What this program does to the world outside (a file made, a name moved, a request sent), told to a hook before it is done. Running
 * normally there is no hook. Tests hang one to number effects, to refuse them, to fail them as a disk would, and to kill the process at one
 * (docs/design.md, "Crash points").
 */

/** `send`: a request goes out. `answer`: its answer is here, and nobody has seen it yet. `sync-all`: a whole file system. */
export type EffectKind =
  | "open"
  | "write"
  | "truncate"
  | "sync"
  | "sync-all"
  | "rename"
  | "exchange"
  | "link"
  | "symlink"
  | "remove"
  | "mkdir"
  | "chmod"
  | "copy"
  | "utime"
  | "send"
  | "answer";

export interface Effect {
  readonly kind: EffectKind;
  /** The path, or method and URL. */
  readonly on: string;
  /** Of `rename`, `link` and `copy`: the new name. Of `exchange`: the other one. */
  readonly to?: string;
  /** Of `write`: what is appended where the file stands. */
  readonly bytes?: Uint8Array;
}

/** Calls `perform`, or does not; throws what the system would throw, or what only tests know. */
export type EffectHook = <T>(effect: Effect, perform: () => T) => T;

let hook: EffectHook | null = null;

/** null takes it away. The one before is given back. */
export function hangEffectHook(next: EffectHook | null): EffectHook | null {
  const before = hook;
  hook = next;
  return before;
}

/** Whether anybody listens: then what is one call of ours and many of the system's (a tree removed) is done one by one. */
export function isHooked(): boolean {
  return hook !== null;
}

export function act<T>(effect: Effect, perform: () => T): T {
  return hook === null ? perform() : hook(effect, perform);
}
