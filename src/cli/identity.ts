/** Who pushes, and from which commit: asked of git where there is one. Enters push records, never a bundle. */
import { hostname } from "node:os";

/** `Name <mail>` as git knows it, else `user@host`. */
export async function author(env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const name = await git(null, "config", "user.name");
  const mail = await git(null, "config", "user.email");
  if (name !== null && name !== "") return mail === null || mail === "" ? name : `${name} <${mail}>`;
  const user = env["USER"] ?? env["LOGNAME"] ?? env["USERNAME"] ?? "unknown";
  return `${user}@${hostname()}`;
}

/** Commit and dirty flag of the work tree that holds the folder; null outside of git, and before the first commit. */
export async function gitState(folder: string): Promise<{ commit: string; dirty: boolean } | null> {
  const commit = await git(folder, "rev-parse", "HEAD");
  if (commit === null || !/^[0-9a-f]{40,64}$/.test(commit)) return null;
  const changes = await git(folder, "status", "--porcelain", "--untracked-files=no");
  return { commit, dirty: changes !== null && changes !== "" };
}

/** What git prints; null when there is no git, or it says no. */
async function git(folder: string | null, ...args: string[]): Promise<string | null> {
  try {
    const command = new Deno.Command("git", {
      args,
      ...(folder === null ? {} : { cwd: folder }),
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied) return null;
    throw error;
  }
}
