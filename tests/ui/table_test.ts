import assert from "node:assert/strict";
import { renderTable, tableWidth } from "../../src/ui/table.ts";
import { displayWidth } from "../../src/ui/width.ts";
import { fakeConsole } from "./fake_console.ts";

const DIGEST = `sha256:${"0123456789abcdef".repeat(4)}`;
const columns = [{ head: "PATH", shrinks: true }, { head: "SIZE", align: "right" as const }, { head: "CHANGE" }];
const rows = [
  ["data/raw/2024/surveillance/weekly_cases_by_district.csv", "1.5 KiB", "modified"],
  ["a", "12 MiB", ""],
];

Deno.test("in a pipe a table is aligned, whole, and no line ends in spaces", () => {
  assert.equal(
    renderTable(columns, rows),
    [
      "PATH                                                        SIZE  CHANGE",
      "data/raw/2024/surveillance/weekly_cases_by_district.csv  1.5 KiB  modified",
      "a                                                         12 MiB",
    ].join("\n"),
  );
  assert.equal(tableWidth(fakeConsole()), undefined);
  assert.equal(tableWidth(fakeConsole({ terminal: 60 })), 60);
});

Deno.test("on 60 and on 40 columns paths lose their middle and nothing else", () => {
  for (const width of [60, 40]) {
    const table = renderTable(columns, rows, { width });
    for (const line of table.split("\n")) assert.ok(displayWidth(line) <= width, line);
    assert.match(table, /…/);
    assert.match(table, /1\.5 KiB {2}modified/);
  }
});

Deno.test("a digest is never cut: rows become blocks where it does not fit beside the rest", () => {
  const table = renderTable([{ head: "TAG" }, { head: "DIGEST" }], [["latest", DIGEST], ["v1", DIGEST]], { width: 60 });
  assert.equal(table, `TAG     latest\nDIGEST  ${DIGEST}\n\nTAG     v1\nDIGEST  ${DIGEST}`);
  assert.equal(renderTable([{}, {}], [["latest", DIGEST]], { width: 60 }), `latest\n  ${DIGEST}`);
});

Deno.test("names cannot break out of their cell", () => {
  assert.equal(renderTable([{}, {}], [["evil\x1b[2J\nname", "x"]]), "evil\\x1b[2J\\nname  x");
});

Deno.test("styles dress cells without moving them", () => {
  const red = (text: string) => `<${text}>`;
  assert.equal(renderTable([{ style: red }, {}], [["a", "x"], ["bcd", "y"]]), "<a>    x\n<bcd>  y");
});

Deno.test("wide characters keep the columns straight", () => {
  assert.equal(renderTable([{}, {}], [["疫情.csv", "x"], ["a", "y"]]), "疫情.csv  x\na         y");
});

Deno.test("no rows, no table", () => assert.equal(renderTable(columns, []), ""));
