/** Every command at registries that combine the rules, and the table of docs/registries.md, which is made of what happens here. */
import assert from "node:assert/strict";
import { registriesPage } from "../../../scripts/registry_table.ts";
import { PROFILES } from "../../support/registry/profiles.ts";
import { MiB } from "../../support/registry/manners.ts";
import { type Outcome, tryImmutable, tryLargeFile, tryProfile } from "../../support/registry/trial.ts";

const outcomes = new Map<string, Outcome>();
let took = 0;

for (const profile of PROFILES) {
  Deno.test(`${profile.name}: push, pull, status, log, tag, untag and referrers work, or say what this registry cannot do`, async () => {
    const began = performance.now();
    outcomes.set(profile.name, await tryProfile(profile));
    took += performance.now() - began;
  });
}

const profile = (name: string) => PROFILES.find((one) => one.name === name)!;

Deno.test("R9: a file above 64 MiB at GHCR goes in pieces of at most 4 MiB, found out by being refused", async () => {
  const { pieces, warnings } = await tryLargeFile(profile("GHCR"));
  assert.equal(pieces.reduce((sum, size) => sum + size, 0), 65 * MiB);
  assert.deepEqual([Math.max(...pieces), warnings], [4 * MiB, []]);
});

Deno.test("R7, R9: a file above 64 MiB at ECR goes in pieces that are neither too small nor too large", async () => {
  const { pieces } = await tryLargeFile(profile("ECR"));
  assert.equal(pieces.reduce((sum, size) => sum + size, 0), 65 * MiB);
  assert.ok(pieces.slice(0, -1).every((size) => size >= 5 * MiB && size <= 10 * MiB), pieces.join());
});

Deno.test("R9: a file above 64 MiB at GAR, which takes no pieces, goes in one request, and that is said", async () => {
  assert.deepEqual(await tryLargeFile(profile("GAR")), { pieces: [], warnings: ["no-pieces"] });
});

for (const [at, status] of ([400, 403, 409, 412] as const).entries()) {
  const one = profile(["ECR", "ACR", "Harbor", "Quay"][at]!);
  Deno.test(`R28: a push to a tag that may not move at ${one.name} (${status}) says so, and another tag takes it`, async () => {
    await tryImmutable(one, status);
  });
}

Deno.test("docs/registries.md shows what these tests found", async () => {
  const file = new URL("../../../docs/registries.md", import.meta.url);
  const page = await Deno.readTextFile(file);
  assert.equal(page, registriesPage(page, outcomes), "out of step: run deno task docs:registries");
  console.log(`${outcomes.size} profiles of registries, ${Math.round(took / 1000)} s`);
});
