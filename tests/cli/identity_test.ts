/** What is asked of git may be missing, but never holds a push up, and never disturbs somebody's own git. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { gitState } from "../../src/cli/identity.ts";
import { Desk } from "../support/program.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/** A git that knows its commit, and answers `status` with these lines of shell. */
async function withGit(status: string, work: (desk: Desk) => Promise<void>): Promise<void> {
  using desk = new Desk();
  desk.write("bin/git", `#!/bin/sh\ncase $1 in\nrev-parse) echo ${COMMIT} ;;\nstatus) ${status} ;;\nesac\n`, { executable: true });
  const path = Deno.env.get("PATH")!;
  Deno.env.set("PATH", `${join(desk.path, "bin")}:${path}`);
  try {
    await work(desk);
  } finally {
    Deno.env.set("PATH", path);
  }
}

Deno.test("a clean and a changed work tree", async () => {
  await withGit("true", async (desk) => assert.deepEqual(await gitState(desk.path), { commit: COMMIT, dirty: false }));
  await withGit("echo ' M a'", async (desk) => assert.deepEqual(await gitState(desk.path), { commit: COMMIT, dirty: true }));
});

Deno.test("git takes no optional locks", () =>
  withGit('echo "$GIT_OPTIONAL_LOCKS" > "$PWD/said"', async (desk) => {
    await gitState(desk.path);
    assert.equal(desk.read("said"), "0\n");
  }));

Deno.test(
  "a status that fails, takes too long or is interrupted is no statement at all",
  { sanitizeOps: false, sanitizeResources: false },
  async () => {
    await withGit("exit 128", async (desk) => assert.equal(await gitState(desk.path), null));
    await withGit("sleep 20", async (desk) => {
      const begun = performance.now();
      assert.equal(await gitState(desk.path, { limitMs: 300 }), null);
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 100);
      assert.equal(await gitState(desk.path, { signal: stop.signal }), null);
      assert.equal(await gitState(desk.path, { signal: stop.signal }), null);
      assert.ok(performance.now() - begun < 4000);
    });
  },
);
