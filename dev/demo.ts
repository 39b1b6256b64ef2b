/**
 * `deno task demo [FOLDER]`: the main job, with the real program. Copies FOLDER (or the sample project), makes the copy a project, pushes
 * it, edits it, pushes again, pulls it into a second folder, and compares both folders byte by byte with code of its own. With the sample
 * project it also registers models and targets, and breaks what they depend on. Everything happens below one temporary directory with its
 * own home; FOLDER is only read. Fails when anything differs.
 */
import { createHash } from "node:crypto";
import { basename, join, resolve } from "node:path";
import { DEFAULT_IGNORES } from "../src/worktree/default_ignores.ts";

const ROOT = resolve(import.meta.dirname!, "..");
const META = ".modelops-bundle";
const TRAVELS = ["config.yaml", "manifest.yaml", "registry.yaml"];
/** Directories that nobody bundles, and that may be huge. */
const LEFT_OUT = new Set(DEFAULT_IGNORES.filter((pattern) => /^[\w.]+\/$/.test(pattern)).map((pattern) => pattern.slice(0, -1)));
LEFT_OUT.delete(META); // of which only the files that travel are copied, and the tracked set

const NEEDED = ["PATH", "TERM", "COLORTERM", "NO_COLOR", "LANG", "USER", "SystemRoot", "TEMP", "TMPDIR"];
/** Deno may have to fetch its packages first. */
const NEEDED_TO_DOWNLOAD = [
  "DENO_CERT",
  "DENO_TLS_CA_STORE",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "HTTPS_PROXY",
  "NO_PROXY",
  "NPM_CONFIG_REGISTRY",
];

/** The demonstration went wrong, and has said why. */
class Stopped extends Error {}

const [given] = Deno.args;
// A task runs at the top of the repository; what was typed counts from where it was typed.
const source = given === undefined ? join(ROOT, "dev", "sample_project") : resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), given);
const desk = await Deno.realPath(await Deno.makeTempDir({ prefix: "mops-demo-" }));
try {
  await demonstrate();
} catch (error) {
  if (!(error instanceof Stopped)) throw error;
  console.error(`\ndemo: ${error.message}`);
  Deno.exitCode = 1;
} finally {
  makeRemovable(desk);
  await Deno.remove(desk, { recursive: true });
}

async function demonstrate(): Promise<void> {
  const name = given === undefined ? "seir-model" : basename(source) || "project";
  const project = join(desk, "work", name);
  const colleague = join(desk, "colleague", name);
  const mops = await program(join(desk, "home"));
  const wasProject = copyFolder(source, project);
  say(`A copy of ${given === undefined ? "the sample project" : source}, pushed and pulled below ${desk} (removed at the end).`);

  // A folder that is a project already may name a real remote: here it gets one of its own.
  const remote = wasProject ? ["--remote", `oci:${join(desk, "remote")}`] : [];
  await mops.show(project, "bundle", "init", ".", ...remote);
  await mops.show(project, "bundle", "add", ".");
  if (given === undefined) await registerSample(project, mops);
  await mops.show(project, "bundle", "status");
  await mops.show(project, "bundle", "push", "-m", "first version");
  if (given === undefined) await goStale(project, mops);

  const edited = await edit(project, mops);
  await mops.show(project, "bundle", "status");
  await mops.show(project, "bundle", "diff", "-p");
  await mops.show(project, "bundle", "push", "-m", `a note in ${edited}`);

  const { remote: repository, tag } = await mops.json(project, "status");
  await Deno.mkdir(join(desk, "colleague"));
  say("\nA colleague, in another folder:");
  await mops.show(join(desk, "colleague"), "bundle", "pull", "--ref", `${repository}:${tag}`, "--into", name);
  await mops.show(colleague, "bundle", "status");
  await mops.show(colleague, "bundle", "log");
  await mops.show(colleague, "bundle", "manifest", String(tag));

  const manifest = await mops.json(colleague, "manifest", String(tag));
  const { ignored, skipped } = await mops.json(project, "add", ".");
  const stayed = pathsOf(ignored, skipped);
  say(`\n${prove(project, colleague, pathsOf(manifest.files), stayed)}`);
  say(`Digest: ${manifest.digest}`);
}

