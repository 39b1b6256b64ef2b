/**
 * Builds the one file that users download: `deno task compile [--target NAME]… [--offline-denort] [--entry FILE]`.
 * NAME is one of the names below, or `all`; without it, the system that this runs on. The result is `dist/mops-NAME`.
 *
 * First a bundle in several pieces, so that what a command does not use is not even parsed; then the program around it. The part of
 * Deno that runs it comes from Deno's own host, or, where that cannot be reached, from `denort.py` (docs/decisions/0005).
 */
import { bytes } from "../src/ui/text.ts";

const TARGETS: Readonly<Record<string, string>> = {
  "linux-x86_64": "x86_64-unknown-linux-gnu",
  "linux-aarch64": "aarch64-unknown-linux-gnu",
  "macos-x86_64": "x86_64-apple-darwin",
  "macos-aarch64": "aarch64-apple-darwin",
  "windows-x86_64": "x86_64-pc-windows-msvc",
};
const BUNDLE = ".cache/bundle";
const OUT = "dist";

interface Compiler {
  readonly deno: string;
  readonly env: Record<string, string>;
}

/** A step that failed, and has said why. */
class Stopped extends Error {}

try {
  Deno.exitCode = await compile(Deno.args);
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
  console.error(`compile: ${error.message}`);
  Deno.exitCode = 1;
}

async function compile(args: readonly string[]): Promise<number> {
  const request = parse(args);
  if (typeof request === "string") {
    console.error(`compile: ${request}`);
    return 2;
  }
  Deno.chdir(new URL("..", import.meta.url));
  await removed(BUNDLE);
  await run({ deno: Deno.execPath(), env: {} }, [
    ...["bundle", "--quiet", "--code-splitting", "--minify", "--platform", "deno"],
    ...["--outdir", BUNDLE, request.entry],
  ]);
  const entry = `${BUNDLE}/${request.entry.split("/").at(-1)!.replace(/\.ts$/, ".js")}`;
  await Deno.mkdir(OUT, { recursive: true });
  for (const name of request.names) {
    const output = `${OUT}/mops-${name}${name.startsWith("windows") ? ".exe" : ""}`;
    await removed(output);
    const compiler = await compilerFor(TARGETS[name]!, request.offline);
    await run(compiler, [
      // The bundle needs no import map and no packages: without them, none is embedded by chance. A code cache would lie under a
      // name that everyone on a shared machine can guess.
      ...["compile", "--quiet", "--no-check", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--no-code-cache", "-A"],
      ...["--target", TARGETS[name]!, "--include", BUNDLE, "--output", output, entry],
    ]);
    const { size } = await Deno.stat(output);
    console.log(`${output}  ${bytes(size)}`);
  }
  return 0;
}

function parse(args: readonly string[]): { names: string[]; offline: boolean; entry: string } | string {
  const names: string[] = [];
  let offline = false;
  let entry = "main.ts";
  for (let i = 0; i < args.length; i++) {
    const [option, joined] = args[i]!.split("=", 2) as [string, string | undefined];
    const value = () => joined ?? args[++i] ?? "";
    if (option === "--offline-denort") offline = true;
    else if (option === "--entry") entry = value();
    else if (option === "--target") {
      const name = value();
      if (name === "all") names.push(...Object.keys(TARGETS));
      else if (Object.hasOwn(TARGETS, name)) names.push(name);
      else return `no target "${name}"; there are ${Object.keys(TARGETS).join(", ")} and all`;
    } else return `unknown argument "${args[i]}"; it takes --target NAME, --offline-denort and --entry FILE`;
  }
  if (names.length === 0) names.push(hostTarget());
  return { names: [...new Set(names)], offline, entry };
}

function hostTarget(): string {
  return Object.entries(TARGETS).find(([, triple]) => triple === Deno.build.target)?.[0] ?? "linux-x86_64";
}

/** The running Deno where it can get its denort, else the pinned pair of Deno and denort that `denort.py` provides. */
async function compilerFor(triple: string, offline: boolean): Promise<Compiler> {
  if (!offline && await canDownload(triple)) return { deno: Deno.execPath(), env: {} };
  if (!triple.endsWith("linux-gnu")) {
    throw new Stopped(`a program for ${triple} can only be built where Deno's download host can be reached`);
  }
  const python = new Deno.Command("python3", { args: ["scripts/denort.py", triple], stdin: "null", stdout: "piped", stderr: "inherit" });
  const { code, stdout } = await python.output();
  if (code !== 0) throw new Stopped("scripts/denort.py failed");
  const deno = new TextDecoder().decode(stdout).trim();
  console.log(`compiling for ${triple} with the offline Deno ${deno}`);
  // Deno 2.6 does not look at the machine's own certificates unless it is told to.
  return { deno, env: { DENO_DIR: `${deno.replace(/\/deno$/, "")}/cache`, DENO_TLS_CA_STORE: "system" } };
}

async function canDownload(triple: string): Promise<boolean> {
  const url = `https://dl.deno.land/release/v${Deno.version.deno}/denort-${triple}.zip`;
  try {
    const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(10_000) });
    return response.ok;
  } catch {
    return false; // no name, no route, no answer in time: all mean that the offline road is the one to take
  }
}

async function run(compiler: Compiler, args: readonly string[]): Promise<void> {
  const { code } = await new Deno.Command(compiler.deno, { args: [...args], env: compiler.env, stdin: "null" }).spawn().status;
  if (code !== 0) throw new Stopped(`deno ${args[0]} ended with exit code ${code}`);
}

async function removed(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
