/** Whether a folder hands an access list of its own (POSIX ACL) on to what is made in it, which the runtime does not tell. */
import { openCLibrary } from "./c_library.ts";

let opened: ReturnType<typeof open> | undefined;

/** false also where nobody can tell: another system, or a file system without such lists. */
export function defaultAccessList(folder: string): boolean {
  if (opened === undefined) opened = open();
  if (opened === null) return false;
  const encoder = new TextEncoder();
  return opened.getxattr(encoder.encode(`${folder}\0`), encoder.encode("system.posix_acl_default\0"), null, 0n) > 0n;
}

function open() {
  return openCLibrary({ getxattr: { parameters: ["buffer", "buffer", "pointer", "usize"], result: "isize" } });
}
