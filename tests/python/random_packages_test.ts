/**
 * A law, by chance: whatever packages import from each other, the files that CPython opens are in the closure. Small trees of a few names,
 * so that they collide: packages, namespace packages and modules of one name, two roots, relative imports, stars, cycles.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { join } from "node:path";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { closureOf } from "../../src/models/closure_of.ts";
import { python, pythonTest, STUBS } from "../support/python.ts";
import { projectOf } from "../support/python_project.ts";

const OPENED_FILES = new URL("./opened_files.py", import.meta.url).pathname;
/** Enough for every form many times; a failure says the seed with which it comes back. */
const RUNS = Number(Deno.env.get("MOPS_TEST_RUNS") ?? 40);
const SEED = Number(Deno.env.get("MOPS_TEST_SEED") ?? 20_251);

type Texts = Readonly<Record<string, string>>;

const NAMES = ["pa", "pb", "ma", "mb"] as const;
const name = fc.constantFrom(...NAMES);
const dotted = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("."));
const imported = fc.constantFrom(...NAMES, "value", "*");

const statement = fc.oneof(
  dotted.map((module) => `import ${module}`),
  dotted.map((module) => `import ${module} as short`),
  fc.tuple(dotted, imported).map(([module, what]) => `from ${module} import ${what}`),
  fc.tuple(fc.constantFrom(".", "..", "..."), fc.option(dotted, { nil: "" }), imported).map(([dots, module, what]) =>
    `from ${dots}${module} import ${what}`
  ),
  dotted.map((module) => `importlib.import_module("${module}")`),
  fc.tuple(name, name).map(([one, other]) => `importlib.import_module(".${one}.${other}", __package__)`),
);

/** What fails is caught: a wrong import is no less a reading of files. */
const guarded = fc.tuple(statement, fc.boolean()).map(([line, lazily]) => {
  const tried = (indent: string) =>
    `${indent}try:\n${indent}    ${line}\n${indent}except (ImportError, AttributeError, TypeError, ValueError):\n${indent}    pass\n`;
  return lazily && !line.endsWith("*") ? `def later():\n${tried("    ")}\n\nlater()\n` : tried("");
});

const source = fc.tuple(fc.array(guarded, { maxLength: 3 }), fc.option(fc.subarray([...NAMES, "value"]), { freq: 4 })).map(([lines, all]) =>
  `${all === null ? "" : `__all__ = ${JSON.stringify(all)}\n`}import importlib\n\nvalue = 1\n${lines.join("")}`
);

const PLACES = ["", "src/"].flatMap((root) =>
  ["", "pa/", "pb/", "pa/pb/", "pb/pa/"].flatMap((folder) =>
    ["ma.py", "mb.py", "__init__.py", "pb.py"].map((file) => `${root}${folder}${file}`)
  )
).filter((path) => !/^(src\/)?__init__\.py$/.test(path));

const tree: fc.Arbitrary<Texts> = fc.tuple(
  fc.subarray(PLACES, { minLength: 4, maxLength: 16 }),
  fc.array(source, { minLength: PLACES.length, maxLength: PLACES.length }),
  source,
  fc.boolean(),
).map(([places, sources, entry, inSource]) => ({
  ...Object.fromEntries(places.map((path, number) => [path, sources[number]!])),
  [inSource ? "src/pa/entry.py" : "pa/entry.py"]: entry,
}));

pythonTest(`the files that CPython opens for ${RUNS} trees of packages are all in their closures`, [], async () => {
  const trees = fc.sample(tree, { numRuns: RUNS, seed: SEED });
  const folder = await Deno.makeTempDir({ prefix: "mops-random-packages-" });
  const faults: string[] = [];
  let compared = 0;
  try {
    const waiting = [...trees.entries()];
    const next = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
        const [number, texts] = one;
        const entry = Object.keys(texts).find((path) => path.endsWith("entry.py")) as BundlePath;
        const opened = await openedBy(join(folder, String(number)), texts);
        if (!opened.includes(entry)) continue; // another package of the name stands before it
        compared++;
        const { sources, declarations } = projectOf(texts);
        const request = { path: entry, symbol: "", dataGiven: [], codeGiven: [], autoCode: true, codeMode: "files", autoData: [] } as const;
        const found = new Set<string>(closureOf(sources, declarations, request).code.map(({ path }) => path));
        const missed = opened.filter((path) => !found.has(path));
        if (missed.length > 0) faults.push(`MOPS_TEST_SEED=${SEED}, tree ${number}: ${entry} lacks ${missed.join(", ")}\n${shown(texts)}`);
      }
    };
    await Promise.all([next(), next()]);
    assert.equal(faults.length, 0, faults.slice(0, 3).join("\n"));
    assert.ok(compared > RUNS / 3, `only ${compared} of ${RUNS} trees could be entered`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

async function openedBy(project: string, texts: Texts): Promise<string[]> {
  for (const [path, text] of Object.entries(texts)) {
    await Deno.mkdir(join(project, path, ".."), { recursive: true });
    await Deno.writeTextFile(join(project, path), text);
  }
  try {
    return JSON.parse(
      await python(OPENED_FILES, [JSON.stringify({ project, roots: ["src", ""], stubs: STUBS, module: "pa.entry", calls: [] })]),
    );
  } catch (error) {
    if (error instanceof Error && /ModuleNotFoundError: No module named 'pa/.test(error.message)) return [];
    throw error;
  }
}

function shown(texts: Texts): string {
  return Object.entries(texts).map(([path, text]) => `--- ${path}\n${text}`).join("");
}
