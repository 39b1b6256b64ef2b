/** The repository's own projects: everything that they declare is found, and nothing about it is wrong. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compareUtf8 } from "../../src/base/utf8_order.ts";
import { analyseModel, analyseTarget } from "../../src/models/analyse_entry.ts";
import { declaredClasses } from "../../src/models/discover_models.ts";
import { declaredTargets } from "../../src/models/discover_targets.ts";
import type { EntryAnalysis } from "../../src/models/entry_analysis.ts";
import { asPath, projectOf } from "../support/python_project.ts";

const DEV = fileURLToPath(new URL("../../dev/", import.meta.url));

function analyses(sample: string): EntryAnalysis[] {
  const { sources, declarations } = projectOf(filesBelow(join(DEV, sample)));
  const shared = { dataGiven: [], codeGiven: [], autoCode: true, codeMode: "files" } as const;
  return [...sources.read.keys()].sort(compareUtf8).flatMap((path) => [
    ...declaredClasses(sources, path).filter(({ what }) => what === "model")
      .map(({ className }) => analyseModel(sources, declarations, { path: asPath(path), symbol: className, ...shared })),
    ...declaredTargets(sources, path)
      .map(({ functionName }) => analyseTarget(sources, declarations, { path: asPath(path), symbol: functionName, ...shared })),
  ]);
}

function filesBelow(folder: string, below = ""): Record<string, Uint8Array> {
  const all: Record<string, Uint8Array> = {};
  for (const { name, isDirectory } of Deno.readDirSync(join(folder, below))) {
    const path = below === "" ? name : `${below}/${name}`;
    if (isDirectory) Object.assign(all, filesBelow(folder, path));
    else all[path] = Deno.readFileSync(join(folder, path));
  }
  return all;
}

const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  sample_project: [
    "models.network_model:NetworkSEIR",
    "models.seir:StarsimSIR",
    "models.seir:SEIR",
    "targets.incidence:incidence_per_replicate_target",
    "targets.incidence:incidence_replicate_mean_target",
  ],
  starsim_sample: ["rsv.model:InfantRSV", "rsv.targets.admissions:weekly_admissions_target"],
};

for (const [sample, entrypoints] of Object.entries(EXPECTED)) {
  Deno.test(`dev/${sample}: its models and targets are found, whole, and no verdict is passed on them`, () => {
    const found = analyses(sample);
    assert.deepEqual(found.map(({ entrypoint }) => entrypoint), entrypoints);
    for (const { kind, facts, issues } of found) {
      assert.deepEqual(facts?.unresolved, []);
      assert.deepEqual(issues.filter(({ severity }) => severity !== "info"), []);
      if (kind !== "model") continue;
      assert.ok(facts.outputs.length > 0 && facts.parameters.length > 0);
      assert.ok(facts.parameterSpecs.every(({ lower, upper, kind }) => lower !== undefined && upper !== undefined && kind !== undefined));
    }
  });
}
