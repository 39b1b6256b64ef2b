/**
 * What to fetch of a pack when only some of its files are wanted: all of it, or ranges that hold them, whichever costs less. Pure, so that
 * what is fetched can be told beforehand.
 */

import type { BlobPart } from "./content.ts";

/** What one more request costs, told in bytes that could travel instead (some 20 ms at 100 Mbit/s). */
export const REQUEST_COST = 256 * 1024;
const NEARLY_ALL = 7 / 8;

/**
 * Parts in ascending order, each wanted range within one of them; one part of the whole size means: fetch the pack as a blob. Nearly all of
 * a pack is fetched as all of it, since only then it can be verified by its own digest.
 */
export function partsToFetch(size: number, wanted: readonly BlobPart[]): readonly BlobPart[] {
  const parts: { offset: number; length: number }[] = [];
  for (const { offset, length } of [...wanted].sort((a, b) => a.offset - b.offset)) {
    const last = parts.at(-1);
    // A gap that is shorter than a request is read along.
    if (last !== undefined && offset - (last.offset + last.length) <= REQUEST_COST) {
      last.length = Math.max(last.length, offset + length - last.offset);
    } else parts.push({ offset, length });
  }
  const bytes = parts.reduce((sum, { length }) => sum + length, 0);
  const isCheaper = size + REQUEST_COST <= bytes + parts.length * REQUEST_COST;
  return isCheaper || bytes >= size * NEARLY_ALL ? [{ offset: 0, length: size }] : parts;
}

export function isWhole(size: number, parts: readonly BlobPart[]): boolean {
  return parts.length === 1 && parts[0]!.offset === 0 && parts[0]!.length === size;
}
