/** What is mounted inside a folder (proc_pid_mountinfo(5)): nothing there can be removed or replaced by a name, and of a bind mount no look tells. */

/** Paths relative to the folder, files too. None where nobody can tell: another system, or no /proc. */
export function mountPointsIn(folder: string): ReadonlySet<string> {
  if (Deno.build.os !== "linux") return new Set();
  let text: string;
  try {
    text = Deno.readTextFileSync("/proc/self/mountinfo");
  } catch (error) {
    if (isRefused(error)) return new Set();
    throw error;
  }
  return mountPointsOf(text, Deno.realPathSync(folder));
}

/** @param text a line for each mount, the fifth field of which is where; blanks and the like are written as `\040` */
export function mountPointsOf(text: string, folder: string): ReadonlySet<string> {
  const points = text.split("\n").map((line) => unescaped(line.split(" ")[4] ?? ""));
  return new Set(points.filter((point) => point.startsWith(`${folder}/`)).map((point) => point.slice(folder.length + 1)));
}

/** Each escape is a byte. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

function isRefused(error: unknown): boolean {
  return [Deno.errors.NotFound, Deno.errors.PermissionDenied, Deno.errors.NotCapable].some((kind) => error instanceof kind);
}
