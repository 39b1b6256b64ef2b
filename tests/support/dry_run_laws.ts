/**
 * What a dry run promises, for any remote: it touches neither folder nor remote, says the digest that the real run has, and no fewer
 * requests than that sends. `stateOfRemote` gives whatever shows that the remote is as it was.
 */
import assert from "node:assert/strict";
import type { Remote } from "../../src/bundle/content.ts";
import type { Project } from "../../src/worktree/project.ts";
import { hooked, listing, type Site } from "./site.ts";

const WRITES = ["write blob", "write manifest", "set tag", "remove tag"];

export async function checkDryPush(
  site: Site,
  project: Project,
  open: () => Remote,
  stateOfRemote: () => unknown,
  request: { tags?: string[]; force?: boolean } = {},
): Promise<void> {
  const before = { folder: listing(project.root), remote: await stateOfRemote() };
  const writes: string[] = [];
  const watched = hooked(open(), { before: (verb, what) => void (WRITES.includes(verb) && writes.push(`${verb} ${what}`)) });
  const plan = await site.push(project, { ...request, dryRun: true }, { remote: watched });
  assert.deepEqual(writes, [], "a dry run asked the remote to write");
  assert.deepEqual({ folder: listing(project.root), remote: await stateOfRemote() }, before, "a dry run touched something");

  const remote = open();
  const done = await site.push(project, request, { remote });
  assert.equal(done.digest, plan.digest);
  assert.deepEqual([done.changes, done.drops, done.nothingToDo, done.missing], [plan.changes, plan.drops, plan.nothingToDo, plan.missing]);
  assert.ok(done.requests <= plan.requests, `the plan said ${plan.requests} requests, and ${done.requests} were sent`);
  assert.ok(remote.requests() <= plan.requests, `the plan said ${plan.requests} requests, and ${remote.requests()} were sent`);
  assert.ok(done.uploaded.bytes <= plan.uploaded.bytes && done.uploaded.blobs <= plan.uploaded.blobs, "more was sent than planned");
}

export async function checkDryPull(
  site: Site,
  project: Project,
  open: () => Remote,
  stateOfRemote: () => unknown,
  request: Partial<Parameters<Site["pull"]>[1]> = {},
): Promise<void> {
  const before = { folder: listing(project.root), remote: await stateOfRemote() };
  const plan = await site.pull(project, { ...request, dryRun: true }, { remote: open() });
  assert.deepEqual({ folder: listing(project.root), remote: await stateOfRemote() }, before, "a dry run touched something");
  const done = await site.pull(project, request, { remote: open() });
  const { dryRun: _plan, ...planned } = plan;
  const { dryRun: _done, ...happened } = done;
  assert.deepEqual(happened, planned);
  assert.deepEqual(await stateOfRemote(), before.remote, "a pull changed the remote");
}
