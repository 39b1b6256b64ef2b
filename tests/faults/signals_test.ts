/**
 * SIGINT and SIGTERM at random moments of the real program: it ends with 130 or 143 (or had ended before), soon, without a lock; a folder is
 * as it was or as it should be, and never between; a tag holds the old bundle or the new one; and the same command, run again, ends well.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { push } from "../../src/flows/push.ts";
import { pull } from "../../src/flows/pull.ts";
import { Desk, tree } from "../support/program.ts";
import { haveServers, startDockerRegistry } from "../support/servers.ts";
import { client } from "../support/scripted_server.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";
import { plainWorld, projectWorld } from "../support/worlds.ts";

const SIGNALS = [["SIGINT", 130], ["SIGTERM", 143]] as const;
/** After SIGTERM what was begun has 3 s; the rest is for a machine that is busy with other things (ms). */
const MOST = 60_000;

interface Job {
  readonly args: readonly string[];
  readonly cwd: string;
}

class Person implements Disposable {
  readonly desk = new Desk();
  #number = 0;

  constructor(readonly host: string) {}

  [Symbol.dispose](): void {
    this.desk[Symbol.dispose]();
  }

  get remote(): string {
    return `${this.host}/lab/signals`;
  }

  async prepare(): Promise<void> {
    this.edit();
    await this.desk.mops(["init", ".", "--remote", this.remote], { cwd: "ann" });
    await this.desk.mops(["add", "."], { cwd: "ann" });
    await this.desk.mops(["push"], { cwd: "ann" });
    await this.desk.mops(["pull", "--ref", `${this.remote}:latest`, "--into", "ben"]);
  }

  /** Another content for every file of Ann's. */
  edit(): void {
    const number = ++this.#number;
    for (let file = 0; file < 60; file++) this.desk.write(`ann/data/${file % 5}/${file}.csv`, `${number} ${file}\n`.repeat(400));
    this.desk.write("ann/big.bin", `${number} `.repeat(400_000));
  }

  /** In this process: it is not what is interrupted. */
  async inProcess(who: "ann" | "ben", what: "push" | "pull"): Promise<string> {
    using door = client({ host: this.host }, { path: "lab/signals" });
    const world = projectWorld({ root: join(this.desk.path, who) }, door.remote, plainWorld());
    if (what === "push") return (await push(world, { tags: [], message: null, force: false, dryRun: false })).digest;
    const decisions = { overwrite: false, restoreDeleted: false, take: [], keep: [] };
    return (await pull(world, { ...decisions, tag: null, digest: null, dryRun: false })).digest;
  }

  async held(): Promise<string | null> {
    using door = client({ host: this.host }, { path: "lab/signals" });
    return await door.remote.resolve("latest");
  }

  tree(who: string): Record<string, string> {
    const { ".gitignore": _, ...rest } = tree(join(this.desk.path, who));
    return rest;
  }