/** The commands of the first README, for the project that it describes. */
async function registerSample(project: string, mops: Program): Promise<void> {
  const starsim = ["register-model", "models/seir.py", "--class", "StarsimSIR", "--data", "data/demographics.csv"];
  await mops.show(project, "bundle", ...starsim, "--data", "data/contact_patterns.csv");
  await mops.show(project, "bundle", "register-model", "models/network_model.py", "--data", "data/demographics.csv");
  await mops.show(project, "bundle", "register-target", "targets/incidence.py");
  const members = ["--target", "incidence_per_replicate_target", "--target", "incidence_replicate_mean_target"];
  await mops.show(project, "bundle", "target-set", "set", "incidence", ...members);
  await mops.show(project, "bundle", "list");
}

/** One table changes, and one model is Stale; a helper goes, and all are Broken until it is back. @throws Stopped when status says otherwise. */
async function goStale(project: string, mops: Program): Promise<void> {
  say("\nA table is corrected. Who depends on it, and whose results become stale?");
  await shell(project, "echo '0-4,0-4,2.300' >> data/contact_patterns.csv");
  await mops.show(project, "bundle", "status");
  await mops.show(project, "bundle", "status", "--explain");
  await mops.show(project, "bundle", "why", "data/contact_patterns.csv");
  await mops.show(project, "bundle", "impact");
  await expectStates(project, mops, { StarsimSIR: "stale", NetworkSEIR: "ready" });
  await mops.show(project, "bundle", "push", "-m", "contacts of small children corrected");

  say("\nA helper is deleted that models use only through another module:");
  await shell(project, "rm district/weeks.py");
  await mops.show(project, "bundle", "status");
  await expectStates(project, mops, { StarsimSIR: "broken", NetworkSEIR: "broken" });
  await mops.refused(project, 8, "bundle", "push");
  await mops.show(project, "bundle", "pull", "--take", "district/weeks.py");
  await expectStates(project, mops, { StarsimSIR: "ready", NetworkSEIR: "ready" });
}

async function expectStates(project: string, mops: Program, expected: Record<string, string>): Promise<void> {
  const { models } = await mops.json(project, "status");
  const found = Object.fromEntries((models as { name: string; status: string }[]).map(({ name, status }) => [name, status]));
  for (const [name, status] of Object.entries(expected)) {
    if (found[name] !== status) throw new Stopped(`${name} is ${found[name] ?? "not registered"}, and should be ${status}`);
  }
}

function pathsOf(...lists: unknown[]): string[] {
  return lists.flatMap((list) => (list as { path: string }[]).map(({ path }) => path));
}

/** Adds a line to a tracked text file, as the shell would; where there is none, adds a file. */
async function edit(project: string, mops: Program): Promise<string> {
  const { tracked } = await mops.json(project, "status");
  const paths = (tracked as { path: string; size: number }[]).filter(({ path, size }) =>
    size < 1_000_000 && isPlainFile(join(project, path))
  )
    .map(({ path }) => path);
  const wanted = [/^models\/(?!base)\w+\.py$/, /\.py$/, /\.(r|jl|sh)$/i, /\.(md|txt)$/i];
  for (const pattern of wanted) {
    const path = paths.find((path) => pattern.test(path) && !path.includes("__init__") && isWritable(join(project, path)));
    if (path === undefined) continue;
    await shell(project, `echo '# checked against the data of 2025' >> ${quoted(path)}`);
    return path;
  }
  const path = freeName(project, "demo-note", ".txt");
  await shell(project, `echo 'checked against the data of 2025' > ${path}`);
  await mops.show(project, "bundle", "add", "--force", path);
  return path;
}

