/** One step on disk, as a plan names it. Every step says what must still be there when it is taken; null stands for nothing. */
import type { BundlePath } from "../base/bundle_path.ts";
import type { FileContent } from "../bundle/snapshot.ts";

export type Edit =
  | { readonly kind: "write"; readonly path: BundlePath; readonly content: FileContent; readonly replaces: FileContent | null }
  | { readonly kind: "remove"; readonly path: BundlePath; readonly replaces: FileContent };
