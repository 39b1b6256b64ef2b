/**
 * Big pushes and pulls that are killed (SIGKILL, half way through) and run again, alone or two at once, and such whose line is cut again and
 * again: the bytes on the line are counted. 160 MiB here, 2 GiB with MOPS_TORTURE=1.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { hashFile } from "../../src/disk/hash_file.ts";
import { type Line, type LineOptions, openLine } from "../support/line.ts";
import { haveServers, type Server, serverTest, startDockerRegistry, startOciRegistry } from "../support/servers.ts";
import { Desk, ended } from "./desk.ts";

const MiB = 1024 * 1024;
const TORTURE = Deno.env.get("MOPS_TORTURE") === "1";
const SIZE = TORTURE ? 2048 * MiB : 160 * MiB;
/** For many processes after each other: still a file that goes on in its middle. */
const LESS = TORTURE ? SIZE : 96 * MiB;

async function killedWhen(desk: Desk, cwd: string, args: string[], watch: { then: (() => void) | null }): Promise<void> {
  const child = desk.spawn(cwd, ...args);
  watch.then = () => child.kill("SIGKILL");
  const { signal, said } = await ended(child);
  assert.equal(signal, "SIGKILL", `it ended before it was killed: ${said}`);
}

/** Calls `then` once, when so many bytes have passed. */
function watching(way: "up" | "down", bytes: number): { readonly options: LineOptions; then: (() => void) | null } {
  const watch: { options: LineOptions; then: (() => void) | null } = {
    then: null,
    options: {
      onBytes(up, down) {
        if ((way === "up" ? up : down) < bytes || watch.then === null) return;
        const { then } = watch;
        watch.then = null;
        then();
      },
    },
  };
  return watch;
}

async function withLine<T>(server: Server, options: LineOptions, work: (line: Line) => Promise<T>): Promise<T> {
  await using line = openLine(server.host, options);
  return await work(line);
}

serverTest("a push and a clone that are killed half way go on where they were, and no byte travels twice", "ociregistry", async () => {
  using desk = new Desk(SIZE);
  await using server = await startOciRegistry();
  const half = watching("up", SIZE / 2);
  await using line = openLine(server.host, half.options);
  await desk.run(desk.project, "init", ".", "--remote", `${line.host}/me/big`);
  await desk.run(desk.project, "add", ".");
  await killedWhen(desk, desk.project, ["push"], half);
  assert.ok(line.up >= SIZE / 2 && line.up < SIZE * 0.75, `${line.up} bytes had gone`);
  await desk.run(desk.project, "push");
  assert.ok(line.up <= SIZE * 1.1, `${line.up} bytes went up for ${SIZE}`);
  assert.ok(!exists(join(desk.project, ".modelops-bundle/uploads.json")), "the upload is finished");

  const down = watching("down", SIZE / 2);
  await withLine(server, down.options, async (back) => {
    const clone = ["pull", "--ref", `${back.host}/me/big:latest`, "--into", "clone"];
    await killedWhen(desk, desk.path, clone, down);
    assert.ok(back.down >= SIZE / 2 && back.down < SIZE * 0.75, `${back.down} bytes had come`);
    await desk.run(desk.path, ...clone);
    assert.ok(back.down <= SIZE * 1.05, `${back.down} bytes came down for ${SIZE}`);
  });
  const [sent, got] = await Promise.all([desk.project, join(desk.path, "clone")].map((folder) => hashFile(join(folder, "big.bin"))));
  assert.equal(got!.digest, sent!.digest);
  assert.ok(!exists(join(desk.path, "clone/.modelops-bundle/partials")), "nothing is left over");
  console.log(`killed half way: ${SIZE / MiB} MiB, ${(line.up / SIZE).toFixed(3)} × sent`);
});

/** What a killed process had received and not yet written, in the line and in the system's buffers (bytes). */
const UNDER_WAY = 12 * MiB;

