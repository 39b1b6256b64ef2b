/**
 * Builds the one file that users download: `deno task compile [--target NAME]… [--offline-denort] [--entry FILE]`.
 * NAME is one of the names below, or `all`; without it, the system that this runs on. The result is `dist/mops-NAME`.
 *
 * First a bundle in several pieces, so that what a command does not use is not even read; then the program around it, which runs a few
 * commands and tells which code they need; then the program with that code. The part of Deno that runs it comes from Deno's own host,
 * or, where that cannot be reached, from `denort.py` (docs/decisions/0005).
 */
import { bytes } from "../src/ui/text.ts";
import { archiveText, behind, inOrder, type Piece, pieceOf, placesOf } from "./program/archive.ts";
import { warmUp } from "./program/warm_up_projects.ts";

const TARGETS: Readonly<Record<string, string>> = {
  "linux-x86_64": "x86_64-unknown-linux-gnu",
  "linux-aarch64": "aarch64-unknown-linux-gnu",
  "macos-x86_64": "x86_64-apple-darwin",
  "macos-aarch64": "aarch64-apple-darwin",
  "windows-x86_64": "x86_64-pc-windows-msvc",
};
/** Not `main.ts`: in a program, modules come out of archives. */
const DOOR = "scripts/program/door.ts";
/** What the door takes out of them, in this order. */
const ENTRIES = ["src/cli/run.ts", "src/cli/crash_point.ts"];
/** Rooms with packages that most calls do without: they run when something of theirs is first called. They export functions only. */
const LATE = ["src/base/yaml.ts", "src/ui/wide_text.ts", "src/worktree/glob.ts"];
const WORK = ".cache/compile";
const PIECES = `${WORK}/pieces`;
const PROGRAM = `${WORK}/program`;
const WARM_UP = `${WORK}/warm_up`;
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
  await removed(WORK);
  await Deno.mkdir(OUT, { recursive: true });
  if (request.entry === undefined) await makeArchives();
  else await bundle(PROGRAM, request.entry);
  const door = `${PROGRAM}/${nameOf(request.entry ?? DOOR)}`;
  for (const name of request.names) {
    const output = `${OUT}/mops-${name}${name.startsWith("windows") ? ".exe" : ""}`;
    const compiler = await compilerFor(TARGETS[name]!, request.offline);
    if (request.entry === undefined) await keepCode(compiler, name);
    await compiled(compiler, name, door, output);
    const { size } = await Deno.stat(output);
    console.log(`${output}  ${bytes(size)}`);
  }
  return 0;
}

/** Bundles the program, and sorts the pieces by what everyday commands need: one archive for each errand, and one for all the rest. */
async function makeArchives(): Promise<void> {
  await bundle(PIECES, ...ENTRIES, ...LATE);
  await bundle(PROGRAM, DOOR);
  await bundle(WARM_UP, "scripts/program/warm_up.ts");
  const pieces = piecesIn(PIECES);
  const first = ENTRIES.map(pieceNameOf);
  const all = [
    ...first.map((name) => pieces.find((one) => one.name === name)!),
    ...inOrder(pieces).filter(({ name }) => !first.includes(name)),
  ];
  await writeArchives(WARM_UP, [all]);
  await warmUp(WORK, [Deno.execPath(), "run", "-A", "--no-config", "--no-lock", `${WARM_UP}/warm_up.js`, "plan"], `${WORK}/plan.json`);
  const plan = JSON.parse(await Deno.readTextFile(`${WORK}/plan.json`)) as number[][];
  plan[0] = [...new Set([...first.keys(), ...plan[0]!])];
  const planned = new Set(plan.flat());
  const archives = [...plan, [...all.keys()].filter((index) => !planned.has(index))].map((indices) => indices.map((index) => all[index]!));
  for (const folder of [WARM_UP, PROGRAM]) await writeArchives(folder, archives);
}

function piecesIn(folder: string): readonly Piece[] {
  const files = ["", ...new Set([...ENTRIES, ...LATE].map((entry) => `${pieceNameOf(entry).replace(/[^/]*$/, "")}`))]
    .flatMap((below) => [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isFile }) => isFile ? [below + name] : []));
  const textOf = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
  const doors = LATE.map(pieceNameOf);
  const late = new Set(doors.map((door) => behind(door, textOf(door))));
  return files.filter((name) => !doors.includes(name)).map((name) => pieceOf(name, textOf(name), late));
}

/** The bundler keeps the folders below the one that holds all entries. */
function pieceNameOf(entry: string): string {
  return entry.replace(/^src\//, "").replace(/\.ts$/, ".js");
}

async function writeArchives(folder: string, archives: readonly (readonly Piece[])[]): Promise<void> {
  const places = placesOf(archives);
  for (const [number, pieces] of archives.entries()) await Deno.writeTextFile(`${folder}/${number}.js`, archiveText(pieces, places));
}

/** V8's code for the archives, which only the very program that will use it can make; so for the system that this runs on, and no other. */
async function keepCode(compiler: Compiler, name: string): Promise<void> {
  for (const { name } of Deno.readDirSync(PROGRAM)) if (name.endsWith(".code")) await removed(`${PROGRAM}/${name}`);
  if (name !== hostTarget()) return console.log(`${name}: no code can be kept for another system, its commands start slower`);
  const program = `${await Deno.realPath(WORK)}/warm_up_program`;
  await compiled(compiler, name, `${WARM_UP}/warm_up.js`, program);
  await warmUp(WORK, [program, "keep"], PROGRAM);
}

function parse(args: readonly string[]): { names: string[]; offline: boolean; entry: string | undefined } | string {
  const names: string[] = [];
  let offline = false;
  let entry: string | undefined;
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

async function bundle(folder: string, ...entries: readonly string[]): Promise<void> {
  await run({ deno: Deno.execPath(), env: {} }, [
    ...["bundle", "--quiet", "--code-splitting", "--minify", "--platform", "deno"],
    ...["--outdir", folder, ...entries],
  ]);
}

async function compiled(compiler: Compiler, name: string, entry: string, output: string): Promise<void> {
  await removed(output);
  await run(compiler, [
    // The bundle needs no import map and no packages: without them, none is embedded by chance. A code cache of Deno's would lie under a
    // name that everyone on a shared machine can guess.
    ...["compile", "--quiet", "--no-check", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--no-code-cache", "-A"],
    ...["--target", TARGETS[name]!, "--include", entry.replace(/\/[^/]*$/, ""), "--output", output, entry],
  ]);
}

/** The name that the bundler gives to what comes of an entry. */
function nameOf(entry: string): string {
  return entry.split("/").at(-1)!.replace(/\.ts$/, ".js");
}

async function removed(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
