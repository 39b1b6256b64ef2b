/** docs/formats.md lists the code of every finding. */
import assert from "node:assert/strict";
import { VERDICTS } from "../../src/models/source_verdicts.ts";

const page = await Deno.readTextFile(new URL("../../docs/formats.md", import.meta.url));
const section = page.slice(page.indexOf("### Findings"));

Deno.test("docs/formats.md lists every verdict on a source with its severity", () => {
  for (const [code, severity] of Object.entries(VERDICTS)) {
    const row = section.split("\n").find((line) => line.includes(`\`${code}\``));
    assert.match(row ?? `no row for ${code}`, new RegExp(`\\| ${severity} +\\|`));
  }
});

Deno.test("docs/formats.md lists the codes that preflight and reading give", async () => {
  const rooms = ["plan/preflight.ts", "plan/preflight_rules", "models/analyse_entry.ts", "models/closure_issues.ts", "flows/wire_code.ts"];
  const texts = await Promise.all(rooms.flatMap(filesOf).map((file) => Deno.readTextFile(file)));
  const codes = texts.flatMap((text) => [...text.matchAll(/(?:code: |found\((?:entry, )?|issue\()\s*"([a-z]+(?:-[a-z]+)+)"/g)]).map((
    [, code],
  ) => code!);
  assert.ok(codes.length > 20);
  assert.deepEqual(codes.filter((code) => !section.includes(`\`${code}\``)), []);
});

function filesOf(room: string): URL[] {
  const url = new URL(`../../src/${room}`, import.meta.url);
  if (room.endsWith(".ts")) return [url];
  return [...Deno.readDirSync(url)].map(({ name }) => new URL(`../../src/${room}/${name}`, import.meta.url));
}
