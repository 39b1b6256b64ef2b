/** What is made durable costs the disk a few waits, however many files there are. */
import assert from "node:assert/strict";
import type { EffectKind } from "../../src/base/effect.ts";
import { runUntil } from "../faults/effect_run.ts";
import { Site } from "../support/site.ts";

Deno.test(
  "a push into a layout, a clone and a pull of many files sync the whole file system, not file by file",
  { ignore: Deno.build.os !== "linux" },
  async () => {
    using site = new Site();
    const tables = (version: number) =>
      Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`data/${i % 4}/${i}.csv`, `${i},${version}\n`]));
    const ann = await site.project("ann", tables(1));
    const pushed = await runUntil(Infinity, () => site.push(ann));
    const cloned = await runUntil(Infinity, () => site.clone("ben"));
    for (const [path, text] of Object.entries(tables(2))) Deno.writeTextFileSync(`${ann.root}/${path}`, text);
    await site.push(ann);
    const pulled = await runUntil(Infinity, () => site.pull({ root: `${site.place}/ben` }));
    for (const [what, { effects }] of Object.entries({ pushed, cloned, pulled })) {
      const count = (kind: EffectKind) => effects.filter((effect) => effect.kind === kind).length;
      const files = effects.filter(({ kind, on }) => kind === "sync" && /\.csv$|\/sha256\/[0-9a-f]{64}$/.test(on));
      assert.ok(count("sync-all") >= 1 && count("sync-all") <= 3, `${what}: ${count("sync-all")} syncs of the file system`);
      assert.ok(files.length <= 4, `${what}: ${files.length} files synced by themselves`); // the push record and its manifest
      assert.ok(count("sync") <= 40, `${what}: ${count("sync")} syncs`);
    }
  },
);
