/** The two files in which a project may name its wire function, where it is no entry point of a distribution (docs/formats.md, "Wire"). */
import type { BundlePath } from "../base/bundle_path.ts";
import { isFailure } from "../base/failure.ts";
import { parseToml } from "../base/toml.ts";
import { readTextIfThere } from "../disk/atomic_file.ts";
import type { ProjectFacts } from "../plan/preflight_facts.ts";
import { onDisk, type Project } from "../worktree/project.ts";

type Wire = ProjectFacts["wires"][number];

/** Of those of `paths` that are there. */
export function readWires(project: Project, paths: readonly BundlePath[]): Wire[] {
  return paths.flatMap((path) => {
    const text = readTextIfThere(onDisk(project, path));
    return text === null ? [] : [wireOf(path, text)];
  });
}

function wireOf(path: BundlePath, text: string): Wire {
  try {
    const root = path.endsWith(".json") ? JSON.parse(text) : member(parseToml(text, path), "modelops");
    const wire = member(root, "wire");
    return { path, wire: typeof wire === "string" && wire !== "" ? wire : null, problem: null };
  } catch (error) {
    if (error instanceof SyntaxError) return { path, wire: null, problem: `is not JSON: ${error.message}` };
    if (isFailure(error)) return { path, wire: null, problem: `cannot be used: ${error.message}` };
    throw error;
  }
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}
