/** Why a file is in somebody's closure, or in nobody's. Changes nothing but caches. */
import type { BundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import { lstatIfThere } from "../disk/file_stamp.ts";
import { type WhyFacts, whyOf, type WhyPath } from "../plan/why.ts";
import { onDisk, type Project, toBundlePath } from "../worktree/project.ts";
import { analyseProject } from "./analyse_project.ts";
import { meantFromHere, READ_FROM_HERE } from "./from_here.ts";
import { readBooks } from "./gather.ts";
import { readinessOfAll } from "./model_status.ts";
import { listProjectFiles } from "./project_files.ts";
import { settled, type World } from "./world.ts";

export interface WhyRequest {
  readonly project: Project;
  /** Where the user stands. */
  readonly standing: string;
  readonly paths: readonly string[];
}

export interface WhyReport {
  /** In the order in which they were named; of a folder, every file below it that somebody needs. */
  readonly paths: readonly WhyPath[];
  /** false: no model and no target is registered. */
  readonly hasEntries: boolean;
}

/** @throws Failure("not-found") for a path that is not there and that no model and no target names. */
export async function why(world: World, request: WhyRequest): Promise<WhyReport> {
  const { project } = request;
  await settled(world, project);
  const books = readBooks(project);
  const analysis = await analyseProject(world, project, books, { remember: true });
  const facts: WhyFacts = {
    readiness: analysis === null ? [] : readinessOfAll(project, analysis),
    readings: analysis?.readings ?? new Map(),
    tracked: books.tracked,
    files: analysis?.files ?? listProjectFiles(project, books.tracked).files,
  };
  const paths = request.paths.flatMap((typed) => whyTyped(project, request.standing, typed, facts));
  return { paths, hasEntries: facts.readiness.length > 0 };
}

function whyTyped(project: Project, standing: string, typed: string, facts: WhyFacts): WhyPath[] {
  const path = toBundlePath(project, standing, typed);
  const info = path === null ? null : lstatIfThere(onDisk(project, path));
  if (path === null || info?.isDirectory) return whyFolder(path, typed, facts);
  const found = whyOf(facts, path, info !== null);
  if (info === null && found.dependents.length === 0 && found.proposedBy.length === 0 && !facts.tracked.has(path)) {
    const meant = meantFromHere(project, standing, typed);
    throw new Failure("not-found", `${path} does not exist, and no model and no target names it`, {
      hint: meant === null
        ? "mops bundle status --details NAME   (lists what a model or target depends on)"
        : `mops bundle why ${meant}   (${READ_FROM_HERE}, and that file is there)`,
      facts: { path },
    });
  }
  return [found];
}

function whyFolder(path: BundlePath | null, typed: string, facts: WhyFacts): WhyPath[] {
  const prefix = path === null ? "" : `${path}/`;
  const needed = new Set(facts.readiness.flatMap(({ dependencies }) => dependencies.map((one) => one.path as BundlePath)));
  const below = [...needed].filter((one) => one.startsWith(prefix)).sort(compareUtf8);
  const found = below.map((one) => whyOf(facts, one, facts.files.has(one))).filter(({ dependents }) => dependents.length > 0);
  if (found.length > 0) return found;
  throw new Failure("not-found", `no model and no target depends on a file in ${typed}`, {
    hint: "mops bundle list",
    facts: { path: typed },
  });
}
