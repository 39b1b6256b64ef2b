/** Every command at registries that combine the rules, and the table of docs/registries.md, which is made of what happens here. */
import assert from "node:assert/strict";
import { registriesPage } from "../../../scripts/registry_table.ts";
import { PROFILES } from "../../support/registry/profiles.ts";
import { type Outcome, tryImmutable, tryProfile } from "../../support/registry/trial.ts";

const outcomes = new Map<string, Outcome>();
let took = 0;

for (const profile of PROFILES) {
  Deno.test(`${profile.name}: push, pull, status, log, tag, untag and referrers work, or say what this registry cannot do`, async () => {
    const began = performance.now();
    outcomes.set(profile.name, await tryProfile(profile));
    took += performance.now() - began;
  });
}

for (const [at, status] of ([400, 403, 409, 412] as const).entries()) {
  const profile = PROFILES.filter(({ name }) => ["ECR", "Harbor", "Quay", "ACR"].includes(name))[at]!;
  Deno.test(`R28: a push to a tag that may not move at ${profile.name} (${status}) says so, and another tag takes it`, async () => {
    await tryImmutable(profile, status);
  });
}

Deno.test("docs/registries.md shows what these tests found", async () => {
  const file = new URL("../../../docs/registries.md", import.meta.url);
  const page = await Deno.readTextFile(file);
  assert.equal(page, registriesPage(page, outcomes), "out of step: run deno task docs:registries");
  console.log(`${outcomes.size} profiles of registries, ${Math.round(took / 1000)} s`);
});
