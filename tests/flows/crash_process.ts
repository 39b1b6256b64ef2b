/** Run by crash_test.ts as a process of its own: a flow that is killed (SIGKILL, no goodbye) at one moment. */
import { clone } from "../../src/flows/clone.ts";
import { pull } from "../../src/flows/pull.ts";
import { push } from "../../src/flows/push.ts";
import { openLayout } from "../../src/layout/layout.ts";
import { hooked, type Hooks } from "../support/site.ts";
import { plainWorld, projectWorld } from "../support/worlds.ts";

export interface Job {
  readonly flow: "push" | "pull" | "clone";
  readonly root: string;
  readonly store: string;
  readonly tags?: readonly string[];
  /** `before read blob`, `after set tag`, `begin placing`, … */
  readonly at: string;
  /** At the how-manieth time, from 1. */
  readonly nth?: number;
}

if (import.meta.main) {
  const job = JSON.parse(Deno.args[0]!) as Job;
  let times = 0;
  const moment = (name: string): void => {
    if (name === job.at && ++times === (job.nth ?? 1)) Deno.kill(Deno.pid, "SIGKILL");
  };
  const hooks: Hooks = { before: (verb) => moment(`before ${verb}`), after: (verb) => moment(`after ${verb}`) };
  const remote = hooked(openLayout(job.store, { emit: () => {} }), hooks);
  const plain = plainWorld();
  const world = {
    ...plain,
    emit: (event: Parameters<typeof plain.emit>[0]) => "activity" in event && moment(`${event.kind} ${event.activity}`),
  };
  const decisions = { overwrite: false, restoreDeleted: false, take: [], keep: [], dryRun: false };
  if (job.flow === "clone") await clone(world, remote, { directory: job.root, tag: "latest", digest: null, dryRun: false });
  else {
    const place = projectWorld({ root: job.root }, remote, world);
    if (job.flow === "pull") await pull(place, { ...decisions, tag: null, digest: null });
    else await push(place, { tags: job.tags ?? [], message: null, force: false, dryRun: false });
  }
  console.log("survived");
}
