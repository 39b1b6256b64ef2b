/** The access list (POSIX ACL) that a folder hands on to what is made in it, which the runtime does not tell. */
import { openCLibrary } from "./c_library.ts";

const LONGEST = 65_536; // bytes of an attribute, on Linux

let opened: ReturnType<typeof open> | undefined;

/** To be compared with another folder's. Empty where it has none, and where nobody can tell: another system, or a file system without such lists. */
export function defaultAccessList(folder: string): string {
  if (opened === undefined) opened = open();
  if (opened === null) return "";
  const encoder = new TextEncoder();
  const [path, name] = [encoder.encode(`${folder}\0`), encoder.encode("system.posix_acl_default\0")];
  if (opened.getxattr(path, name, new Uint8Array(0), 0n) <= 0n) return "";
  const list = new Uint8Array(LONGEST);
  const length = opened.getxattr(path, name, list, BigInt(LONGEST));
  return length <= 0n ? "" : list.subarray(0, Number(length)).join();
}

function open() {
  return openCLibrary({ getxattr: { parameters: ["buffer", "buffer", "buffer", "usize"], result: "isize" } });
}
