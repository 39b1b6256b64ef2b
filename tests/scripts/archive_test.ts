/** What the compiled program is made of: pieces of a bundle as scripts, which do what they did as modules. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { archiveText, inOrder, type Piece, pieceOf, placesOf } from "../../scripts/program/archive.ts";
import { Archives } from "../../scripts/program/load.ts";

const SEED = Number(Deno.env.get("SEED") ?? Date.now() % 1e9);

/** What a made-up piece imports: earlier pieces at once, any piece later. */
interface Plan {
  readonly atOnce: readonly { readonly piece: number; readonly how: "names" | "nothing" }[];
  readonly later: number | null;
  readonly builtIn: "names" | "all" | "standard" | null;
  readonly archive: number;
}

const PLANS: fc.Arbitrary<Plan[]> = fc.array(
  fc.record({
    atOnce: fc.array(fc.record({ piece: fc.nat(9), how: fc.constantFrom("names" as const, "nothing" as const) }), { maxLength: 3 }),
    later: fc.option(fc.nat(9)),
    builtIn: fc.option(fc.constantFrom("names" as const, "all" as const, "standard" as const)),
    archive: fc.nat(2),
  }),
  { minLength: 1, maxLength: 8 },
);

Deno.test(`law: pieces in archives run in the order of modules, and give the same (seed ${SEED})`, async () => {
  const folder = await Deno.makeTempDir();
  let number = 0;
  try {
    await fc.assert(
      fc.asyncProperty(PLANS, async (plans) => {
        const modules = join(folder, String(number++));
        const texts = plans.map((plan, i) => textOf(plan, i, plans.length));
        await Deno.mkdir(modules);
        for (const [i, text] of texts.entries()) await Deno.writeTextFile(join(modules, `p${i}.js`), text);
        const asModules = await trace(() => import(pathToFileURL(join(modules, `p${plans.length - 1}.js`)).href));

        const pieces = inOrder(texts.map((text, i) => pieceOf(`p${i}.js`, text)));
        const archives = [0, 1, 2].map((archive) => pieces.filter(({ name }) => plans[Number(name.slice(1, -3))]!.archive === archive));
        const places = placesOf(archives);
        for (const [i, one] of archives.entries()) await Deno.writeTextFile(join(modules, `${i}.js`), archiveText(one, places));
        const [archive, index] = places.get(`p${plans.length - 1}.js`)!;
        const loader = new Archives(pathToFileURL(join(modules, "door.js")).href);
        assert.deepEqual(await trace(() => Promise.resolve(loader.take(archive, index))), asModules);
      }),
      { seed: SEED, numRuns: 60 },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("pieces that import each other, or one that is not there, are refused", () => {
  const piece = (name: string, other: string) => pieceOf(name, `import{a as b}from"./${other}";var c=b;export{c as a};`);
  assert.throws(() => inOrder([piece("x.js", "y.js"), piece("y.js", "x.js")]), /import each other/);
  assert.throws(() => inOrder([piece("x.js", "z.js")]), /x\.js imports z\.js, which the bundle does not hold/);
});

Deno.test("an import that is not understood makes a script that is none", async () => {
  await assert.rejects(archiveOf(`import a from"https://example.org/a.js";export{a};`), SyntaxError);
});

Deno.test("a late piece runs when something of it is first called, once; its values cannot be had", async () => {
  const late = new Set(["base/late.js"]);
  const texts = {
    "cli/x.js": `import"../base/late.js";import{f as a,g}from"../base/late.js";var b=TRACE.length;export{b as before,a as f,g};`,
    "base/late.js": `import"../chunk-A.js";TRACE.push("late");function f(n){return n+1}export{f,f as g};`,
    "chunk-A.js": `TRACE.push("A");`,
  };
  const pieces = Object.entries(texts).map(([name, text]) => pieceOf(name, text, late));
  assert.deepEqual(pieces.map(({ needs }) => needs), [[], ["chunk-A.js"], []]);
  const ran: string[] = [];
  Object.assign(globalThis, { TRACE: ran });
  try {
    const archives = await archiveOf(pieces);
    const { before, f, g } = archives.take(0, 0) as { before: number; f: (n: number) => number; g: (n: number) => number };
    assert.deepEqual([before, ran], [0, []]);
    assert.deepEqual([f(1), g(2), ran], [2, 3, ["A", "late"]]);
  } finally {
    Reflect.deleteProperty(globalThis, "TRACE");
  }
  for (const text of [`import*as all from"./base/late.js";`, `import one from"./base/late.js";`]) {
    assert.throws(() => pieceOf("y.js", text, late), /y\.js imports more of base\/late\.js/);
  }
});

Deno.test("in an archive, a timer is what it is in a module, and mode is strict", async () => {
  const { self, timer } =
    (await archiveOf(`var a=setTimeout(()=>{},0);clearTimeout(a);function f(){return this}export{a as timer,f as self};`))
      .take(0, 0) as { self: () => unknown; timer: unknown };
  const moduleTimer = setTimeout(() => {}, 0);
  clearTimeout(moduleTimer);
  assert.equal(typeof timer, typeof moduleTimer);
  assert.equal(self(), undefined);
});

Deno.test("V8 takes the code that it made; code that is broken, cut or of another text it leaves aside", async () => {
  const text = (n: number) => `function f(){return ${n}}export{f as number};`; // another each time: V8 remembers texts
  const made = await archiveOf(text(1));
  (made.take(0, 0)["number"] as () => number)();
  const code = made.opened.get(0)!.script.createCachedData();
  const cases = [[code, false], [new Uint8Array(code.length), true], [code.subarray(0, 40), true], [new Uint8Array(), true]] as const;
  for (const [n, [kept, isRefused]] of cases.entries()) {
    const archives = await archiveOf(text(n + 2), kept);
    assert.equal(
      (archives.take(0, 0)["number"] as () => number)(),
      isRefused ? n + 2 : 1,
      "code of a text that is as long, as V8 cannot know",
    );
    assert.equal(archives.opened.get(0)!.script.cachedDataRejected, isRefused);
  }
  const longer = await archiveOf(text(1000), code);
  assert.equal((longer.take(0, 0)["number"] as () => number)(), 1000);
});

/** These pieces in one archive, with this code beside it. */
async function archiveOf(given: string | readonly Piece[], code?: Uint8Array): Promise<Archives> {
  const folder = await Deno.makeTempDir();
  const pieces = typeof given === "string" ? [pieceOf("x.js", given)] : given;
  await Deno.writeTextFile(join(folder, "0.js"), archiveText(pieces, placesOf([pieces])));
  if (code !== undefined) await Deno.writeFile(join(folder, "0.code"), code);
  const archives = new Archives(pathToFileURL(join(folder, "door.js")).href);
  archives.open(0);
  await Deno.remove(folder, { recursive: true });
  return archives;
}

/** As the bundler writes them; each tells when it runs, and gives a number that comes of what it imported. */
function textOf({ atOnce, later, builtIn }: Plan, i: number, count: number): string {
  const lines: string[] = [];
  const sum = [String(i)];
  for (const [n, { piece, how }] of atOnce.entries()) {
    if (i === 0) continue;
    const other = `./p${piece % i}.js`;
    lines.push(how === "names" ? `import{a as $${n},self as s${n}}from"${other}";` : `import"${other}";`);
    if (how === "names") sum.push(`$${n}`, `s${n}.length`);
  }
  if (builtIn === "names") lines.push(`import{join as j,basename as b}from"node:path";`);
  if (builtIn === "all") lines.push(`import*as j from"node:path";`);
  if (builtIn === "standard") lines.push(`var v=0;import j from"node:path";`);
  if (builtIn !== null) sum.push(`${builtIn === "names" ? "j" : "j.join"}("a","b").length`);
  lines.push(`TRACE.push(${i});var x=${sum.join("+")};var t="import {a} from 'x'; export{a}";`);
  const next = later === null ? "Promise.resolve(null)" : `import("./p${later % count}.js")`;
  return `${lines.join("")}async function l(){return await ${next}}export{x as a,l as later,t as self};`;
}

/** What ran, in order, then what the last piece gave, and what it loads later. */
async function trace(load: () => Promise<unknown>): Promise<unknown> {
  const ran: number[] = [];
  Object.assign(globalThis, { TRACE: ran });
  try {
    const { a, later } = await load() as { a: number; later: () => Promise<{ a: number } | null> };
    const atOnce = [...ran];
    return { atOnce, a, later: (await later())?.a ?? null, ran };
  } finally {
    Reflect.deleteProperty(globalThis, "TRACE");
  }
}
