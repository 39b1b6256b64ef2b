/** Small projects as texts for tests of discovery: what is left out of a model is put in, so that each test shows only its own form. */
import assert from "node:assert/strict";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { declaredClasses, modelFacts } from "../../src/models/discover_models.ts";
import { declaredTargets } from "../../src/models/discover_targets.ts";
import type { DeclaredClass, ModelFacts, TargetFacts } from "../../src/models/entry_analysis.ts";
import type { Issue } from "../../src/models/issue.ts";
import type { ProjectSources } from "../../src/python/project_sources.ts";
import { asPath, sourcesOf } from "../support/python_project.ts";

export const MODEL = asPath("models/sir.py");
export const TARGET = asPath("targets/inc.py");

/** Both methods that a model has to have. */
export const RUNS = `
    def build_sim(self, params, config): ...
    def run_sim(self, state, seed): ...
`;

/** A project with `models/sir.py`, its package, and whatever else a test needs. */
export function project(model: string, others: Readonly<Record<string, string>> = {}): ProjectSources {
  return sourcesOf({ "models/__init__.py": "", ...others, "models/sir.py": model });
}

/** A class `SIR` with this body, in a file that imports the framework as `cb`; PARAMS is empty unless the body has one. */
export function modelWith(body: string, above = ""): string {
  const params = /^\s*PARAMS\b/m.test(body) ? "" : "    PARAMS = cb.ParameterSpace()\n";
  const lines = body.split("\n").map((line) => line === "" ? "" : `    ${line}`).join("\n");
  return `import modelops_calabaria as cb\n${above}\nclass SIR(cb.BaseModel):\n${params}${lines}\n${RUNS}`;
}

export function factsOf(sources: ProjectSources, className = "SIR", path: BundlePath = MODEL): ModelFacts {
  const facts = modelFacts(sources, path, className);
  assert.ok(facts !== null, `there is no class ${className}`);
  return facts;
}

export function classOf(sources: ProjectSources, className: string, path: BundlePath = MODEL): DeclaredClass {
  const found = declaredClasses(sources, path).find((one) => one.className === className);
  assert.ok(found !== undefined, `there is no class ${className}`);
  return found;
}

export function targetOf(text: string, others: Readonly<Record<string, string>> = {}): TargetFacts {
  const all = targetsOf(text, others);
  assert.equal(all.length, 1);
  return all[0]!;
}

export function targetsOf(text: string, others: Readonly<Record<string, string>> = {}): TargetFacts[] {
  return declaredTargets(sourcesOf({ "targets/__init__.py": "", ...others, "targets/inc.py": text }), TARGET);
}

export function codesOf({ issues }: { readonly issues: readonly Issue[] }): string[] {
  return issues.map(({ code }) => code).sort();
}

export function whysOf({ unresolved }: Pick<ModelFacts, "unresolved">): string[] {
  return unresolved.map(({ what, file, at, why }) => `${file}:${at.line} ${what}: ${why}`);
}
