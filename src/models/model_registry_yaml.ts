/**
 * `registry.yaml` (docs/formats.md; decision 0007): the one door to its text. What people wrote in it and the digests that every push
 * computes anew (D4) are kept apart: comparing and merging look only at the first, sealing touches only the second. Comments, order and
 * unknown keys survive both, and every edit.
 */
export { editModelRegistry, type EntryValues, type RegistryEdit } from "./model_registry_edit.ts";
export { parseModelRegistry, recordedPath } from "./model_registry_read.ts";
export {
  type ClosureFiles,
  digestOfWhatPeopleWrote,
  recordedDigests,
  sealModelRegistry,
  writtenEntries,
  type WrittenEntry,
  writtenValues,
} from "./model_registry_seal.ts";

/** What `init` writes; the keys are those the Python readers expect. */
export const EMPTY_MODEL_REGISTRY = `version: "1.0"\nmodels: {}\ntargets: {}\ntarget_sets: {}\n`;
