/**
 * The part of docs/design.md that must not go stale: every wing with what it may import, every room with the first sentence that it says
 * of itself.
 */
import { ARROWS } from "../tests/house/rules.ts";

const BEGIN = "<!-- rooms: written by `deno task docs` from the source; a change made here is lost -->";
const END = "<!-- end of rooms -->";
const SOURCE = new URL("../src/", import.meta.url);

/** The page with the list in its place as it should be. */
export async function withHouse(page: string): Promise<string> {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`docs/design.md should hold the line\n${BEGIN}\nand below it\n${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${await houseList()}\n${page.slice(end)}`;
}

async function houseList(): Promise<string> {
  const rooms = new Map<string, string>();
  for (const path of await roomsBelow("")) rooms.set(path, aboutRoom(await Deno.readTextFile(new URL(path, SOURCE)), path));
  const wings = Object.keys(ARROWS).filter((wing) => [...rooms.keys()].some((path) => path.startsWith(`${wing}/`)));
  return wings.map((wing) => {
    const imports = ARROWS[wing]!.filter((other) => wings.includes(other));
    const may = imports.length === 0 ? "imports nobody" : `may import ${imports.map((other) => `\`${other}\``).join(", ")}`;
    const list = [...rooms].filter(([path]) => path.startsWith(`${wing}/`))
      .map(([path, about]) => `- \`${path.slice(wing.length + 1)}\`: ${about}\n`);
    return `### \`src/${wing}\` ${may}\n\n${list.join("")}`;
  }).join("\n");
}

async function roomsBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(new URL(folder, SOURCE))) {
    if (entry.isDirectory) found.push(...await roomsBelow(`${folder}${entry.name}/`));
    else if (entry.name.endsWith(".ts")) found.push(folder + entry.name);
  }
  return found.sort();
}

/** The first sentence of the comment that a room opens with; of a command, its summary. */
function aboutRoom(text: string, path: string): string {
  const summary = path.startsWith("cli/commands/") ? /^ {2}summary: "(.*)",$/m.exec(text)?.[1] : undefined;
  if (summary !== undefined) return summary;
  const comment = /^\/\*\*([\s\S]*?)\*\//.exec(text)?.[1];
  if (comment === undefined) throw new Error(`src/${path} should begin with a comment that says what it is for`);
  const words = comment.split("\n").map((line) => line.trim().replace(/^\*+ ?/, "")).join(" ").trim();
  const [sentence] = /^.*?[.?](?=\s+["`(A-Z]|$)/.exec(words) ?? [words];
  return sentence.replace(/\.$/, "").replaceAll("*", "\\*");
}
