/**
 * The pages of docs/cli, made from the program itself: what `--help` prints, one page for each command, one that lists them, and one of
 * the exit codes.
 */
import { Failure, type FailureCode } from "../src/base/failure.ts";
import { DIFFERENCES_FOUND, exitCodeOf } from "../src/cli/exit_code.ts";
import { branchHelp, leafHelp } from "../src/cli/parse.ts";
import { type Branch, isBranch, TREE } from "../src/cli/command_tree.ts";

const NOTE = "<!-- Written by `deno task docs` from the source; a change made here is lost. -->";

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
    "What the exit codes mean stands in [exit-codes.md](exit-codes.md).",
    "",
  ];
  pages.set("index.md", index.join("\n"));
  pages.set("exit-codes.md", await exitCodes());
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

/** Decision D8 of the design. */
const MEANINGS: Readonly<Record<number, string>> = {
  0: "done, or nothing to do",
  [DIFFERENCES_FOUND]: "differences were found (`--check`, `--exit-code`)",
  2: "wrong usage",
  3: "refused to protect data: conflict, would overwrite, tag moved",
  4: "not found: project, file, tag, bundle",
  5: "not authorised",
  6: "the remote cannot be reached, or fails, after retries; or a deadline or SIGUSR1 stopped the command: run it again to go on",
  7: "integrity: bytes do not have the digest that they should have",
  8: "not ready: an invalid file, no permission, no space, or something that this version or the remote cannot do",
  70: "anything unforeseen: a bug; the message says how to report it",
  130: "interrupted (SIGINT); what was safely done is kept",
  143: "ended (SIGTERM); what was safely done is kept",
};

/** From the list of failure codes in the source, with the remarks that stand beside them. */
async function exitCodes(): Promise<string> {
  const source = await Deno.readTextFile(new URL("../src/base/failure.ts", import.meta.url));
  const union = /export type FailureCode =\n([\s\S]*?);\n/.exec(source)![1]!;
  const kinds = [...union.matchAll(/^ {2}\| "([\w-]+)"(?: \/\/ (.*))?$/gm)].map(([, code, about]) => ({
    code: code as FailureCode,
    about,
  }));
  const codes = [...new Set([0, DIFFERENCES_FOUND, ...kinds.map(({ code }) => exitCodeOf(new Failure(code, ""))), 143])].sort((a, b) =>
    a - b
  );
  const lines = codes.map((exit) => {
    const meaning = MEANINGS[exit];
    if (meaning === undefined) throw new Error(`scripts/cli_pages.ts should say what exit code ${exit} means`);
    const own = kinds.filter(({ code }) => exitCodeOf(new Failure(code, "")) === exit)
      .map(({ code, about }) => `  - \`${code}\`${about === undefined ? "" : `: ${about}`}`);
    return [`- **${exit}** ${meaning}`, ...own].join("\n");
  });
  return [
    "# Exit codes",
    "",
    NOTE,
    "",
    "Below each one stand the values of `code` in a `mops.failure` document that lead to it.",
    "",
    ...lines,
    "",
  ].join("\n");
}
