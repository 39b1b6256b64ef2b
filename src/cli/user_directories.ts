/** The directories of the user's account, out of environment variables or the system's own record of users. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { Failure } from "../base/failure.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** @throws Failure("not-ready") where there is none */
export function home(variables: Variables): string {
  const home = homeIfAny(variables);
  if (home !== null) return home;
  throw new Failure("not-ready", "there is no home directory: HOME is not set, and the system knows none for this user", {
    hint: "HOME=/a/directory mops bundle …",
  });
}

export function homeIfAny(variables: Variables): string | null {
  const variable = variables["HOME"] ?? variables["USERPROFILE"];
  if (variable !== undefined && isAbsolute(variable)) return variable;
  const known = homedir(); // the system's own record, for an empty environment
  return known !== null && isAbsolute(known) ? known : null;
}

/** Where bundles go when nobody names a remote. @throws Failure("not-ready") */
export function bundlesDirectory(variables: Variables): string {
  const data = variables["XDG_DATA_HOME"];
  return join(data !== undefined && isAbsolute(data) ? data : join(home(variables), ".local", "share"), "mops", "bundles");
}

export function cacheDirectory(variables: Variables): string | null {
  const named = variables["XDG_CACHE_HOME"];
  if (named !== undefined && isAbsolute(named)) return named;
  const home = homeIfAny(variables);
  return home === null ? null : join(home, ".cache");
}
