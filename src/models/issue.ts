/** Findings about models, targets and what they need: the one shape that status, preflight and registration share. */
import type { BundlePath } from "../base/bundle_path.ts";

export type Severity = "error" | "warning" | "info";

export interface Issue {
  /** kebab-case and stable; the list stands in docs/formats.md. */
  readonly code: string;
  readonly severity: Severity;
  /** A sentence in lower case that names the thing. */
  readonly message: string;
  readonly path: BundlePath | null;
  readonly line: number | null;
  /** Whose it is; null for the project's. */
  readonly entry: { readonly kind: "model" | "target" | "set"; readonly id: string } | null;
  /** Begins with a command where one helps. */
  readonly hint: string | null;
}
