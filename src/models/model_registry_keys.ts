/** Keys of an entry as lines: their order (decision 0007), and how one is set or taken away while all others stay as they are. */
import { itemLines, yamlLines, type YamlValue } from "../base/yaml_lines.ts";
import { type Part, type Parts, partsOf, withItems } from "../base/yaml_parts.ts";
import type { Section } from "./model_registry_text.ts";

/** As the Python tool writes them, each followed by the extra keys that belong to it. */
export const KEY_ORDER: Readonly<Record<Section | "closure", readonly string[]>> = {
  models: [
    "entrypoint",
    "path",
    "class_name",
    "scenarios",
    "parameters",
    "outputs",
    "data",
    "data_digests",
    "code",
    "code_digests",
    "model_digest",
    "data_given",
    "code_given",
    "code_mode",
    "auto_code",
    "labels",
    "parameter_specs",
    "unresolved",
    "closure",
  ],
  targets: [
    "path",
    "entrypoint",
    "model_output",
    "data",
    "data_digests",
    "code",
    "code_digests",
    "target_digest",
    "data_given",
    "code_given",
    "labels",
    "weight",
    "unresolved",
    "closure",
  ],
  target_sets: ["targets", "weights"],
  closure: ["rule", "project", "project_digests", "digest"],
};

/** A key that is there is changed where it stands, with as few lines as its form allows; a new one takes its place in the order. */
export function withKey(parts: Parts, order: Section | "closure", key: string, value: YamlValue, end: string): Parts {
  const place = parts.list.findIndex((part) => part.key === key);
  if (place !== -1) {
    const changed = changedPart(parts.list[place]!, value, parts.indent, end);
    return { ...parts, list: parts.list.with(place, changed) };
  }
  const [added] = partsOf(yamlLines(key, value, parts.indent, end))!.list;
  return { ...parts, list: parts.list.toSpliced(placeFor(parts, KEY_ORDER[order], key), 0, added!) };
}

/** `keepLead`: comments above it stay, for what follows. */
export function withoutKey(parts: Parts, key: string, options: { readonly keepLead?: boolean } = {}): Parts {
  const place = parts.list.findIndex((part) => part.key === key);
  if (place === -1) return parts;
  const lead = options.keepLead ? parts.list[place]!.lead : [];
  const list = parts.list.toSpliced(place, 1);
  const next = list[place];
  if (next === undefined) return { ...parts, list, tail: [...lead, ...parts.tail] };
  return { ...parts, list: list.with(place, { ...next, lead: [...lead, ...next.lead] }) };
}

function changedPart(old: Part, value: YamlValue, indent: number, end: string): Part {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string")) {
    const changed = withItems(old, value, (item, depth) => itemLines(item, depth, end)[0]!);
    if (changed !== null) return changed;
  }
  const [head, ...body] = yamlLines(old.key, value, indent, end);
  const comment = old.body.length === 0 && body.length === 0 ? /[^"']*?(\s+#[^"'\n]*)\r?\n?$/.exec(old.head)?.[1]?.trimEnd() : undefined;
  const written = head!.replace(/\r?\n$/, "");
  return { ...old, head: `${written}${comment === undefined ? "" : `  ${comment.trim()}`}${end}`, body };
}

/** Behind the nearest key that comes before it in the order, and behind unknown keys that follow that one. */
function placeFor(parts: Parts, order: readonly string[], key: string): number {
  const rank = order.indexOf(key);
  if (rank === -1) return parts.list.length;
  const before = parts.list.findLastIndex((part) => {
    const other = order.indexOf(part.key);
    return other !== -1 && other < rank;
  });
  if (before === -1) {
    const after = parts.list.findIndex((part) => order.includes(part.key));
    return after === -1 ? parts.list.length : after;
  }
  let place = before + 1;
  while (place < parts.list.length && !order.includes(parts.list[place]!.key)) place++;
  return place;
}
