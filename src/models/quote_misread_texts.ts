/**
 * `registry.yaml` with those texts in quotes that readers of YAML 1.1 would take for something else (`misread_texts.ts`), and with a
 * version that is a text.
 */
import { quotedYaml } from "../base/yaml.ts";
import { misreadScalars } from "./misread_texts.ts";
import { withTextAsVersion } from "./model_registry_edit.ts";
import { registryValues } from "./model_registry_text.ts";

/** The same values in a text that all readers read alike; the same text where they do already. @throws as `parseModelRegistry` does. */
export function withQuotedTexts(text: string): string {
  let quoted = text;
  for (const { from, to, source } of misreadScalars(text).reverse()) quoted = quoted.slice(0, from) + quotedYaml(source) + quoted.slice(to);
  return typeof registryValues(quoted).root.version === "string" ? quoted : withTextAsVersion(quoted);
}
