/**
 * A folder in step with a bundle that nobody sent: what a push leaves in the folder, without the minutes that sending a million files takes.
 * `status --offline` reads just that. The bundle's digest is that of its `manifest.yaml`, since there is no manifest.
 */
import { digestOf } from "../../src/base/digest.ts";
import { MANIFEST_PATH } from "../../src/base/bundle_path.ts";
import { gatherLocal, readBooks } from "../../src/flows/gather.ts";
import { sealTexts } from "../../src/flows/seal_texts.ts";
import { draftSeal } from "../../src/plan/seal.ts";
import { rememberBaseFiles } from "../../src/worktree/base_files.ts";
import { saveState } from "../../src/worktree/local_state.ts";
import { findProject, onDisk } from "../../src/worktree/project.ts";

/** @param folder a project whose files `add` has hashed */
export async function recordBase(folder: string): Promise<void> {
  const project = findProject(folder);
  const books = readBooks(project);
  const { signal } = new AbortController();
  const local = await gatherLocal(project, books, { remember: false, lookOnly: false, emit: () => {}, signal });
  const { files, metadata } = draftSeal(local.files, sealTexts(project, books, { kind: "layout", directory: `${folder}/nowhere` }));
  for (const [path, bytes] of metadata) Deno.writeFileSync(onDisk(project, path), bytes);
  const bundle = digestOf(metadata.get(MANIFEST_PATH)!);
  rememberBaseFiles(project, bundle, files);
  saveState(project, { ...books.state, pulled: bundle });
}
