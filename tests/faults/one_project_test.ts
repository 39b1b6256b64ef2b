/**
 * Two commands at once in one project, and an editor that saves while a pull is at work: as processes of their own, round after round. A
 * command waits or says that another one is at work; nothing is ever half of one and half of the other; and what an editor saved is there.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Site, textOf } from "../support/site.ts";
import { writeFile } from "../support/worlds.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import type { Saves } from "./editor_process.ts";
import { Editor, Racer, soon } from "./racer.ts";
import type { Task } from "./race_process.ts";
import { shared } from "./wire_case.ts";

const COMMANDS = ["push", "pull", "status", "add"] as const satisfies Task["command"][];

Deno.test("two commands at once in one project: one waits or says that it is busy, and both leave it whole", async () => {
  const begun = performance.now();
  const chance = new Chance();
  using site = new Site();
  await using one = new Racer();
  await using two = new Racer();
  const remote = `oci:${site.store}`;
  const ann = await site.project("ann", { "a.txt": "0\n", "b.txt": "0\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  const pairs = COMMANDS.flatMap((first, at) => COMMANDS.slice(at).map((second) => [first, second] as const));
  const rounds = cases(2, 40) * pairs.length;
  let busy = 0;
  for (let round = 0; round < rounds; round++) {
    const what = `round ${round}, seed ${chance.seed}`;
    const [first, second] = pairs[round % pairs.length]!;
    writeFile(ben, "b.txt", `${round}\n`); // something comes from there
    await site.push(ben);
    writeFile(ann, "a.txt", `${round}\n`); // something goes from here
    const made = [`new/${round}-1.txt`, `new/${round}-2.txt`];
    for (const path of made) writeFile(ann, path, `${path}\n`);
    const begin = soon();
    const done = await Promise.all(
      [[one, first, made[0]], [two, second, made[1]]].map(async ([racer, command, path]) =>
        await (racer as Racer).do({
          command: command as Task["command"],
          root: ann.root,
          remote,
          path: path as string,
          when: begin + chance.below(6),
        })
      ),
    );
    for (const { failed, message } of done) {
      assert.ok(failed === null || failed === "busy" || failed === "tag-moved", `${what}, ${first} and ${second}: ${failed}: ${message}`);
      if (failed === "busy") busy++;
    }
    assert.deepEqual([textOf(ann, "a.txt"), made.map((path) => textOf(ann, path))], [`${round}\n`, made.map((path) => `${path}\n`)], what);
    await site.add(ann, "new");
    await site.pull(ann);
    await site.push(ann);
    assert.equal((await site.push(ann)).nothingToDo, true, what);
    assert.equal((await site.status(ann)).relation, "in-step", what);
    await site.pull(ben);
    assert.deepEqual(shared(ben), shared(ann), what);
  }
  tellTried("one project, two commands", { "kinds of pairs": pairs.length, rounds, "ended in busy": busy }, begun, chance);
});

Deno.test("what an editor saves while a pull is at work is there afterwards, whole, however it saves", async () => {
  const begun = performance.now();
  const chance = new Chance();
  using site = new Site();
  await using racer = new Racer();
  await using editor = new Editor();
  const remote = `oci:${site.store}`;
  const names = Array.from({ length: 40 }, (_, number) => `data/${number}.csv`);
  const ann = await site.project("ann", Object.fromEntries(names.map((name) => [name, `${name} of round -1\n`])));
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  const rounds = cases(24, 300);
  const outcomes: Record<string, number> = {};
  for (let round = 0; round < rounds; round++) {
    const manner = (["overwrite", "rename", "append"] as const)[round % 3]!;
    const theirs = (name: string) => `${name} of round ${round}\n`.repeat(50);
    const before = Object.fromEntries(names.map((name) => [name, textOf(ben, name)]));
    for (const name of names) writeFile(ann, name, theirs(name));
    await site.push(ann);
    const begin = soon();
    const saved = names.filter(() => chance.next() < 0.7).toSorted(() => chance.next() - 0.5);
    const text = `saved in round ${round}\n`;
    const saves: Saves = {
      manner,
      text,
      files: saved.map((name) => join(ben.root, name)),
      pause: chance.below(2),
      when: begin + chance.below(120),
    };
    const [pulled] = await Promise.all([racer.do({ command: "pull", root: ben.root, remote, when: begin }), editor.save(saves)]);
    const outcome = pulled.failed ?? "done";
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    const what = `round ${round} (${manner}, ${outcome}), seed ${chance.seed}`;
    assert.ok(["done", "changed-underneath", "conflict"].includes(outcome), `${what}: ${pulled.message}`);
    for (const name of names) {
      const now = textOf(ben, name);
      const may = saved.includes(name)
        ? manner === "append" ? [before[name]! + text, theirs(name) + text] : [text]
        : [before[name]!, theirs(name)];
      assert.ok(may.includes(now), `${what}: ${name} holds ${JSON.stringify(now.slice(0, 80))}`);
    }
    // Whoever is asked decides: his own stays, and everybody gets it.
    await site.pull(ben, { keep: [...names] as never });
    await site.push(ben);
    await site.pull(ann);
    assert.deepEqual(shared(ann), shared(ben), what);
  }
  tellTried("one project, an editor and a pull", { rounds, files: names.length, ...outcomes }, begun, chance);
});