  lock(who: string): boolean {
    try {
      Deno.lstatSync(join(this.desk.path, who, ".modelops-bundle/lock"));
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  }

  /** How long it takes when nobody stops it (ms), which is all that a random moment can be chosen from. */
  async duration(job: Job): Promise<number> {
    const begun = performance.now();
    await this.desk.mops(job.args, { cwd: job.cwd });
    return performance.now() - begun;
  }

  /** @returns whether it was stopped before it was done */
  async interrupt(job: Job, signal: "SIGINT" | "SIGTERM", code: number, after: number): Promise<boolean> {
    const child = this.desk.start(["bundle", ...job.args], { cwd: job.cwd });
    const timer = setTimeout(() => child.kill(signal), after);
    const giveUp = setTimeout(() => child.kill("SIGKILL"), after + MOST);
    const ended = await child.output();
    clearTimeout(timer);
    clearTimeout(giveUp);
    const said = new TextDecoder().decode(ended.stderr);
    assert.ok(
      ended.code === 0 || ended.code === code,
      `${job.args.join(" ")} after ${after.toFixed(0)} ms ended with ${ended.code}\n${said}`,
    );
    return ended.code !== 0;
  }
}

if (haveServers("signals at random moments", "docker-registry")) {
  Deno.test("SIGINT and SIGTERM at random moments of add, push, pull and clone: nothing is half done, and the next run ends well", async () => {
    const begun = performance.now();
    const chance = new Chance();
    await using registry = await startDockerRegistry();
    using person = new Person(registry.host);
    await person.prepare();
    const runs = cases(20, 200);
    const stopped: Record<string, number> = { add: 0, push: 0, pull: 0, clone: 0 };
    const moment = (duration: number) => duration * (chance.next() < 0.25 ? chance.next() : 0.4 + 0.65 * chance.next());
    const rounds: Record<string, (name: string, signal: "SIGINT" | "SIGTERM", code: number) => Promise<boolean>> = {
      async add(name, signal, code) {
        for (let file = 0; file < 80; file++) person.desk.write(`ann/${name}/${file}.txt`, `${name} ${file}\n`.repeat(300));
        const tracked = () =>
          person.desk.read("ann/.modelops-bundle/tracked.txt").split("\n").filter((line) => line.startsWith(`${name}/`)).length;
        const job = { args: ["add", name], cwd: "ann" };
        const was = await person.interrupt(job, signal, code, moment(times.add!));
        assert.ok([0, 80].includes(tracked()), `${tracked()} of 80 files are tracked`);
        await person.desk.mops(job.args, { cwd: job.cwd });
        assert.equal(tracked(), 80);
        return was;
      },
      async push(_, signal, code) {
        person.edit();
        const old = await person.held();
        const before = person.tree("ann");
        const job = { args: ["push"], cwd: "ann" };
        const was = await person.interrupt(job, signal, code, moment(times.push!));
        const held = await person.held();
        assert.deepEqual(ownFiles(person.tree("ann")), ownFiles(before), "a push changes no file of yours");
        await person.desk.mops(job.args, { cwd: job.cwd });
        const now = await person.held();
        assert.ok(held === old || held === now, "the tag held the old bundle or the new one");
        assert.equal(await person.inProcess("ann", "push"), now, "nothing is left to push");
        await person.inProcess("ben", "pull");
        assert.deepEqual(person.tree("ben"), person.tree("ann"));
        return was;
      },
      async pull(_, signal, code) {
        person.edit();
        await person.inProcess("ann", "push");
        const before = person.tree("ben");
        const job = { args: ["pull"], cwd: "ben" };
        const was = await person.interrupt(job, signal, code, moment(times.pull!));
        const between = person.tree("ben");
        if (was) {
          assert.ok([before, person.tree("ann")].some((whole) => equal(whole, between)), "the folder is old or new, and never between");
        }
        await person.desk.mops(job.args, { cwd: job.cwd });
        assert.deepEqual(person.tree("ben"), person.tree("ann"));
        return was;
      },
      async clone(name, signal, code) {
        const job = { args: ["pull", "--ref", `${person.remote}:latest`, "--into", name], cwd: "home" };
        const was = await person.interrupt(job, signal, code, moment(times.clone!));
        if (was) await person.desk.mops(job.args, { cwd: job.cwd });
        assert.deepEqual(person.tree(`home/${name}`), person.tree("ann"));
        Deno.removeSync(join(person.desk.path, "home", name), { recursive: true });
        return was;
      },
    };
    const times: Record<string, number> = {};
    person.desk.write("ann/first/1.txt", "1\n");
    times.add = await person.duration({ args: ["add", "first"], cwd: "ann" });
    person.edit();
    times.push = await person.duration({ args: ["push"], cwd: "ann" });
    times.pull = await person.duration({ args: ["pull"], cwd: "ben" });
    times.clone = await person.duration({ args: ["pull", "--ref", `${person.remote}:latest`, "--into", "whole"], cwd: "home" });
    for (let run = 0; run < runs; run++) {
      const [command, [signal, code]] = [Object.keys(rounds)[run % 4]!, SIGNALS[(run >> 2) % 2]!];
      try {
        if (command === "clone") await person.inProcess("ann", "push");
        if (await rounds[command]!(`n${run}`, signal, code)) stopped[command]!++;
        for (const who of ["ann", "ben"]) assert.equal(person.lock(who), false, `a lock is left in ${who}`);
      } catch (error) {
        throw new Error(`seed ${chance.seed}, run ${run}: ${signal} to ${command}`, { cause: error });
      }
    }
    tellTried(
      "signals",
      { runs, ...Object.fromEntries(Object.entries(stopped).map(([name, count]) => [`${name} stopped`, count])) },
      begun,
      chance,
    );
  });
}

function equal(a: Record<string, string>, b: Record<string, string>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

/** Without the one that is written anew when a tag has moved. */
function ownFiles({ ".modelops-bundle/manifest.yaml": _, ...files }: Record<string, string>): Record<string, string> {
  return files;
}
