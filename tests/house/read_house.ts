/** The real house as a graph: every file of `src` and main.ts, with what `deno info` says it imports, type-only and dynamic ones too. */
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Import, Module } from "./check.ts";

const TOP = fileURLToPath(new URL("../../", import.meta.url));

interface InfoModule {
  readonly specifier: string;
  readonly dependencies?: readonly {
    readonly specifier: string;
    readonly isDynamic?: boolean;
    readonly code?: { readonly specifier?: string };
    readonly type?: { readonly specifier?: string };
  }[];
}

export async function readHouse(): Promise<Module[]> {
  const files = ["main.ts", ...filesBelow("src")];
  const infos = await readInfos(files);
  return files.map((path) => {
    const text = Deno.readTextFileSync(join(TOP, path));
    return { path, text, imports: [...importsOf(infos.get(path)), ...workersIn(path, text)] };
  });
}

function filesBelow(folder: string): string[] {
  return Array.from(Deno.readDirSync(join(TOP, folder))).flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return isDirectory ? filesBelow(path) : name.endsWith(".ts") ? [path] : [];
  }).sort();
}

/** One run for all files, from a module that imports each: files that nothing else imports are seen too. */
async function readInfos(files: readonly string[]): Promise<Map<string, InfoModule>> {
  const all = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(all, files.map((path) => `import ${JSON.stringify(pathToFileURL(join(TOP, path)).href)};\n`).join(""));
    const args = ["info", "--json", "--config", join(TOP, "deno.json"), all];
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
    if (!success) throw new Error(`deno info failed: ${new TextDecoder().decode(stderr)}`);
    const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as { modules: InfoModule[] };
    return new Map(modules.map((module) => [pathFrom(module.specifier), module]));
  } finally {
    await Deno.remove(all);
  }
}

function importsOf(info: InfoModule | undefined): Import[] {
  return (info?.dependencies ?? []).map(({ specifier, isDynamic, code, type }) => ({
    to: /^(\.|file:)/.test(specifier) ? pathFrom(code?.specifier ?? type?.specifier ?? specifier) : packageOf(specifier),
    kind: isDynamic ? "dynamic" : code === undefined ? "type" : "code",
  }));
}

/** `new URL("./other.ts", import.meta.url)` names a file that runs as a worker. */
function workersIn(path: string, text: string): Import[] {
  return [...text.matchAll(/new URL\(\s*"(\.[^"]+\.ts)",\s*import\.meta\.url\s*,?\s*\)/g)].map(([, target]) => ({
    to: pathFrom(new URL(target!, pathToFileURL(join(TOP, path))).href),
    kind: "worker",
  }));
}

function pathFrom(specifier: string): string {
  if (!specifier.startsWith("file:")) return specifier;
  const path = relative(TOP, fileURLToPath(specifier));
  return path.startsWith("..") ? specifier : path.replaceAll("\\", "/");
}

/** `npm:@a/b@1/c`, `@a/b/c` → `@a/b`; `node:` stays. */
function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return /^(?:npm:)?((?:@[^/]+\/)?[^/@]+)/.exec(specifier)?.[1] ?? specifier;
}
