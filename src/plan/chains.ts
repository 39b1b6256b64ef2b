/**
 * The way from a model or target to a file that it depends on: who imports whom, who reads what, where that is written. Pure; made from
 * an analysis.
 */
import type { BundlePath } from "../base/bundle_path.ts";
import type { EntryAnalysis } from "../models/entry_analysis.ts";
import type { Via } from "../python/dependencies.ts";

/** One step of the way, and the file that it ends in. */
export interface Link {
  readonly path: BundlePath;
  readonly how: Via["how"];
  /** Where the file before it says so; null where none does. */
  readonly line: number | null;
  /** imports: what is written · reads: the function, "" at module level · given: what was given. */
  readonly what: string;
}

/** Why each file belongs to a closure. What was given and is named in code too has the place in the code: it says more. */
export function viasOf(analysis: EntryAnalysis): ReadonlyMap<BundlePath, Via> {
  const vias = new Map<BundlePath, Via>();
  const { code, data, project, followed } = analysis.closure;
  for (const { path, via } of [...code, ...data, ...project]) vias.set(path, via);
  for (const mention of followed.mentions) {
    if (vias.get(mention.path)?.how !== "given") continue;
    vias.set(mention.path, { from: mention.file, at: mention.at, how: "reads", what: mention.scope });
  }
  return vias;
}

/** From the entry's own file to `path`, both included; null when the closure does not hold it. */
export function chainTo(vias: ReadonlyMap<BundlePath, Via>, path: BundlePath): Link[] | null {
  const links: Link[] = [];
  const seen = new Set<BundlePath>();
  for (let at: BundlePath | null = path; at !== null && !seen.has(at);) {
    seen.add(at);
    const via: Via | undefined = vias.get(at);
    if (via === undefined) return links.length === 0 ? null : links.reverse();
    links.push({ path: at, how: via.how, line: via.at?.line ?? null, what: via.what });
    at = via.from;
  }
  links.reverse();
  const own = ownFile(vias);
  if (own !== null && links[0]!.how !== "own") links.unshift({ path: own, how: "own", line: null, what: "" });
  return links;
}

/** `models/network.py → imports models/base.py (line 9) → reads data/pop.csv (line 24, load_pop)` */
export function chainText(links: readonly Link[]): string {
  return links.map(linkText).join(" → ");
}

function linkText({ path, how, line, what }: Link): string {
  const place = line === null ? "" : `line ${line}`;
  switch (how) {
    case "own":
      return path;
    case "imports":
      return `imports ${path}${inBrackets(place)}`;
    case "package":
      return `${path} (its package)`;
    case "member":
      return `${path} (in the same package)`;
    case "reads":
      return `reads ${path}${inBrackets(place, what)}`;
    case "given":
      return `${path}${inBrackets(what === "" || what === path ? "registered with it" : `registered with it as ${what}`)}`;
    case "declares":
      return `${path} (what the project installs)`;
  }
}

function inBrackets(...parts: readonly string[]): string {
  const said = parts.filter((part) => part !== "");
  return said.length === 0 ? "" : ` (${said.join(", ")})`;
}

function ownFile(vias: ReadonlyMap<BundlePath, Via>): BundlePath | null {
  for (const [path, via] of vias) if (via.how === "own") return path;
  return null;
}
