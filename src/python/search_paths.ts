/**
 * Lists of folders in which modules are looked for, `sys.path` and a package's `__path__`, as expressions: which folders a new list has that
 * the old one had not.
 */
import { fullNameOf } from "./file_names.ts";
import type { Value } from "./outline.ts";
import { itemsOf, type Standing } from "./path_values.ts";

/** What a list of folders gets that is made of itself and of others: `["vendor"] + sys.path`, `[*sys.path, "vendor"]`. */
export function addedTexts(value: Value, standing: Standing): string[] | null {
  const lists = addedLists(value, standing);
  const texts = lists.map((list) => itemsOf(list, standing));
  return texts.some((list) => list === null) ? null : texts.flatMap((list) => list!);
}

function addedLists(value: Value, standing: Standing): Value[] {
  if (isItself(value, standing)) return [];
  if (value.kind === "operation" && value.operator === "+") return value.operands.flatMap((part) => addedLists(part, standing));
  if (value.kind !== "sequence") return [value];
  const own = value.items.filter((item) => item.kind !== "spread");
  const spread = value.items.flatMap((item) => item.kind === "spread" ? addedLists(item.value, standing) : []);
  return own.length === 0 ? spread : [{ ...value, items: own }, ...spread];
}

/** `sys.path`, `__path__`, a part or a copy of them, and what `pkgutil.extend_path` makes of them. */
function isItself(value: Value, standing: Standing): boolean {
  if (value.kind === "name") return /^sys\.path$|(^|\.)__path__$/.test(fullNameOf(standing.outline, value.name));
  if (value.kind === "subscript") return value.index.kind === "other" && isItself(value.of, standing);
  if (value.kind === "comprehension") {
    const [loop, ...more] = value.loops;
    const isSame = value.element.kind === "name" && value.element.name === loop?.targets[0];
    return isSame && more.length === 0 && isItself(loop!.iterable, standing); // only takes away
  }
  if (value.kind !== "call" || value.callee.kind !== "name") return false;
  const name = fullNameOf(standing.outline, value.callee.name);
  const first = value.args[0];
  if (/^(list|pkgutil\.extend_path)$/.test(name)) return first !== undefined && isItself(first, standing);
  return /^(sys\.path|(.*\.)?__path__)\.copy$/.test(name);
}
