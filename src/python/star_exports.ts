/**
 * What `from p import *` takes by name: everything that is put into `__all__`, also what comes from the `__all__` of other modules of the
 * project. What takes names away counts for nothing.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import { fullNameOf, importBindings, storesOfFile } from "./file_names.ts";
import type { Outline, Value } from "./outline.ts";
import { itemsOf, moduleOfName, type Standing, textsOf } from "./path_values.ts";
import { outlineOf, type ProjectSources } from "./project_sources.ts";
import { NO_ADDITIONS, resolveModule } from "./resolve_import.ts";

export interface ExportedNames {
  readonly names: readonly string[];
  /** Some of it is not written down. */
  readonly isOpen: boolean;
}

export function exportedNames(sources: ProjectSources, path: BundlePath): ExportedNames {
  const reader = new ExportReader(sources);
  reader.readFile(path);
  return reader;
}

class ExportReader {
  readonly names: string[] = [];
  isOpen = false;
  readonly #seen = new Set<BundlePath>();

  constructor(readonly sources: ProjectSources) {}

  readFile(path: BundlePath): void {
    const outline = outlineOf(this.sources, path);
    if (outline === null || this.#seen.has(path)) return;
    this.#seen.add(path);
    const standing: Standing = { sources: this.sources, path, outline, additions: NO_ADDITIONS, scope: "", loops: [] };
    for (const list of listsOf(outline)) this.#take(list, standing);
    const binding = importBindings(outline).get("__all__"); // from .names import __all__
    if (binding?.name != null) this.#follow(resolveModule(this.sources, path, binding.statement.module, binding.statement.level));
  }

  #take(value: Value, standing: Standing): void {
    if (value.kind === "operation" && value.operator === "+") return value.operands.forEach((one) => this.#take(one, standing));
    if (value.kind === "sequence") {
      for (const item of value.items) {
        if (item.kind === "spread") this.#take(item.value, standing);
        else this.#add(textsOf(item, standing));
      }
      return;
    }
    const isCopy = value.kind === "call" && value.callee.kind === "name" && /^(list|tuple|set|sorted)$/.test(value.callee.name);
    if (isCopy && value.args[0]?.kind === "name") return this.#take(value.args[0], standing);
    if (value.kind !== "name") return this.#add(itemsOf(value, standing));
    if (value.name === "__all__") return; // itself, or what an import gave it
    if (value.name.endsWith(".__all__")) return this.#follow(moduleOfName(value.name.slice(0, -".__all__".length), standing));
    const full = fullNameOf(standing.outline, value.name);
    if (!full.endsWith(".__all__")) return this.#add(itemsOf(value, standing));
    const { statement } = importBindings(standing.outline).get(value.name)!;
    this.#follow(resolveModule(this.sources, standing.path, statement.module, statement.level));
  }

  /** Names of an installed module are no submodules of this one. */
  #follow(module: ReturnType<typeof moduleOfName>): void {
    if (module?.kind === "file") this.readFile(module.path);
    else if (module === null) this.isOpen = true;
  }

  #add(names: readonly string[] | null): void {
    if (names === null) this.isOpen = true;
    else this.names.push(...names);
  }
}

/** By assignments, by `__all__.append(…)` and the like, and by `globals()["__all__"]`. */
function listsOf(outline: Outline): Value[] {
  const lists = outline.assignments.flatMap(({ name, value }) => name === "__all__" && value !== null ? [value] : []);
  for (const { store: { into, key, value, at } } of storesOfFile(outline)) {
    const isNamed = key.kind === "text" && key.text === "__all__" && (into === "" || into === "locals()");
    if (isNamed) lists.push(value);
    if (into !== "__all__") continue;
    const list = (...items: readonly Value[]): Value => ({ kind: "sequence", of: "list", items, at });
    const method = value.kind === "call" && value.callee.kind === "name" ? /^__all__\.(\w+)$/.exec(value.callee.name)?.[1] : undefined;
    if (value.kind !== "call" || method === undefined) lists.push(value.kind === "text" ? list(value) : value);
    else if (method === "append" || method === "add") lists.push(list(...value.args));
    else if (method === "insert") lists.push(list(...value.args.slice(1)));
    else if (method === "extend" || method === "update") lists.push(...value.args);
  }
  return lists;
}
