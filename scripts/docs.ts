/**
 * `deno task docs`: brings docs/cli, the list of rooms in docs/design.md and the examples in docs/formats.md into step with the source.
 * With `--check` it only says what differs, and fails.
 */
import { cliPages } from "./cli_pages.ts";
import { withExamples } from "./format_examples.ts";
import { withHouse } from "./house_list.ts";

const docs = new URL("../docs/", import.meta.url);
const check = Deno.args.includes("--check");
Deno.exitCode = await bringIntoStep() && check ? 1 : 0;

/** True when something differed. */
async function bringIntoStep(): Promise<boolean> {
  const pages = new Map([...await cliPages()].map(([file, text]) => [`cli/${file}`, text]));
  pages.set("design.md", await withHouse(await textOf("design.md") ?? ""));
  pages.set("formats.md", withExamples(await textOf("formats.md") ?? ""));
  if (!check) await Deno.mkdir(new URL("cli/", docs), { recursive: true });
  let differed = false;
  for (const [file, text] of pages) {
    if (await textOf(file) === text) continue;
    differed = true;
    console.log(`${check ? "out of step" : "wrote"}: docs/${file}`);
    if (!check) await Deno.writeTextFile(new URL(file, docs), text);
  }
  for (const file of await presentIn("cli/")) {
    if (pages.has(file)) continue;
    differed = true;
    console.log(`${check ? "no such command" : "removed"}: docs/${file}`);
    if (!check) await Deno.remove(new URL(file, docs));
  }
  return differed;
}

async function textOf(file: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(new URL(file, docs));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function presentIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(new URL(folder, docs)))).map(({ name }) => folder + name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
