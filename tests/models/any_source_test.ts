/** Laws for any source: reading says something or nothing, and never fails; names are names. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { analyseModel, analyseTarget } from "../../src/models/analyse_entry.ts";
import { declaredClasses } from "../../src/models/discover_models.ts";
import { declaredTargets } from "../../src/models/discover_targets.ts";
import type { EntryAnalysis } from "../../src/models/entry_analysis.ts";
import { asPath, projectOf, type TextProject } from "../support/python_project.ts";

const SAMPLE = fileURLToPath(new URL("../../dev/sample_project/", import.meta.url));
const FILES = ["models/__init__.py", "models/base.py", "models/seir.py", "models/network_model.py", "targets/incidence.py"] as const;
const TEXTS = new Map(FILES.map((path) => [path, Deno.readTextFileSync(join(SAMPLE, path))]));

function everything({ sources, declarations }: TextProject): EntryAnalysis[] {
  const shared = { dataGiven: [], codeGiven: [], autoCode: true, codeMode: "files" } as const;
  return [...sources.read.keys()].flatMap((path) => [
    ...declaredClasses(sources, path).map(({ className }) =>
      analyseModel(sources, declarations, { path: asPath(path), symbol: className, ...shared })
    ),
    ...declaredTargets(sources, path)
      .map(({ functionName }) => analyseTarget(sources, declarations, { path: asPath(path), symbol: functionName, ...shared })),
  ]);
}

const edit = fc.record({
  file: fc.constantFrom(...FILES),
  line: fc.nat(200),
  kind: fc.constantFrom("drop", "twice", "indent", "swap", "rename"),
  other: fc.nat(200),
  word: fc.constantFrom("cb", "DistrictModel", "self", "BaseModel", "PARAMS", "StarsimSIR", "SIR", "name"),
});

function edited(edits: readonly (typeof edit extends fc.Arbitrary<infer T> ? T : never)[]): Record<string, string> {
  const texts = new Map([...TEXTS].map(([path, text]) => [path as string, text.split("\n")]));
  for (const { file, line, kind, other, word } of edits) {
    const lines = texts.get(file)!;
    const [at, to] = [line % lines.length, other % lines.length];
    if (kind === "drop") lines.splice(at, 1);
    else if (kind === "twice") lines.splice(to, 0, lines[at]!);
    else if (kind === "indent") lines[at] = `    ${lines[at]}`;
    else if (kind === "swap") [lines[at], lines[to]] = [lines[to]!, lines[at]!];
    else lines[at] = lines[at]!.replace(/\b[A-Za-z_]+\b/, word);
    if (lines.length === 0) lines.push("");
  }
  return Object.fromEntries([...texts].map(([path, lines]) => [path, lines.join("\n")]));
}

Deno.test("law: no edit of a source makes reading fail, and what is said are names, places and sentences", () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), (edits) => {
      const texts = edited(edits);
      for (const { facts, entrypoint, issues, kind } of everything(projectOf(texts))) {
        for (const { code, message, path, line } of issues) {
          assert.match(code, /^[a-z]+(-[a-z]+)*$/);
          assert.ok(message.length > 10 && !/undefined|\[object|\bNaN\b/.test(message), message);
          assert.ok(path === null || line === null || texts[path] === undefined || line <= texts[path]!.split("\n").length, message);
        }
        if (facts === null) continue;
        assert.match(entrypoint!, /^[\w.]+:[\w.]+$/);
        for (const { what, why, at } of facts.unresolved) assert.ok(what.length > 3 && why.length > 3 && at.line > 0);
        if (kind !== "model") continue;
        assert.equal(facts.scenarios[0], "baseline");
        for (const names of [facts.parameters, facts.outputs, facts.scenarios]) assert.equal(new Set(names).size, names.length);
        assert.deepEqual(facts.parameterSpecs.map(({ name }) => name), facts.parameters);
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("law: the same project gives the same analysis", () => {
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 6 }), (edits) => {
      const texts = edited(edits);
      const backwards = Object.fromEntries(Object.entries(texts).reverse());
      assert.deepEqual(everything(projectOf(texts)), everything(projectOf(backwards)));
    }),
    { numRuns: 30 },
  );
});
