/** How the folder stands to the tag that it follows: one word, from values alone. */
import type { Digest } from "../base/digest.ts";
import { type Change, isLocalKind } from "./compare.ts";

export type Relation =
  | "in-step"
  | "ahead"
  | "behind"
  | "diverged"
  | "not-pushed"
  | "pinned"
  | "unreachable"
  | "unauthorized"
  | "offline";

/** What is known of the remote's side. */
export type RemoteView =
  | { readonly kind: "holds"; readonly digest: Digest }
  /** What the tag holds is no bundle, or none that can be read. */
  | { readonly kind: "foreign"; readonly digest: Digest; readonly reason: string }
  | { readonly kind: "absent" }
  | { readonly kind: "unreachable" | "unauthorized"; readonly reason: string }
  | { readonly kind: "offline" };

/** `changes` compares folder, remote and base; it is not looked at where the remote's side is not known. */
export function relationOf(view: RemoteView, pinned: boolean, changes: readonly Change[]): Relation {
  if (pinned) return "pinned";
  if (view.kind === "absent") return "not-pushed";
  if (view.kind === "foreign") return "diverged";
  if (view.kind !== "holds") return view.kind;
  const local = changes.some(({ kind }) => isLocalKind(kind));
  const remote = changes.some(({ kind }) => kind.startsWith("remote-"));
  if (changes.some(({ kind }) => kind === "conflict") || local && remote) return "diverged";
  return local ? "ahead" : remote ? "behind" : "in-step";
}
