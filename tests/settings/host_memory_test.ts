/** What is remembered of hosts: for a day, and never fatal. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { openHostMemory } from "../../src/settings/host_memory.ts";

const PROFILE = { wholeUpTo: 1000, takesPieces: true, piece: 8 * 1024 * 1024 };

function inCache(work: (cache: string) => void): void {
  const cache = Deno.makeTempDirSync({ prefix: "mops-hosts-" });
  try {
    work(cache);
  } finally {
    Deno.removeSync(cache, { recursive: true });
  }
}

const at = (hour: number) => () => new Date(Date.UTC(2026, 2, 1, hour)).toISOString();

Deno.test("what a host refused is remembered for a day, by every process", () =>
  inCache((cache) => {
    openHostMemory(cache, at(0)).keep("ghcr.io", PROFILE);
    openHostMemory(cache, at(1)).keep("quay.io", { ...PROFILE, takesPieces: false });
    const held = openHostMemory(cache, at(23));
    assert.deepEqual({ ...held.find("ghcr.io"), learned: "" }, { ...PROFILE, learned: "" });
    assert.equal(held.find("quay.io")?.takesPieces, false);
    assert.equal(held.find("ecr.aws"), null);
    assert.equal(openHostMemory(cache, at(24)).find("ghcr.io"), null);
    assert.equal(openHostMemory(cache, at(-1)).find("ghcr.io"), null, "a clock that was set back");
  }));

Deno.test("a damaged file, one of another version, and a directory that cannot be written count as nothing remembered", () =>
  inCache((cache) => {
    Deno.mkdirSync(join(cache, "mops"));
    for (const text of ["", "{", "[]", '{"version":2,"hosts":{}}', '{"version":1,"hosts":{"a":{"piece":"x"}}}', "\0".repeat(100)]) {
      Deno.writeTextFileSync(join(cache, "mops/hosts.json"), text);
      assert.equal(openHostMemory(cache, at(0)).find("a"), null, text);
    }
    openHostMemory(cache, at(0)).keep("a", PROFILE);
    assert.equal(openHostMemory(cache, at(0)).find("a")?.piece, PROFILE.piece);
    Deno.writeTextFileSync(join(cache, "file"), "");
    for (const nowhere of [join(cache, "file"), null]) {
      const memory = openHostMemory(nowhere, at(0));
      memory.keep("a", PROFILE);
      assert.equal(memory.find("a"), null);
    }
  }));
