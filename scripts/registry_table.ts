/**
 * `deno task docs:registries`: runs every command at every profile of a registry (tests/support/registry), and writes what happened into
 * the table of docs/registries.md. tests/remote/rules/profiles_test.ts does the same, and fails where the page says something else.
 */
import { PROFILES } from "../tests/support/registry/profiles.ts";
import { type Outcome, tryProfile } from "../tests/support/registry/trial.ts";

const BEGIN = "<!-- made by scripts/registry_table.ts -->";
const END = "<!-- end -->";

const COLUMNS: readonly (readonly [title: string, key: keyof Outcome])[] = [
  ["push", "push"],
  ["file of 11 MiB", "bigFile"],
  ["push, nothing changed", "nothingChanged"],
  ["pull, clone", "pull"],
  ["status", "status"],
  ["log", "log"],
  ["push records found by", "referrers"],
  ["tag", "tag"],
  ["list of tags", "tags"],
  ["untag", "untag"],
  ["part of a file", "ranges"],
  ["packs", "packs"],
  ["a push that was stopped in a file", "resume"],
];

/** The page with its table made anew. */
export function registriesPage(page: string, outcomes: ReadonlyMap<string, Outcome>): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`docs/registries.md has no "${BEGIN}" … "${END}"`);
  const rows = PROFILES.flatMap(({ name, note }) => {
    const outcome = outcomes.get(name);
    return outcome === undefined ? [] : [[name, ...COLUMNS.map(([, key]) => outcome[key]), note]];
  });
  const table = [["registry", ...COLUMNS.map(([title]) => title), "what is special"], ...rows];
  return `${page.slice(0, from)}${BEGIN}\n\n${tableText(table)}\n${page.slice(to)}`;
}

/** As `deno fmt` writes tables. */
function tableText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const [head, ...body] = rows;
  return `${[line(head!), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n")}\n`;
}

if (import.meta.main) {
  const file = new URL("../docs/registries.md", import.meta.url);
  const outcomes = new Map<string, Outcome>();
  for (const profile of PROFILES) outcomes.set(profile.name, await tryProfile(profile));
  const page = await Deno.readTextFile(file);
  const next = registriesPage(page, outcomes);
  if (next === page) console.log("docs/registries.md is in step");
  else {
    await Deno.writeTextFile(file, next);
    console.log("wrote: docs/registries.md");
  }
}
