/** Small random trees over few paths and contents, so that equal and different sides are both frequent. */
import fc from "fast-check";
import { type BundlePath, parseBundlePath } from "../../src/base/bundle_path.ts";
import { digestOf } from "../../src/base/digest.ts";
import type { FileContent, Snapshot } from "../../src/bundle/snapshot.ts";
import type { Edit } from "../../src/plan/edits.ts";
import type { Side } from "../../src/plan/pull.ts";

export const PATHS: readonly BundlePath[] = ["a", "b/c", "b/d", "e"].map(parseBundlePath);

const CONTENTS: readonly FileContent[] = ["one", "two", "three"].flatMap((text) => {
  const bytes = new TextEncoder().encode(text);
  const file = { digest: digestOf(bytes), size: bytes.byteLength, executable: false };
  return text === "one" ? [file, { ...file, executable: true }] : [file];
});

export const anyTree: fc.Arbitrary<Snapshot> = fc.array(fc.option(fc.constantFrom(...CONTENTS), { nil: null }), {
  minLength: PATHS.length,
  maxLength: PATHS.length,
}).map((contents) => new Map(PATHS.flatMap((path, i) => contents[i] === null ? [] : [[path, contents[i]!]])));

export const anyPaths: fc.Arbitrary<BundlePath[]> = fc.subarray([...PATHS]);

export function side(files: Snapshot): Side {
  return { files, compared: files };
}

export function applied(tree: Snapshot, edits: readonly Edit[]): Snapshot {
  const next = new Map(tree);
  for (const edit of edits) {
    if (edit.kind === "write") next.set(edit.path, edit.content);
    else next.delete(edit.path);
  }
  return next;
}
