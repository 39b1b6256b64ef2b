/**
 * Locks between processes that number processes differently, as containers of one machine do that share a folder and a host name: with
 * real pid namespaces (unshare(1)), with a /proc of their own and with that of the machine.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inFolder, namesIn } from "./folder.ts";

const PROGRAM = fileURLToPath(new URL("./lock_process.ts", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../deno.json", import.meta.url));
const OWN_PROC = ["unshare", "-Urpf", "--mount-proc"];
const FOREIGN_PROC = ["unshare", "-Urpf"];
/** As a /proc with hidepid looks to another user: the process with that number lives, and is not shown. */
const HIDING = (pid: number) => ["unshare", "-Urm", "sh", "-c", `mount -t tmpfs none /proc/${pid} && exec "$@"`, "sh"];
const MAY = Deno.build.os === "linux" && [OWN_PROC, FOREIGN_PROC, HIDING(Deno.pid)].every(runs);
if (!MAY) console.error("SKIPPED: locks between pid namespaces: this machine lets nobody make one (Linux and unshare(1) are needed)");

function runs([program, ...args]: readonly string[]): boolean {
  try {
    return new Deno.Command(program!, { args: [...args, "true"], stdin: "null", stdout: "null", stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** @param blind the process may read nothing of /proc */
function command(space: readonly string[], args: readonly string[], blind = false): Deno.Command {
  const denied = blind ? ["--deny-read=/proc"] : [];
  const [program, ...rest] = [...space, Deno.execPath(), "run", "-A", ...denied, "--no-check", "--config", CONFIG, PROGRAM, ...args];
  return new Deno.Command(program!, { args: rest, stdin: "piped", stdout: "piped", stderr: "inherit" });
}

/** Runs `work` while a process of that space has the lock. */
async function whileHeld(space: readonly string[], lock: string, work: (pid: number) => Promise<void>, blind = false): Promise<void> {
  const holder = command(space, ["hold", lock], blind).spawn();
  const said = holder.stdout.getReader();
  try {
    assert.equal(new TextDecoder().decode((await said.read()).value), "held\n");
    await work(holder.pid);
  } finally {
    await said.cancel();
    await holder.stdin.close();
    await holder.status;
  }
}

async function tried(space: readonly string[], lock: string, blind = false): Promise<string> {
  const child = command(space, ["try", lock], blind).spawn();
  await child.stdin.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout).trim();
}

for (
  const [who, holder, other] of [
    ["a container is not broken by the machine", OWN_PROC, []],
    ["the machine is not broken by a container", [], OWN_PROC],
    ["a container is not broken by another one", OWN_PROC, OWN_PROC],
    ["a container that sees the machine's /proc is not broken by the machine", FOREIGN_PROC, []],
    ["the machine is not broken by a container that sees its /proc", [], FOREIGN_PROC],
  ] as const
) {
  Deno.test(`a lock of a living process of ${who}, though both have one host name`, { ignore: !MAY }, () =>
    inFolder(async (folder) => {
      const lock = join(folder, "lock");
      await whileHeld(holder, lock, async () => {
        assert.equal(await tried(other, lock), "busy");
        assert.deepEqual(namesIn(folder), ["lock"]);
      });
      assert.equal(await tried(other, lock), "taken", "once it was let go");
    }));
}

Deno.test(
  "within a container that sees the machine's /proc, a living process keeps its lock, and a dead one does not",
  { ignore: !MAY },
  () =>
    inFolder(async (folder) => {
      const lock = join(folder, "lock");
      const deno = `"${Deno.execPath()}" run -A --no-check --config "${CONFIG}" "${PROGRAM}"`;
      // Numbers there are small: in the machine's /proc some of them are living processes, others nobody.
      const script = `
      mkfifo "${folder}/end"
      ${deno} hold "${lock}" < "${folder}/end" > "${folder}/said" & holder=$!
      exec 3> "${folder}/end"
      while ! [ -s "${folder}/said" ]; do read -t 0.05 _ < /dev/zero; done
      for round in 1 2 3; do ${deno} try "${lock}"; done
      kill -9 $holder; wait $holder 2> /dev/null
      ${deno} try "${lock}"`;
      const { stdout } = await new Deno.Command(FOREIGN_PROC[0]!, {
        args: [...FOREIGN_PROC.slice(1), "bash", "-c", script],
        stdin: "null",
        stdout: "piped",
        stderr: "inherit",
      }).output();
      assert.deepEqual(new TextDecoder().decode(stdout).trim().split("\n"), ["busy", "busy", "busy", "taken"]);
    }),
);

Deno.test(
  "a lock of a process that lives, but is hidden in /proc (hidepid), is not broken",
  { ignore: !MAY },
  () =>
    inFolder(async (folder) => {
      const lock = join(folder, "lock");
      await whileHeld([], lock, async (pid) => assert.equal(await tried(HIDING(pid), lock), "busy"));
      assert.equal(await tried([], lock), "taken", "once it was let go");
    }),
);

Deno.test(
  "of two containers whose /proc cannot be read, none breaks the lock of the other",
  { ignore: !MAY },
  () =>
    inFolder(async (folder) => {
      const lock = join(folder, "lock");
      await whileHeld(OWN_PROC, lock, async () => assert.equal(await tried(OWN_PROC, lock, true), "busy"), true);
      assert.equal(await tried(OWN_PROC, lock, true), "taken", "once it was let go");
    }),
);
