/** registry.yaml as plain values, for tests that look at what they expect. */
import { parseYaml } from "../../src/base/yaml.ts";

// deno-lint-ignore no-explicit-any -- tests look at what they expect
export function parse(text: string): any {
  return parseYaml(text, "registry.yaml");
}
