/** Who pushes, and from which commit: asked of git where there is one. Enters push records, never a bundle. */
import { hostname } from "node:os";

/** `Name <mail>` as git knows it, else `user@host`. */
export async function author(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const name = await git(null, null, "config", "user.name");
  const mail = await git(null, null, "config", "user.email");
  if (name !== null && name !== "") return mail === null || mail === "" ? name : `${name} <${mail}>`;
  const user = env["USER"] ?? env["LOGNAME"] ?? env["USERNAME"] ?? "unknown";
  return `${user}@${hostname()}`;
}

/** What a push waits for git at most; on a cold network file system `git status` can take minutes. */
const LIMIT_MS = 5000;

/**
 * Commit and dirty flag of the work tree that holds the folder; null outside of git, before the first commit, and when git does not say
 * in time: a commit alone would claim that nothing was changed since.
 */
export async function gitState(
  folder: string,
  options: { readonly signal?: AbortSignal | undefined; readonly limitMs?: number } = {},
): Promise<{ commit: string; dirty: boolean } | null> {
  const limit = new AbortController();
  const stop = () => limit.abort();
  const timer = setTimeout(stop, options.limitMs ?? LIMIT_MS);
  options.signal?.addEventListener("abort", stop, { once: true });
  try {
    if (options.signal?.aborted) return null;
    const commit = await git(folder, limit.signal, "rev-parse", "HEAD");
    if (commit === null || !/^[0-9a-f]{40,64}$/.test(commit)) return null;
    const changes = await git(folder, limit.signal, "status", "--porcelain", "--untracked-files=no");
    return changes === null ? null : { commit, dirty: changes !== "" };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", stop);
  }
}

/** What git prints; null when there is no git, it says no, or the signal stops it. It takes no lock that a person's git would meet. */
async function git(folder: string | null, signal: AbortSignal | null, ...args: string[]): Promise<string | null> {
  try {
    const command = new Deno.Command("git", {
      args,
      ...(folder === null ? {} : { cwd: folder }),
      ...(signal === null ? {} : { signal }),
      env: { GIT_OPTIONAL_LOCKS: "0" },
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    });
    const child = command.spawn();
    const stopped = new Promise<null>((resolve) => signal?.addEventListener("abort", () => resolve(null), { once: true }));
    const output = await Promise.race([child.output(), stopped]); // what git started may hold its output open beyond its end
    if (output === null) child.unref();
    return output?.success === true ? new TextDecoder().decode(output.stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}
