/**
 * Functions of the C library that the runtime does not offer, by its foreign function interface. Each function costs 1 to 3 ms to open, so a
 * room opens the few that it calls, once, when it first needs them; whoever gets null does the same work by the runtime's own calls.
 */

/** Where the flags of `open` are those of Linux: on all processors that the runtime is built for. */
export const CLOSE_ON_EXEC = 0o2000000;
export const READ_ONLY = 0;
/** "The folder that the process works in", for calls that take a folder and a path. */
export const AT_FDCWD = -100;

/** null where there is none: another system, another C library, a version without the function, a runtime without the right to call it. */
export function openCLibrary<const Functions extends Deno.ForeignLibraryInterface>(
  functions: Functions,
): Deno.DynamicLibrary<Functions>["symbols"] | null {
  if (Deno.build.os !== "linux") return null;
  try {
    return Deno.dlopen("libc.so.6", functions).symbols;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || isAbsence(error)) return null;
    throw error;
  }
}

/** The runtime has no class of its own for either. */
function isAbsence(error: unknown): boolean {
  return error instanceof Error && /^(Could not open library|Failed to register symbol)\b/.test(error.message);
}
