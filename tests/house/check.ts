/** Applies the rules of the house to a graph of modules. Pure, so that it can be tested on made-up houses. */
import {
  ADAPTERS,
  ADVICE,
  ARROWS,
  BANNED_NAMES,
  COMPOSITION_ROOT,
  ENTRY,
  FORBIDDEN_TEXT,
  OUTSIDE,
  PACKAGES,
  PURE,
  PURE_NODE,
  TYPES_ONLY,
} from "./rules.ts";
import { bareCode } from "./bare_code.ts";

export interface Import {
  /** A path from the top of the repository, `node:…`, or the name of a package. */
  readonly to: string;
  readonly kind: "code" | "type" | "dynamic" | "worker";
}

export interface Module {
  /** From the top of the repository: "src/plan/push.ts", "main.ts". */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

/** One sentence for each offence, sorted; none when the house stands. */
export function offences(modules: readonly Module[]): readonly string[] {
  const all = modules.flatMap((module) => [
    ...module.imports.flatMap((target) => wrongImport(module.path, target)),
    ...wrongText(module),
    ...wrongName(module.path),
  ]);
  return [...all, ...circles(modules), ...orphans(modules)].sort();
}

function wrongImport(from: string, { to, kind }: Import): string[] {
  if (to.startsWith("node:")) return wrongNode(from, to);
  if (!isPath(to)) return wrongPackage(from, to);
  if (!to.startsWith("src/") && to !== ENTRY) {
    return OUTSIDE[to]?.includes(from) ? [] : [`${from} imports ${to}: what lies outside src is for tests and tools`];
  }
  const [here, there] = [wingOf(from), wingOf(to)];
  if (here === there) return [];
  if (from === ENTRY) return there === "cli" ? [] : [`${from} imports ${to}: main.ts starts src/cli and knows nothing else`];
  if (to === ENTRY) return [`${from} imports ${to}: nothing imports main.ts`];
  const allowed = ARROWS[here];
  if (allowed === undefined) {
    return [`${from} lies in src/${here}, which has no place in the house: add it to tests/house/rules.ts with a decision page`];
  }
  const advice = ADVICE[here] ?? "move it";
  if (!allowed.includes(there)) return [`${from} imports ${to}: ${advice}`];
  const typesOnly = TYPES_ONLY.some(([a, b]) => a === here && b === there);
  if (typesOnly && kind !== "type") return [`${from} imports ${to} for more than its types: ${advice}`];
  if (here === "cli" && from !== COMPOSITION_ROOT && ADAPTERS.some((adapter) => to.startsWith(adapter))) {
    return [`${from} imports ${to}: only ${COMPOSITION_ROOT} names concrete adapters; ask the session for it`];
  }
  return [];
}

function wrongNode(from: string, to: string): string[] {
  if (/^node:fs\b/.test(to)) return [`${from} imports ${to}: files are changed through src/disk/effects.ts, and read through Deno`];
  if (!PURE.includes(wingOf(from)) || PURE_NODE[to]?.includes(from)) return [];
  return [`${from} imports ${to}: the pure floors only compute; pass what it gives in as a value`];
}

function wrongPackage(from: string, name: string): string[] {
  const rooms = PACKAGES[name];
  if (rooms === undefined) return [`${from} imports the package ${name}: give it a room of its own, and a line in tests/house/rules.ts`];
  return rooms.includes(from) ? [] : [`${from} imports the package ${name}: it lives in ${rooms[0]}; call that room`];
}

function wrongText({ path, text }: Module): string[] {
  const code = bareCode(text);
  return FORBIDDEN_TEXT.filter((rule) => rule.in(path)).flatMap(({ pattern, message }) => {
    const found = pattern.exec(code);
    return found === null ? [] : [`${path}:${code.slice(0, found.index).split("\n").length} ${message}`];
  });
}

function wrongName(path: string): string[] {
  const offender = path.replace(/\.ts$/, "").split("/").find((part) => BANNED_NAMES.test(part));
  return offender === undefined ? [] : [`${path} is called "${offender}": name a room after what is in it`];
}

/** Each circle once, from its first room in the order of the alphabet. */
function circles(modules: readonly Module[]): string[] {
  const targets = new Map(modules.map(({ path, imports }) => [path, [...new Set(imports.map(({ to }) => to))].sort()]));
  const done = new Set<string>();
  const found = new Map<string, string>();
  const way: string[] = [];
  function walk(path: string): void {
    const start = way.indexOf(path);
    if (start >= 0) {
      const circle = way.slice(start);
      const first = circle.indexOf([...circle].sort()[0]!);
      const turned = [...circle.slice(first), ...circle.slice(0, first)];
      found.set(turned.join(), `${[...turned, turned[0]].join(" → ")} is a circle: move what both need into a room below them`);
      return;
    }
    if (done.has(path)) return;
    way.push(path);
    for (const next of targets.get(path) ?? []) walk(next);
    way.pop();
    done.add(path);
  }
  for (const path of [...targets.keys()].sort()) walk(path);
  return [...found.values()];
}

function orphans(modules: readonly Module[]): string[] {
  const byPath = new Map(modules.map((module) => [module.path, module]));
  const reached = new Set<string>();
  const open = [ENTRY];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    open.push(...(byPath.get(path)?.imports ?? []).map(({ to }) => to));
  }
  return modules.filter(({ path }) => !reached.has(path))
    .map(({ path }) => `${path} is reached from nowhere: import it where it is used, or delete it`);
}

function wingOf(path: string): string {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? "";
}

function isPath(to: string): boolean {
  return to.endsWith(".ts") || to.endsWith(".json") || to.startsWith("file:");
}
