/**
 * CPython as a witness: tests that run it need `python3` (and PyYAML where they say so). Where it is missing a test is ignored, loudly, and
 * fails where CI is set.
 */
import { join } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;
const decoder = new TextDecoder();

/** Stand-ins for the frameworks, to be put on `sys.path`. */
export const STUBS = join(ROOT, "tests/support/python_stubs");

const PYTHON = "python3";

/** Where `dev/install_servers.sh` puts Python packages that the system does not have. */
const PACKAGES = join(Deno.env.get("MOPS_DEV_HOME") || join(Deno.env.get("HOME") ?? "/", ".cache", "mops-dev"), "python");
const env = { PYTHONPATH: PACKAGES };

/** A test that needs Python, and perhaps modules of it. */
export function pythonTest(name: string, modules: readonly string[], test: (t: Deno.TestContext) => Promise<void>): void {
  const missing = whatIsMissing(modules);
  if (missing === null) return Deno.test(name, test);
  const words = `${name} needs ${missing}`;
  if (Deno.env.get("CI") === "true") {
    return Deno.test(name, () => {
      throw new Error(words);
    });
  }
  console.error(`SKIPPED: ${words}`);
  Deno.test.ignore(name, test);
}

/** Runs a script without reading or writing bytecode, so that every source is opened. @throws Error with what it said */
export async function python(script: string, args: readonly string[], options: { readonly cwd?: string } = {}): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(PYTHON, {
    args: ["-B", "-X", "utf8", "-X", "pycache_prefix=/nonexistent", script, ...args],
    ...options,
    env,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`${script} ${args.join(" ")}\n${decoder.decode(stdout)}${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

function whatIsMissing(modules: readonly string[]): string | null {
  try {
    const imports = ["sys", ...modules].map((module) => `import ${module}`).join("\n");
    const script = `${imports}\nassert sys.version_info >= (3, 10), "an older one"`;
    const { success, stderr } = new Deno.Command(PYTHON, { args: ["-c", script], env }).outputSync();
    return success
      ? null
      : `Python 3.10 or later with ${["itself", ...modules].join(", ")}: ${decoder.decode(stderr).trim().split("\n").at(-1)}`;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "python3";
    throw error;
  }
}