async function shell(cwd: string, command: string): Promise<void> {
  say(`\n$ ${command}`);
  const { success } = await new Deno.Command("sh", { args: ["-c", command], cwd, stdin: "null" }).spawn().status;
  if (!success) throw new Stopped(`the shell did not do it: ${command}`);
}

interface Program {
  /** Prints the command and what it prints. */
  show(cwd: string, ...args: string[]): Promise<void>;
  /** The same for a command that is to end with this exit code. */
  refused(cwd: string, exit: number, ...args: string[]): Promise<void>;
  /** The document that `mops bundle … --json` gives. */
  json(cwd: string, ...args: string[]): Promise<Record<string, unknown>>;
}

/** The program from source, or the binary that `MOPS_PROGRAM` names; it sees nothing of the home and the variables of whoever runs this. */
async function program(home: string): Promise<Program> {
  const binary = Deno.env.get("MOPS_PROGRAM");
  const [path, first] = binary === undefined
    ? [Deno.execPath(), ["run", "-A", "--quiet", "--no-check", "--config", join(ROOT, "deno.json"), join(ROOT, "main.ts")]]
    : [resolve(binary), []];
  const env: Record<string, string> = { HOME: home, USERPROFILE: home };
  if (binary === undefined) env["DENO_DIR"] = await denoDirectory();
  for (const name of [...NEEDED, ...NEEDED_TO_DOWNLOAD]) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  await Deno.mkdir(home);
  const options = { clearEnv: true, env, stdin: "null" } as const;
  let standing = "";
  const shown = async (cwd: string, exit: number, args: string[]): Promise<void> => {
    if (cwd !== standing) say(`\n$ cd ${quoted(cwd)}`);
    standing = cwd;
    say(`\n$ mops ${args.map(quoted).join(" ")}`);
    const child = new Deno.Command(path, { ...options, args: [...first, ...args], cwd }).spawn();
    const { code } = await child.status;
    if (code !== exit) throw new Stopped(`mops ${args.join(" ")} ended with exit code ${code}`);
  };
  return {
    show: (cwd, ...args) => shown(cwd, 0, args),
    refused: (cwd, exit, ...args) => shown(cwd, exit, args),
    async json(cwd, ...args) {
      const command = new Deno.Command(path, { ...options, args: [...first, "bundle", ...args, "--json"], cwd, stderr: "inherit" });
      const { code, stdout } = await command.output();
      if (code !== 0) throw new Stopped(`mops bundle ${args.join(" ")} --json ended with exit code ${code}`);
      return JSON.parse(new TextDecoder().decode(stdout));
    },
  };
}

/** Where Deno keeps its packages; with another home it would look for them elsewhere. */
async function denoDirectory(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stdin: "null" }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/**
 * Both folders hold the same: every file of the bundle lies in the second folder with the bytes and the executable bit that the first one
 * has, the second holds nothing else, and what the first holds besides was ignored or skipped by `add`. @throws Stopped with every difference.
 */
function prove(first: string, second: string, bundled: readonly string[], stayed: readonly string[]): string {
  const [here, there] = [contents(first), contents(second)];
  const faults: string[] = [];
  for (const path of new Set([...bundled, ...there.keys()])) {
    const [mine, theirs] = [here.get(path), there.get(path)];
    if (!bundled.includes(path)) faults.push(`${path} is no part of the bundle, and was made in the second folder`);
    else if (mine === undefined || theirs === undefined) {
      faults.push(`${path} is missing in the ${mine === undefined ? "first" : "second"} folder`);
    } else if (mine.text !== theirs.text) faults.push(`${path} differs: ${mine.text} there ${theirs.text}`);
  }
  const extra = [...here.keys()].filter((path) => !there.has(path));
  for (const path of extra) {
    // A name with control characters is told in quotes.
    const toldSo = stayed.some((one) =>
      one === path || one === JSON.stringify(path) || path.startsWith(one.endsWith("/") ? one : `${one}/`)
    );
    if (!toldSo) faults.push(`${path} is tracked, and did not arrive`);
  }
  if (faults.length > 0) throw new Stopped(`the folders differ:\n${faults.map((fault) => `  ${fault}`).join("\n")}`);
  const bytes = [...there.values()].reduce((sum, { size }) => sum + size, 0);
  const executable = [...there.values()].filter(({ text }) => text.startsWith("executable")).length;
  const rest = extra.length === 0 ? "" : `; ${extra.length} left out by add stayed behind`;
  return `Proved: both folders hold the same ${there.size} files, ${bytes} bytes, ${executable} executable, compared byte by byte${rest}.`;
}

