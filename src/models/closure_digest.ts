/** The digest of a closure: same code, same data, same declarations (decision 0007, "Closure"). A function of paths, digests and sizes alone. */
import type { BundlePath } from "../base/bundle_path.ts";
import { canonicalJsonBytes, type Json } from "../base/canonical_json.ts";
import { type Digest, digestOf } from "../base/digest.ts";

/** A file as a closure counts it: raw bytes, but of `pyproject.toml` its canonical form (`python/pyproject.ts`). */
export interface ClosureFile {
  readonly digest: Digest;
  readonly size: number;
}

export interface ClosureParts {
  readonly code: Iterable<readonly [BundlePath, ClosureFile]>;
  readonly data: Iterable<readonly [BundlePath, ClosureFile]>;
  readonly project: Iterable<readonly [BundlePath, ClosureFile]>;
}

/** The order in which files are given does not matter. */
export function closureDigest(parts: ClosureParts): Digest {
  const table = (files: Iterable<readonly [BundlePath, ClosureFile]>): Json =>
    new Map(Array.from(files, ([path, { digest, size }]): [string, Json] => [path, [digest, size]]));
  return digestOf(canonicalJsonBytes({
    schema: "mops.closure",
    version: 1,
    code: table(parts.code),
    data: table(parts.data),
    project: table(parts.project),
  }));
}
