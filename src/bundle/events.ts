/** What is happening, told while it happens; the room that draws bars and heartbeats listens. Nothing here is a result. */
import type { BundlePath } from "../base/bundle_path.ts";

export type Activity = "hashing" | "packing" | "uploading" | "downloading" | "placing";

export type Event =
  /** A stretch of work begins: so many items, so many bytes. While it goes on: so many more, or fewer. */
  | { readonly kind: "begin"; readonly activity: Activity; readonly items: number; readonly bytes: number }
  /** Bytes moved since the last such event; negative when an attempt starts again. */
  | { readonly kind: "bytes"; readonly activity: Activity; readonly count: number }
  | { readonly kind: "item"; readonly activity: Activity; readonly name: BundlePath | string }
  | { readonly kind: "end"; readonly activity: Activity }
  /** A host asked for patience (`status` says how): nothing is sent there for so many milliseconds. */
  | { readonly kind: "waiting"; readonly host: string; readonly milliseconds: number; readonly status: number }
  /** Something a person should know, that stops nothing. `code` for programs, printed once per text. */
  | { readonly kind: "warning"; readonly code: string; readonly message: string }
  /** One line of what was done, for `--verbose`. */
  | { readonly kind: "detail"; readonly message: string };

export type Emit = (event: Event) => void;
