/** `list`: ids are what other commands want, so they stand whole at any width. */
import assert from "node:assert/strict";
import type { ListReport } from "../../src/plan/reports.ts";
import { renderList, renderSets } from "../../src/ui/render_registered.ts";
import { modelEntry, targetEntry } from "../plan/entry_values.ts";
import { fakeConsole } from "./fake_console.ts";

const REPORT: ListReport = {
  models: [modelEntry("seir_starsimsir_of_the_northern_district", {}, { outputs: ["weekly_incidence", "prevalence_by_age"] })],
  targets: [targetEntry("incidence_rate_target", {}, { modelOutput: "weekly_incidence" }), targetEntry("incidence_late_target", {})],
  targetSets: [{ name: "calibration_of_the_north", targets: ["incidence_rate_target", "incidence_late_target"], weights: {} }],
  hidden: 0,
};
const NAMES = [
  "seir_starsimsir_of_the_northern_district",
  "weekly_incidence, prevalence_by_age",
  "incidence_rate_target",
  "incidence_late_target",
  "calibration_of_the_north",
];

Deno.test("list never cuts an id, an output or a set's members, however narrow the terminal is", () => {
  for (const terminal of [200, 80, 60, 30, 10]) {
    const text = renderList(REPORT, fakeConsole({ terminal }));
    for (const name of NAMES) assert.ok(text.includes(name), `${name} at ${terminal}:\n${text}`);
    assert.ok(renderSets(REPORT, fakeConsole({ terminal })).includes("incidence_rate_target, incidence_late_target"));
  }
});
