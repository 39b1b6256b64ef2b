/** Edits of a folder, and the remote that their bytes come from. */
import { sourceOf } from "../../src/base/bytes.ts";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import type { Digest } from "../../src/base/digest.ts";
import type { FileContent } from "../../src/bundle/snapshot.ts";
import type { Edit } from "../../src/plan/edits.ts";
import type { ApplyOptions } from "../../src/worktree/apply_edits.ts";
import { content } from "./project_folder.ts";

export const silent = () => {};

export function write(path: string, wanted: FileContent, replaces: FileContent | null = null): Edit {
  return { kind: "write", path: path as BundlePath, content: wanted, replaces };
}

export function remove(path: string, replaces: FileContent): Edit {
  return { kind: "remove", path: path as BundlePath, replaces };
}

/** A remote that holds these texts; `asked` counts. */
export function holding(...texts: string[]) {
  const blobs = new Map<Digest, Uint8Array<ArrayBuffer>>(texts.map((text) => [content(text).digest, new TextEncoder().encode(text)]));
  const asked: Digest[] = [];
  const read: ApplyOptions["read"] = ({ digest }) => {
    asked.push(digest);
    return sourceOf(blobs.get(digest)!).open();
  };
  return { read, asked };
}

export function options(read: ApplyOptions["read"], more: Partial<ApplyOptions> = {}): ApplyOptions {
  return { read, after: [], parallel: 2, emit: silent, ...more };
}