for (const way of ["a clone", "a pull"] as const) {
  serverTest(
    `two processes go on at once with ${way} that was killed, die, and two more go on there: nothing comes twice`,
    "ociregistry",
    async () => {
      using desk = new Desk(LESS);
      await using server = await startOciRegistry();
      const clone = join(desk.path, "clone");
      await desk.run(desk.project, "init", ".", "--remote", `${server.host}/me/big`);
      if (way === "a pull") {
        await desk.run(desk.project, "push");
        await desk.run(desk.path, "pull", "--ref", `${server.host}/me/big:latest`, "--into", "clone");
      }
      await desk.run(desk.project, "add", ".");
      await desk.run(desk.project, "push");
      const down = watching("down", LESS / 3);
      const again = watching("down", LESS * 2 / 3);
      const options: LineOptions = { onBytes: (...sums) => [down, again].forEach((one) => one.options.onBytes!(...sums)) };
      await using line = openLine(server.host, options);
      const [cwd, args] = way === "a pull"
        ? [clone, ["pull", "--remote", `${line.host}/me/big`]]
        : [desk.path, ["pull", "--ref", `${line.host}/me/big:latest`, "--into", "clone"]];
      await killedWhen(desk, cwd, args, down);
      assert.deepEqual(partialsIn(clone).length, 1);

      const both = [desk.spawn(cwd, ...args), desk.spawn(cwd, ...args)];
      again.then = () => both.forEach((child) => child.kill("SIGKILL"));
      const killed = await Promise.all(both.map(ended));
      assert.ok(killed.some(({ signal }) => signal === "SIGKILL"), JSON.stringify(killed));
      assert.deepEqual(partialsIn(clone).length, 1, "one had adopted it, and the other one began none of its own");

      const last = await Promise.all([desk.spawn(cwd, ...args), desk.spawn(cwd, ...args)].map(ended));
      assert.ok(last.some(({ code }) => code === 0), JSON.stringify(last));
      // Who comes second waits, and then has nothing to do, or is told why there is nothing for it.
      for (const { code, said } of last) assert.ok(code === 0 || (code === 3 && /is being changed by|is not empty/.test(said)), said);
      assert.ok(line.down <= LESS + 2 * UNDER_WAY, `${line.down} bytes came for ${LESS}`);
      const [sent, got] = await Promise.all([desk.project, clone].map((folder) => hashFile(join(folder, "big.bin"))));
      assert.equal(got!.digest, sent!.digest);
      assert.deepEqual(partialsIn(clone), []);
      assert.ok(!exists(join(clone, ".modelops-bundle/lock")));
      assert.match(await desk.run(clone, "pull", "--remote", `${line.host}/me/big`), /^Up to date/m);
      console.log(`${way}, five processes, three killed: ${LESS / MiB} MiB, ${(line.down / LESS).toFixed(3)} × fetched`);
    },
  );
}

/** Names of the beginnings of big files that lie there. */
function partialsIn(project: string): string[] {
  const folder = join(project, ".modelops-bundle/partials");
  return exists(folder) ? [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => !name.endsWith(".json")) : [];
}

if (haveServers("a line that is cut", "docker-registry")) {
  Deno.test("a line that is cut every so many bytes brings a big file up and down all the same", async () => {
    using desk = new Desk(SIZE);
    await using server = await startDockerRegistry();
    const cutAfter = TORTURE ? 100_000_000 : 40_000_000;
    await withLine(server, { cutAfter }, async (line) => {
      await desk.run(desk.project, "init", ".", "--remote", `${line.host}/me/big`);
      await desk.run(desk.project, "add", ".");
      await desk.run(desk.project, "push");
      // This registry forgets what came of a piece that was cut: one piece is lost, and smaller ones follow.
      assert.ok(line.up <= SIZE + 1.1 * cutAfter, `${line.up} bytes went up for ${SIZE}`);
      const before = line.down;
      await desk.run(desk.path, "pull", "--ref", `${line.host}/me/big:latest`, "--into", "clone");
      assert.ok(line.down - before <= SIZE * 1.05, `${line.down - before} bytes came down for ${SIZE}`);
      console.log(
        `cut every ${cutAfter} bytes: ${SIZE / MiB} MiB, ${(line.up / SIZE).toFixed(3)} × up, ${
          ((line.down - before) / SIZE).toFixed(3)
        } × down`,
      );
    });
    const [sent, got] = await Promise.all([desk.project, join(desk.path, "clone")].map((folder) => hashFile(join(folder, "big.bin"))));
    assert.equal(got!.digest, sent!.digest);
  });
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
