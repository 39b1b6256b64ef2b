/** The tag moves between two requests of a push or a pull, whichever; and a registry loses a blob of a bundle that it has taken. */
import assert from "node:assert/strict";
import type { Digest } from "../../src/base/digest.ts";
import { exitCodeOf } from "../../src/cli/exit_code.ts";
import { Relay } from "../support/relay.ts";
import { haveServers, startDockerRegistry } from "../support/servers.ts";
import { textOf, warningsOf } from "../support/site.ts";
import { tellTried, TORTURE } from "../support/torture.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";
import { expectFailure, type Outcome, shared, WireCase } from "./wire_case.ts";

if (haveServers("tags that move, blobs that go", "docker-registry")) {
  for (const job of ["push", "pull"] as const) {
    Deno.test(`the tag moves before any one request of a ${job}: whoever is overtaken is told, and nothing is lost`, async () => {
      const begun = performance.now();
      await using registry = await startDockerRegistry();
      await using relay = new Relay(registry.host);
      const counts = { requests: 0, "ended well": 0, "told at once": 0, "told next": 0 };
      for (let at = 1, more = true; more; at += TORTURE ? 1 : 2) {
        relay.set(null);
        using wire = await WireCase.prepare(relay.host, `lab/${job}-${at}`);
        const world = plainWorld();
        if (job === "pull") await wire.annPushes({});
        const other = await wire.site.clone("carl", {}, { remote: wire.remote() });
        writeFile(other.project, "data/b.csv", "of carl\n");
        let theirs: Digest | null = null;
        let isInside = false;
        relay.set(async ({ number }) => {
          if (number < at || theirs !== null || isInside) return null;
          isInside = true;
          theirs = (await wire.site.push(other.project, {}, { remote: wire.remote() })).digest;
          isInside = false;
          return null;
        });
        const outcome: Outcome = job === "push" ? await wire.annPushes({}) : await wire.benPulls({});
        more = theirs !== null;
        relay.set(null);
        if (!more) break;
        counts.requests++;
        const remote = wire.remote();
        if (job === "push") {
          const holds = await remote.resolve("latest");
          if (outcome.kind === "failed") {
            counts["told at once"]++;
            assert.equal(exitCodeOf(expectFailure(outcome, "tag-moved")), 3);
            assert.equal(holds, theirs);
          } else if (holds === outcome.digest) {
            counts["ended well"]++; // Carl is the one who was overtaken, or he built upon... nothing of hers
            assert.notEqual((await wire.site.status(other.project, {}, { remote })).overtaken, null, `request ${at}: Carl is told`);
          } else {
            counts["told next"]++;
            assert.notEqual((await wire.site.status(wire.ann, {}, { remote })).overtaken, null, `request ${at}: Ann is told`);
          }
        } else {
          assert.equal(outcome.kind, "done", JSON.stringify(outcome));
          counts["ended well"]++;
        }
        // Everybody pulls and pushes once: all have everything.
        for (const project of [wire.ann, other.project, wire.ben]) {
          await wire.site.pull(project, {}, { remote, world });
          await wire.site.push(project, {}, { remote, world });
        }
        for (const project of [wire.ann, other.project]) await wire.site.pull(project, {}, { remote });
        assert.equal(textOf(wire.ann, "data/b.csv"), "of carl\n", `request ${at}`);
        assert.equal(textOf(wire.ann, "mine.txt"), "of ben\n", `request ${at}`);
        for (const project of [other.project, wire.ben]) assert.deepEqual(shared(project), shared(wire.ann), `request ${at}`);
      }
      tellTried(`wire, a tag that moves during a ${job}`, counts, begun);
    });
  }

  Deno.test("a blob that the registry has lost: a pull names the file and changes nothing, the next push that sends something heals it", async () => {
    await using registry = await startDockerRegistry();
    using wire = await WireCase.prepare(registry.host, "lab/lost");
    await wire.annPushes({});
    const remote = wire.remote();
    const lost = (await wire.site.files((await remote.resolve("latest"))!, remote)).find(({ path }) => path === "new/c.csv")!;
    const answer = await fetch(`http://${registry.host}/v2/lab/lost/blobs/${lost.digest}`, { method: "DELETE" });
    assert.equal(answer.status, 202);
    await answer.body?.cancel();
    const failure = expectFailure(await wire.benPulls({}), "not-found", "corrupt");
    assert.match(failure.message, /new\/c\.csv/);
    const world = plainWorld();
    writeFile(wire.ann, "model.py", "x = 2\n");
    const { uploaded } = await wire.site.push(wire.ann, {}, { remote: wire.remote(), world });
    assert.equal(uploaded.blobs, 4, "model.py, manifest.yaml, the index, and what was lost");
    assert.deepEqual(warningsOf(world), ["blobs-lost: the remote had lost what it held before: new/c.csv; sent again"]);
    await wire.site.pull(wire.ben, {}, { remote: wire.remote() });
    assert.equal(textOf(wire.ben, "new/c.csv"), textOf(wire.ann, "new/c.csv"));
  });

  Deno.test("a blob that the registry has lost: a forced push with nothing changed heals it too, and an ordinary one stays at three requests", async () => {
    await using registry = await startDockerRegistry();
    using wire = await WireCase.prepare(registry.host, "lab/lost");
    await wire.annPushes({});
    const remote = wire.remote();
    const lost = (await wire.site.files((await remote.resolve("latest"))!, remote)).find(({ path }) => path === "new/c.csv")!;
    await (await fetch(`http://${registry.host}/v2/lab/lost/blobs/${lost.digest}`, { method: "DELETE" })).body?.cancel();
    assert.ok((await wire.site.push(wire.ann, {}, { remote: wire.remote() })).requests <= 3);
    const world = plainWorld();
    await wire.site.push(wire.ann, { force: true }, { remote: wire.remote(), world });
    assert.deepEqual(warningsOf(world), ["blobs-lost: the remote had lost what it held before: new/c.csv; sent again"]);
    assert.equal((await wire.benPulls({})).kind, "done");
  });
}