interface Content {
  readonly size: number;
  /** Kind, executable bit and SHA-256, or the text of a link. */
  readonly text: string;
}

/** Every file and link below a folder but the project's local state. */
function contents(folder: string): Map<string, Content> {
  const found = new Map<string, Content>();
  const visit = (below: string): void => {
    for (const entry of Deno.readDirSync(join(folder, below))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (below === META && !TRAVELS.includes(entry.name)) continue;
      const file = join(folder, path);
      if (entry.isSymlink) found.set(path, { size: 0, text: `link ${Deno.readLinkSync(file)}` });
      else if (entry.isDirectory) visit(path);
      else if (entry.isFile) {
        const executable = ((Deno.lstatSync(file).mode ?? 0) & 0o100) !== 0;
        const { size, digest } = hashed(file);
        found.set(path, { size, text: `${executable ? "executable " : ""}sha256:${digest}` });
      }
    }
  };
  visit("");
  return found;
}

function hashed(path: string): { size: number; digest: string } {
  using file = Deno.openSync(path);
  const hash = createHash("sha256");
  const piece = new Uint8Array(1 << 20);
  let size = 0;
  for (let count = file.readSync(piece); count !== null; count = file.readSync(piece)) {
    hash.update(piece.subarray(0, count));
    size += count;
  }
  return { size, digest: hash.digest("hex") };
}

/** Copies files with their modes, and links as links. true: the folder is a project; of its local state only the tracked set comes along. */
function copyFolder(from: string, to: string): boolean {
  try {
    if (!Deno.statSync(from).isDirectory) throw new Stopped(`${from} is not a folder`);
    Deno.mkdirSync(to, { recursive: true });
    copyEntries(from, to, "");
  } catch (error) {
    if (error instanceof Stopped || !(error instanceof Error)) throw error;
    throw new Stopped(`cannot copy ${from}: ${error.message}`);
  }
  return [...Deno.readDirSync(to)].some(({ name }) => name === META);
}

function copyEntries(from: string, to: string, below: string): void {
  for (const entry of Deno.readDirSync(join(from, below))) {
    const path = join(below, entry.name);
    if (below === META && ![...TRAVELS, "tracked.txt"].includes(entry.name)) continue;
    if (entry.isSymlink) Deno.symlinkSync(Deno.readLinkSync(join(from, path)), join(to, path));
    else if (entry.isFile) Deno.copyFileSync(join(from, path), join(to, path));
    else if (entry.isDirectory && !LEFT_OUT.has(entry.name)) {
      Deno.mkdirSync(join(to, path));
      copyEntries(from, to, path);
    }
  }
}

function isPlainFile(path: string): boolean {
  try {
    return Deno.lstatSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function isWritable(path: string): boolean {
  return ((Deno.statSync(path).mode ?? 0o200) & 0o200) !== 0;
}

function freeName(folder: string, stem: string, ending: string): string {
  const names = new Set([...Deno.readDirSync(folder)].map(({ name }) => name));
  for (let number = 0;; number++) {
    const name = `${stem}${number === 0 ? "" : `-${number}`}${ending}`;
    if (!names.has(name)) return name;
  }
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function say(line: string): void {
  console.log(line);
}

/** Folders of a copy may be read-only. */
function makeRemovable(folder: string): void {
  if (Deno.build.os === "windows") return;
  Deno.chmodSync(folder, 0o700);
  for (const entry of Deno.readDirSync(folder)) if (entry.isDirectory) makeRemovable(join(folder, entry.name));
}
