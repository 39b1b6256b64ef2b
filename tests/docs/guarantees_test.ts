/**
 * docs/guarantees.md promises nothing without a test: each section ends with a table, and each of its rows leads to tests that are there,
 * by their names. In a name `…` stands for any text: what a template fills in, or what is too long for a table.
 */
import assert from "node:assert/strict";
import { join } from "node:path";

const DOCS = new URL("../../docs/", import.meta.url).pathname;
const HEAD = "| Promise | Against | Shown by |";
/** A test's name as a link to its file. */
const LINK = /\[`([^`]+)`\]\(([^)\s]+)\)/g;

interface Section {
  readonly title: string;
  /** Cells of the rows below the head; null: no table. */
  readonly rows: readonly (readonly string[])[] | null;
}

/** The page falls into its sections of the second level. */
function sectionsOf(page: string): Section[] {
  return page.split(/^## /m).slice(1).map((text) => {
    const lines = text.split("\n");
    const head = lines.indexOf(HEAD);
    const rows = head < 0 ? null : lines.slice(head + 2).filter((line) => line.startsWith("|"));
    return { title: lines[0]!, rows: rows?.map((row) => row.split("|").slice(1, -1).map((cell) => cell.trim())) ?? null };
  });
}

/** Names of a file's tests as its source has them: the first argument of whatever makes a test, with `…` for what a template fills in. */
function testNamesIn(source: string): string[] {
  const makers =
    /(?:\bDeno\.test|\b(?:server|python)Test|\bpromise|\bonMount|\bwithOras)\(\s*(?:\{\s*name:\s*)?(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g;
  return [...source.matchAll(makers)].map(([, plain, template]) =>
    (plain ?? template!.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, "…")).replace(/\\(.)/g, "$1")
  );
}

/** Whether `written` on a page is that name; its `…` stands for anything, but some words of the name must be there. */
function isNamed(written: string, name: string): boolean {
  if (written.includes("…") && written.replaceAll("…", "").trim().length < 6) return false;
  const pattern = written.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*");
  return new RegExp(`^${pattern}$`, "s").test(name);
}

/** What is wrong with a page; `read` gives a file's text, or null where there is none. */
function flawsOf(page: string, read: (link: string) => string | null): string[] {
  const flaws: string[] = [];
  for (const { title, rows } of sectionsOf(page)) {
    if (rows === null || rows.length === 0) flaws.push(`"${title}" has no table of what shows it`);
    for (const row of rows ?? []) {
      const [promise = "", against = "", shown = ""] = row;
      const links = [...shown.matchAll(LINK)];
      if (row.length !== 3 || promise === "" || against === "" || links.length === 0) {
        flaws.push(`"${title}": no promise, faults and tests in: ${row.join(" | ")}`);
      }
      const rest = shown.replace(LINK, "").replace(/[;\s]/g, "");
      if (rest !== "") flaws.push(`"${title}": not a test by its name: ${rest}`);
    }
  }
  for (const [, written, link] of page.matchAll(LINK)) {
    const source = read(link!);
    if (source === null) flaws.push(`${link} is not there`);
    else if (!testNamesIn(source).some((name) => isNamed(written!, name))) flaws.push(`${link} has no test "${written}"`);
  }
  return flaws;
}

function readLinked(link: string): string | null {
  try {
    return Deno.readTextFileSync(join(DOCS, link));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

Deno.test("every promise of docs/guarantees.md leads to a test that is there, by its name", async () => {
  const page = await Deno.readTextFile(join(DOCS, "guarantees.md"));
  assert.deepEqual(flawsOf(page, readLinked), []);
  assert.ok([...page.matchAll(LINK)].length > 100);
});

Deno.test("a promise without a test, a test that is gone and a name that was changed are noticed", () => {
  const files: Record<string, string> = {
    "a_test.ts": 'Deno.test("one", f);\nserverTest(\n  `two of ${kind({ a: 1 })}`, g);\nlog("three");\n',
  };
  const section = (...rows: string[]) => ["# Page", "## It holds", "", "Always.", "", HEAD, "| --- | --- | --- |", ...rows].join("\n");
  const flaws = (page: string) => flawsOf(page, (link) => files[link] ?? null);
  assert.deepEqual(flaws(section("| it | a kill | [`one`](a_test.ts); [`two of …`](a_test.ts) |")), []);
  const wrong = [
    "| it | a kill | |",
    "| it | a kill | one, in a_test.ts |",
    "| it | | [`one`](a_test.ts) |",
    "| it | a kill | [`one`](b_test.ts) |",
    "| it | a kill | [`on`](a_test.ts) |",
    "| it | a kill | [`three`](a_test.ts) |",
    "| it | a kill | [`two of … more`](a_test.ts) |",
    "| it | a kill | [`…`](a_test.ts) |",
  ];
  for (const row of wrong) assert.ok(flaws(section(row)).length > 0, row);
  assert.equal(flaws(section()).length, 1, "no row");
  assert.equal(flaws("# Page\n## It holds\n\nAlways.\n").length, 1, "no table");
});
