/** The rules of docs/registries.md and the tests of this folder: every rule has a test named after it, or a reason why it needs none. */
import assert from "node:assert/strict";

const NUMBERS = Array.from({ length: 32 }, (_, number) => `R${number + 1}`).flatMap((rule) => rule === "R6" ? ["R6", "R6b"] : [rule]);
/** How the last column begins for a rule about something that this program does not do. */
const NOT_USED = /^not used here: \S/;

const page = await Deno.readTextFile(new URL("../../../docs/registries.md", import.meta.url));
const rows = [...page.matchAll(/^\| (R\d+b?) +\| (.+?) +\| (.+?) +\|$/gm)].map(([, rule, , done]) => ({ rule: rule!, done: done! }));

/** The numbers at the beginnings of names: `R9, R10: …` counts for both. */
async function testedRules(): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  const folder = new URL("./", import.meta.url);
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(new URL(name, folder));
    for (const [, rules] of text.matchAll(/^ *(?:Deno\.test|serverTest)\(\s*["`](R\d+b?(?:, R\d+b?)*): /gm)) {
      for (const rule of rules!.split(", ")) found.add(rule);
    }
  }
  return found;
}

Deno.test("docs/registries.md lists every rule, once, in order", () => {
  assert.deepEqual(rows.map(({ rule }) => rule), NUMBERS);
});

Deno.test("every rule has a test whose name begins with its number, or says why it is not used here", async () => {
  const tested = await testedRules();
  assert.deepEqual(rows.filter(({ rule, done }) => !tested.has(rule) && !NOT_USED.test(done)).map(({ rule }) => rule), []);
  assert.deepEqual(rows.filter(({ rule, done }) => tested.has(rule) && NOT_USED.test(done)).map(({ rule }) => rule), []);
  assert.deepEqual([...tested].filter((rule) => !NUMBERS.includes(rule)), []);
});

Deno.test("comments in src name rules that the table has", async () => {
  const unknown: string[] = [];
  const folder = new URL("../../../src/", import.meta.url);
  for await (const wing of Deno.readDir(folder)) {
    for await (const { name } of Deno.readDir(new URL(`${wing.name}/`, folder))) {
      if (!name.endsWith(".ts")) continue;
      const text = await Deno.readTextFile(new URL(`${wing.name}/${name}`, folder));
      for (const [, rule] of text.matchAll(/\brules? (R\d+b?)\b/gi)) {
        if (!NUMBERS.includes(rule!)) unknown.push(`${wing.name}/${name}: ${rule}`);
      }
    }
  }
  assert.deepEqual(unknown, []);
});
