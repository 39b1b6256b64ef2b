/** Modules that a project has in a folder from which no import starts: an import of them leads out of the project, and means this file. */
import type { BundlePath } from "../base/bundle_path.ts";
import { compareUtf8 } from "../base/utf8_order.ts";
import type { ProjectSources } from "../python/project_sources.ts";

/** The file or folder that a top-level name very likely means, the one nearest to the root; null where the project has none. */
export function offThePath({ files }: ProjectSources, name: string): string | null {
  let known = indexes.get(files);
  if (known === undefined) indexes.set(files, known = indexOf(files));
  return known.get(name) ?? null;
}

const indexes = new WeakMap<ProjectSources["files"], ReadonlyMap<string, string>>();

/** Name of a module or package → where it lies: `pk` → `src/pk/`, `helper` → `lib/helper.py`. */
function indexOf(files: ReadonlySet<BundlePath>): ReadonlyMap<string, string> {
  const places = new Map<string, string>();
  const put = (name: string, place: string): void => {
    const other = places.get(name);
    if (other === undefined || depth(place) < depth(other) || depth(place) === depth(other) && compareUtf8(place, other) < 0) {
      places.set(name, place);
    }
  };
  for (const path of files) {
    if (!path.endsWith(".py")) continue;
    const parts = path.split("/");
    const stem = parts.pop()!.slice(0, -".py".length);
    if (stem !== "__init__") put(stem, path);
    parts.forEach((folder, i) => put(folder, `${parts.slice(0, i + 1).join("/")}/`));
  }
  return places;
}

function depth(place: string): number {
  return place.replace(/\/$/, "").split("/").length;
}
