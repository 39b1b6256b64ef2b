/** `deno task docs`: brings docs/cli into step with the command tree. With `--check` it only says what differs, and fails. */
import { cliPages } from "./cli_pages.ts";

const folder = new URL("../docs/cli/", import.meta.url);
const check = Deno.args.includes("--check");
Deno.exitCode = await bringIntoStep() && check ? 1 : 0;

/** True when something differed. */
async function bringIntoStep(): Promise<boolean> {
  const pages = await cliPages();
  if (!check) await Deno.mkdir(folder, { recursive: true });
  let differed = false;
  for (const [file, text] of pages) {
    if (await textOf(file) === text) continue;
    differed = true;
    console.log(`${check ? "out of step" : "wrote"}: docs/cli/${file}`);
    if (!check) await Deno.writeTextFile(new URL(file, folder), text);
  }
  for (const file of await present()) {
    if (pages.has(file)) continue;
    differed = true;
    console.log(`${check ? "no such command" : "removed"}: docs/cli/${file}`);
    if (!check) await Deno.remove(new URL(file, folder));
  }
  return differed;
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(new URL(file, folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function present(): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
