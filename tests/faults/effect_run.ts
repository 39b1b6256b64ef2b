/** Runs a piece of work and lets it die at its n-th effect: that one and all later ones are refused, as if the process were gone. */
import type { Effect } from "../../src/base/effect.ts";
import { hangEffectHook } from "../../src/base/effect.ts";

/** Neither a Failure nor an error of the system: whoever handles this in src swallows the death of the process. */
export class Killed extends Error {
  constructor() {
    super("the process is dead");
  }
}

export interface Run<T> {
  /** In their order; those that were refused are not among them. */
  readonly effects: readonly Effect[];
  readonly died: boolean;
  /** Of a run that lived. */
  readonly result: T | null;
}

/** Sees each effect before it happens, numbered from 1; does it, or throws. */
export type Around = <T>(n: number, effect: Effect, perform: () => T) => T;

/** @throws what the work throws, and when it goes on although it is dead. */
export async function runUntil<T>(
  n: number,
  work: () => Promise<T>,
  around: Around = (_n, _effect, perform) => perform(),
): Promise<Run<T>> {
  const effects: Effect[] = [];
  let died = false;
  const before = hangEffectHook((effect, perform) => {
    if (died || effects.length + 1 === n) {
      died = true;
      if (effect.kind === "answer") drop(perform());
      throw new Killed();
    }
    effects.push(effect);
    return around(effects.length, effect, perform);
  });
  let result: T | null = null;
  try {
    result = await work();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
    return { effects, died, result: null };
  } finally {
    hangEffectHook(before);
  }
  if (died) throw new Error(`effect ${n} was the end of the process, yet its work went on: something caught what was not for it`);
  return { effects, died, result };
}

/** A connection whose process died is closed. */
function drop(response: unknown): void {
  (response as { body: ReadableStream | null }).body?.cancel().catch(() => {}); // whether it was still open does not matter
}

export function nameOf({ kind, on, to }: Effect): string {
  return `${kind} ${on}${to === undefined ? "" : ` → ${to}`}`;
}
