/** What is cached of an analysis comes back as it was; what cannot be used counts as nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { withCheck } from "../../src/base/checked_text.ts";
import type { EntryAnalysis } from "../../src/models/entry_analysis.ts";
import type { Via } from "../../src/python/dependencies.ts";
import { type CachedAnalysis, loadAnalysis, saveAnalysis } from "../../src/worktree/analysis_cache.ts";
import { LOCAL_NAMES, metaPath, type Project } from "../../src/worktree/project.ts";
import { at, closure, digest, imports, modelAnalysis, path, targetAnalysis } from "../plan/entry_values.ts";
import { inProject } from "./project_folder.ts";

interface Rest {
  readonly n: number;
}
const isRest = (value: unknown): value is Rest => typeof (value as Rest | null)?.n === "number";
const load = (project: Project) => loadAnalysis(project, isRest);

const anyName = fc.constantFrom("a.py", "b/c.py", "__proto__", "#", "=", "ü.py", "constructor");
const anyReading: fc.Arbitrary<EntryAnalysis> = fc.record({
  code: fc.uniqueArray(anyName),
  lines: fc.array(fc.nat(9), { maxLength: 5 }),
  isModel: fc.boolean(),
  label: anyName,
}).map(({ code, lines, isModel, label }) => {
  const vias = new Map<string, Via>(code.map((name, i) => [name, imports("own.py", i, name)]));
  const outside = lines.map((line) => ({
    name: "numpy",
    module: "numpy.linalg",
    file: path("own.py"),
    at: at(line),
    isConditional: line % 2 === 0,
  }));
  const found = { ...closure("own.py", {}, { outside }), code: [...vias].map(([name, via]) => ({ path: path(name), via })) };
  const issues = lines.map((line) => ({ code: "c", severity: "info" as const, message: label, path: null, line, entry: null, hint: null }));
  if (isModel) return modelAnalysis(found, { issues });
  const target = targetAnalysis(found, { issues });
  return { ...target, facts: { ...target.facts!, labels: Object.fromEntries([[label, "x"], ["#", "y"]]) } };
});

function cached(readings: readonly EntryAnalysis[]): CachedAnalysis<Rest> {
  return {
    fingerprint: digest("f"),
    inputs: new Map([[path("own.py"), digest("own")]]),
    readings: new Map(readings.map((reading, i) => [`model:${i}`, reading])),
    tokens: new Map([[digest("own"), digest("tokens")]]),
    rest: { n: 1 },
  };
}

Deno.test("an analysis comes back as it was, whatever its names are", () =>
  inProject((project) => {
    fc.assert(fc.property(fc.array(anyReading, { maxLength: 4 }), (readings) => {
      const whole = cached(readings);
      saveAnalysis(project, whole);
      assert.deepEqual(load(project), whole);
    }));
  }));

Deno.test("what several entries share stands in the file once", () =>
  inProject((project) => {
    const reading = modelAnalysis(closure("own.py", { code: { "shared/helper.py": imports("own.py", 7, "shared.helper") } }));
    saveAnalysis(project, cached(Array.from({ length: 50 }, () => reading)));
    const text = Deno.readTextFileSync(metaPath(project, LOCAL_NAMES.analysis));
    assert.equal(text.split("shared/helper.py").length, 2);
  }));

Deno.test("a file that is absent, damaged, foreign or of another version counts as none", () =>
  inProject((project) => {
    assert.equal(load(project), null);
    const file = metaPath(project, LOCAL_NAMES.analysis);
    saveAnalysis(project, cached([modelAnalysis(closure("own.py"))]));
    const whole = Deno.readTextFileSync(file);
    const unchecked = `${whole.slice(0, whole.lastIndexOf(","))}}`;
    const foreign = [
      unchecked.replace('"version":2', '"version":3'),
      unchecked.replace(/"records":\[.*$/, '"records":[]}'),
      unchecked.replace(/"readings":\[.*"records"/, '"readings":7,"records"'),
      unchecked.replace('{"n":1}', "{}"),
      unchecked.replace(/"fingerprint":"sha256:./, '"fingerprint":"'),
    ];
    for (const text of foreign) assert.notEqual(text, unchecked);
    const damages = ["", "null", "[]", whole.slice(0, -10), unchecked, whole.replace("own.py", "owm.py"), ...foreign.map(withCheck)];
    for (const text of damages) {
      assert.notEqual(text, whole);
      Deno.writeTextFileSync(file, text);
      assert.equal(load(project), null, text.slice(0, 80));
    }
  }));
