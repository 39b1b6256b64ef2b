/** Runs a flow in a process of its own, which is killed at the moment that the job names. */
import assert from "node:assert/strict";
import type { Job } from "./crash_process.ts";

export async function killedAt(job: Job): Promise<void> {
  const here = (path: string) => new URL(path, import.meta.url).pathname;
  const { signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", here("../../deno.json"), here("crash_process.ts"), JSON.stringify(job)],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.equal(signal, "SIGKILL", `it should have died ${job.at}: ${said}`);
}
