/** What a seal begins with: the texts of the metadata files, and what of `pyproject.toml` counts. */
import type { BundlePath } from "../base/bundle_path.ts";
import { nameOf, type Repository } from "../bundle/reference.ts";
import { readBytesIfThere } from "../disk/atomic_file.ts";
import { EMPTY_MODEL_REGISTRY } from "../models/model_registry.ts";
import type { SealTexts } from "../plan/seal.ts";
import { canonicalPyproject } from "../python/pyproject.ts";
import { DEFAULT_THRESHOLD, formatConfig } from "../settings/config.ts";
import { onDisk, type Project } from "../worktree/project.ts";
import { type Books, refuseRegistryThatIsNotUtf8 } from "./gather.ts";

/** The texts that a seal begins with; a project that an older tool made gets the missing ones here. @throws Failure("invalid") */
export function sealTexts(project: Project, books: Books, repository: Repository): SealTexts {
  refuseRegistryThatIsNotUtf8(books);
  const name = books.config.name ?? nameOf(repository);
  return {
    config: books.configText ?? formatConfig({ name, defaultTag: books.config.defaultTag, thresholdBytes: DEFAULT_THRESHOLD }),
    modelRegistry: books.modelRegistryText ?? EMPTY_MODEL_REGISTRY,
    canonicalPyproject: canonicalPyprojectOf(project),
    layout: books.config.layout,
  };
}

/** What of `pyproject.toml` counts for closures (decision 0007); null where there is none, or it is no TOML: then its bytes count. */
export function canonicalPyprojectOf(project: Project): Uint8Array<ArrayBuffer> | null {
  const bytes = readBytesIfThere(onDisk(project, "pyproject.toml" as BundlePath));
  return bytes === null ? null : canonicalPyproject(new TextDecoder().decode(bytes));
}
