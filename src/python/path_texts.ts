/**
 * Paths as texts, the way Python's `os.path` and `pathlib` join and shorten them, with one addition: a path that is absolute because it
 * comes from `__file__` or the working folder begins with a mark instead of the project's folder, which no room here knows.
 */
import { whyNotABundlePath } from "../base/bundle_path.ts";

/** Stands in evaluated texts for the absolute path of the project's folder. No file name holds a null. */
export const PROJECT = "\0";

/** A path of the project; null where the text leads out of it, or is a URL. "" is the project's own folder. */
export function projectPathOf(text: string): string | null {
  const inside = text.startsWith(PROJECT) ? text.slice(PROJECT.length) : text;
  if (!text.startsWith(PROJECT) && (/^[/~\\]/.test(text) || /^[A-Za-z]:[\\/]/.test(text) || /^[A-Za-z][A-Za-z0-9+.-]+:\/\//.test(text))) {
    return null;
  }
  const parts = normal(inside).split("/").filter((part) => part !== "");
  if (parts[0] === "..") return null;
  const path = parts.join("/");
  return path === "" || whyNotABundlePath(path) === null ? path : null;
}

/** A text as people wrote it, for messages. */
export function shownPath(text: string): string {
  return text.startsWith(PROJECT) ? normal(text.slice(PROJECT.length)).replace(/^\//, "") || "." : text;
}

/** As `os.path.join` and `Path` do it: an absolute part throws away what stands before it. */
export function joinPaths(parts: readonly string[]): string {
  let path = "";
  for (const part of parts) {
    if (part.startsWith(PROJECT) || part.startsWith("/")) path = part;
    else path = path === "" ? part : `${path.replace(/\/$/, "")}/${part}`;
  }
  return path;
}

export function parentOf(text: string): string {
  const path = text.startsWith(PROJECT) ? PROJECT + normal(text.slice(PROJECT.length)) : text.replace(/\/+$/, "");
  if (path.startsWith(PROJECT) && path.endsWith("/..")) return `${path}/..`;
  const slash = path.lastIndexOf("/");
  if (slash >= 0) return path.slice(0, slash) || "/";
  return path === PROJECT ? `${PROJECT}/..` : "";
}

export function absolute(text: string): string {
  return text.startsWith(PROJECT) || text.startsWith("/") ? text : joinPaths([PROJECT, text]);
}

/** `a/./b//../c` → `a/c`; leading `..` stay. */
export function normal(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  return (path.startsWith("/") ? "/" : "") + parts.join("/");
}
