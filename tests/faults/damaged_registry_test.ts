/**
 * A registry's storage holds a blob of another size, or with a wrong byte. docker-registry keeps what it has under a digest, whatever is sent
 * there again: so a push that can know says so, and what is said to help does help.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { withHint } from "../../src/cli/last_hint.ts";
import { Failure } from "../../src/base/failure.ts";
import { client } from "../support/scripted_server.ts";
import { haveServers, startDockerRegistry } from "../support/servers.ts";
import { Site, textOf } from "../support/site.ts";
import { writeFile } from "../support/worlds.ts";

const BIG = "0123456789abcdef".repeat(10_000);
const SMALL = "one\n".repeat(100);

/** Where docker-registry has a blob's bytes. */
function stored(storage: string, text: string): string {
  const hex = digestOf(new TextEncoder().encode(text)).slice(7);
  return join(storage, "docker/registry/v2/blobs/sha256", hex.slice(0, 2), hex, "data");
}

async function failureOf(work: Promise<unknown>): Promise<Failure> {
  const error = await work.then(() => null, (error) => error);
  assert.ok(error instanceof Failure, `it should fail, and ended with ${error}`);
  return withHint(error) as Failure;
}

if (haveServers("damage in a registry's storage", "docker-registry")) {
  for (
    const [kind, path, text, left] of [["large", "big.bin", BIG, 100], ["small", "small.txt", SMALL, 100], [
      "emptied",
      "big.bin",
      BIG,
      0,
    ]] as const
  ) {
    Deno.test(`a ${kind} blob that a registry holds with another size: no push to a new tag and no forced push says Pushed; all name the file`, async () => {
      await using registry = await startDockerRegistry();
      using site = new Site();
      const remote = () => client({ host: registry.host }, { path: "lab/cut" }).remote;
      const ann = await site.project("ann", { "big.bin": BIG, "small.txt": SMALL, "a.txt": "a\n" });
      await site.push(ann, {}, { remote: remote() });
      const file = stored(registry.storage, text);
      Deno.truncateSync(file, left);
      const expected = new RegExp(`^${path}: .* has ${left} bytes instead of ${text.length}`);
      const refused = async (request: object) => {
        const failure = await failureOf(site.push(ann, request, { remote: remote() }));
        assert.equal(failure.code, "corrupt");
        assert.match(failure.message, expected);
        assert.match(failure.hint!, /^mops bundle push --remote OTHER .*who runs it must remove/);
        assert.doesNotMatch(failure.hint!, /--tag/);
      };
      await refused({ tags: ["new"] });
      await refused({ force: true });
      writeFile(ann, "a.txt", "changed\n");
      await refused({ tags: ["other"] });
      await refused({ force: true });
      assert.equal(await remote().resolve("new"), null);
      assert.equal(await remote().resolve("other"), null);
      // What the hint says: it is removed, and then sent anew.
      Deno.removeSync(file);
      await site.push(ann, { force: true }, { remote: remote() });
      const { project } = await site.clone("ben", {}, { remote: remote() });
      assert.equal(textOf(project, path), text);
    });
  }

  Deno.test("a wrong byte of the right size in a registry: what a clone says to do about it helps, and promises no push into the same registry", async () => {
    await using registry = await startDockerRegistry();
    await using another = await startDockerRegistry();
    using site = new Site();
    const remote = (host = registry.host) => client({ host }, { path: "lab/rot" }).remote;
    const ann = await site.project("ann", { "big.bin": BIG });
    await site.push(ann, {}, { remote: remote() });
    const file = stored(registry.storage, BIG);
    Deno.writeTextFileSync(file, `x${BIG.slice(1)}`);
    const failure = await failureOf(site.clone("ben", {}, { remote: remote() }));
    assert.equal(failure.code, "corrupt");
    assert.match(failure.message, /big\.bin/);
    assert.match(failure.hint!, /push --remote OTHER|who runs the remote must remove/);
    await site.push(ann, {}, { remote: remote(another.host) });
    const { project } = await site.clone("carl", {}, { remote: remote(another.host) });
    assert.equal(textOf(project, "big.bin"), BIG);
    Deno.removeSync(file);
    await site.push(ann, { force: true }, { remote: remote() });
    const healed = await site.clone("dora", {}, { remote: remote() });
    assert.equal(textOf(healed.project, "big.bin"), BIG);
  });
}
