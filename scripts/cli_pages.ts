/** The pages of docs/cli, made from the command tree itself: what `--help` prints, one page for each command and one that lists them. */
import { branchHelp, leafHelp } from "../src/cli/parse.ts";
import { type Branch, isBranch, TREE } from "../src/cli/tree.ts";

const NOTE = "<!-- Written by `deno task docs` from src/cli; a change made here is lost. -->";

/** File name → text. */
export async function cliPages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  const list: string[] = [];
  await addBranch(pages, list, [], TREE);
  const index = [
    "# Commands",
    "",
    NOTE,
    "",
    "`mops bundle X` is also `X` alone when the program is called `mops-bundle` or `modelops-bundle`.",
    "",
    ...list,
    "",
  ];
  pages.set("index.md", index.join("\n"));
  return pages;
}

async function addBranch(pages: Map<string, string>, list: string[], path: readonly string[], branch: Branch): Promise<void> {
  for (const [word, node] of Object.entries(branch.commands)) {
    const words = [...path, word];
    const name = `mops ${words.join(" ")}`;
    const file = `${words.join("-")}.md`;
    list.push(`${"  ".repeat(path.length)}- [\`${name}\`](${file}): ${node.summary}`);
    if (isBranch(node)) {
      pages.set(file, page(name, branchHelp("mops", words, node)));
      await addBranch(pages, list, words, node);
    } else pages.set(file, page(name, leafHelp(name, await node.load())));
  }
}

function page(name: string, help: string): string {
  return `# ${name}\n\n${NOTE}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n`;
}
