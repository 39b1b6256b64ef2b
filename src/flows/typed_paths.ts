/** Paths as the user typed them, of commands that change what is tracked: what they mean in the project, and which of them are refused. */
import { join, resolve } from "node:path";
import { type BundlePath, META_DIRECTORY, whyNotABundlePath } from "../base/bundle_path.ts";
import { Failure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { parentObstacle } from "../worktree/links.ts";
import { type Project, toBundlePath } from "../worktree/project.ts";

export interface PathsRequest {
  readonly project: Project;
  /** Where the user stands. */
  readonly standing: string;
  readonly paths: readonly string[];
}

/** null: the project itself. @throws Failure("usage") */
export function toBundlePathNamed(project: Project, standing: string, typed: string): BundlePath | null {
  const name = resolve(standing, typed).split("/").at(-1) ?? "";
  const why = name === "" ? null : whyNotABundlePath(name);
  if (why !== null && name !== META_DIRECTORY && name !== ".git") {
    throw new Failure("usage", `path ${JSON.stringify(typed)} ${why}`, {
      hint: hintOfName(typed),
      facts: { path: typed },
    });
  }
  return toBundlePath(project, standing, typed);
}

export function hintOfName(typed: string): string {
  return `ls -b ${shellWord(join(typed, ".."))}   (shows the bytes of its name; such a name cannot travel: rename it)`;
}

/** All of them for null. */
export function trackedUnder(tracked: ReadonlySet<BundlePath>, path: BundlePath | null): BundlePath[] {
  return [...tracked].filter((one) => path === null || one === path || one.startsWith(`${path}/`));
}

/** What lies behind a linked folder is not the project's: it may be anybody's, and is never changed through a path of the project. */
export function refuseBehindLink(project: Project, path: BundlePath, done: string, hint?: string): void {
  const obstacle = parentObstacle(project, path);
  if (obstacle?.kind !== "link") return;
  throw new Failure("usage", `${path} lies behind the link ${obstacle.path}; nothing was ${done}`, {
    hint: hint ?? `ls -l ${obstacle.path}   (only files in real folders of the project belong to it)`,
    facts: { path, link: obstacle.path },
  });
}
