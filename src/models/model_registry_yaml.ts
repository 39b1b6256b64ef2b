/**
 * `registry.yaml` (docs/formats.md; decision 0007): the door to its text for whoever changes it. What people wrote in it and the digests
 * that every push computes anew (D4) are kept apart: comparing and merging look only at the first, sealing touches only the second.
 * Comments, order and unknown keys survive both, and every edit. Who only reads goes to `model_registry_read.ts` and
 * `model_registry_written.ts`, which load no editing library.
 */
export { editModelRegistry, type EntryValues, type RegistryEdit } from "./model_registry_edit.ts";
export { type ClosureFiles, digestOfWhatPeopleWrote, sealModelRegistry } from "./model_registry_seal.ts";
