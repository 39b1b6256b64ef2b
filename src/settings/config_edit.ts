/** Edits of `config.yaml` that keep people's comments and unknown keys. */
import { CONFIG_PATH } from "../base/bundle_path.ts";
import { editYaml } from "../base/yaml_edit.ts";

/** The text with another name or default tag; everything else stays as people wrote it. */
export function editConfig(
  text: string,
  change: { name?: string | undefined; defaultTag?: string | undefined; thresholdBytes?: number | undefined },
): string {
  const edits: { path: string[]; value: unknown }[] = [];
  if (change.name !== undefined) edits.push({ path: ["registry_ref"], value: change.name });
  if (change.defaultTag !== undefined) edits.push({ path: ["default_tag"], value: change.defaultTag });
  if (change.thresholdBytes !== undefined) edits.push({ path: ["storage", "threshold_bytes"], value: change.thresholdBytes });
  return edits.length === 0 ? text : editYaml(text, CONFIG_PATH, edits);
}
