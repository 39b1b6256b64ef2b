/** Random values of the pure floors, and what the tests of those floors ask again and again. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type BundlePath, whyNotABundlePath } from "../../src/base/bundle_path.ts";
import { type Digest, digestOf } from "../../src/base/digest.ts";
import { type Failure, type FailureCode, isFailure } from "../../src/base/failure.ts";
import type { FileContent, Snapshot } from "../../src/bundle/snapshot.ts";

export function hexDigits(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length });
}

export const anyDigest: fc.Arbitrary<Digest> = fc.nat().map((number) => digestOf(new TextEncoder().encode(String(number))));

/** Names that are awkward somewhere: to JavaScript objects, to YAML, to sorting, to shells, to old encodings. */
const awkward = [
  "__proto__",
  "constructor",
  "12",
  "0",
  "007",
  "no",
  "null",
  "~",
  "-",
  "--x",
  "a b",
  "a:b",
  "#",
  "'",
  '"',
  "é",
  "e\u0301",
  "ﬀ",
  "\uff21",
  "😀",
  "\u{10ffff}",
  "\ufeff",
  "\u2028",
  "%2e",
  "[x]",
  "{a",
  "*",
  "&a",
  "!t",
  "true",
  "1e3",
  "2026-01-01",
  "=",
  "<<",
];

const component = fc.oneof(
  { weight: 3, arbitrary: fc.stringMatching(/^[a-z0-9_.-]{1,8}$/) },
  { weight: 2, arbitrary: fc.constantFrom(...awkward) },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 6 }) },
);

export const anyPath: fc.Arbitrary<BundlePath> = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"))
  .filter((text): text is BundlePath => whyNotABundlePath(text) === null);

const anyContent: fc.Arbitrary<FileContent> = fc.record({
  digest: anyDigest,
  size: fc.oneof(fc.nat(), fc.maxSafeNat()),
  executable: fc.boolean(),
  link: fc.constant(undefined),
});

/** Files, and links to some of them; no file below a file. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc.tuple(
  fc.uniqueArray(fc.tuple(anyPath, anyContent), { selector: ([path]) => path, maxLength: 12 }),
  fc.array(fc.tuple(fc.stringMatching(/^link[a-z]{1,4}$/), fc.nat()), { maxLength: 3 }),
).map(([files, links]) => {
  const all = new Map<BundlePath, FileContent>();
  for (const [path, content] of files) if (!blocked(all, path)) all.set(path, content);
  const targets = [...all];
  for (const [name, choice] of links) {
    const target = targets[choice % Math.max(1, targets.length)];
    if (target === undefined || blocked(all, name as BundlePath) || all.has(name as BundlePath)) continue;
    // deno-lint-ignore no-control-regex
    if (/[\u0000-\u001f\u007f\\]/.test(target[0])) continue;
    all.set(name as BundlePath, { digest: target[1].digest, size: target[1].size, executable: false, link: target[0] });
  }
  return all;
});

function blocked(all: ReadonlyMap<BundlePath, unknown>, path: string): boolean {
  return [...all.keys()].some((other) => other.startsWith(`${path}/`) || path.startsWith(`${other}/`));
}

/** The Failure that `work` throws; anything else is the test's failure. */
export function asFailure(work: () => unknown, ...codes: FailureCode[]): Failure {
  try {
    work();
  } catch (error) {
    if (isFailure(error, ...codes)) return error;
    throw error;
  }
  assert.fail(`should throw Failure(${codes.join(" | ")})`);
}

export async function asFailureLater(work: Promise<unknown>, ...codes: FailureCode[]): Promise<Failure> {
  try {
    await work;
  } catch (error) {
    if (isFailure(error, ...codes)) return error;
    throw error;
  }
  assert.fail(`should fail with Failure(${codes.join(" | ")})`);
}
