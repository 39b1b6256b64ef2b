/**
 * Each file of a layout's bundle, gone, rotten or cut: nobody gets a wrong byte of it, what is said of it says what to do, and a push from
 * a folder that has the content makes the layout whole again.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import { digestOf } from "../../src/base/digest.ts";
import { Site, warningsOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";
import { tellTried } from "../support/torture.ts";
import { digestsBelow } from "./damaged_place.ts";

const FILES = { "a.txt": "one\n", "b/c.txt": "two\n", "b/d.txt": "three\n", "big.bin": "0123456789abcdef".repeat(100_000) };

const DAMAGES: Readonly<Record<string, (file: string) => void>> = {
  gone: (file) => Deno.removeSync(file),
  rotten: (file) => overwrite(file, (bytes) => bytes.fill(bytes[bytes.length >> 1]! ^ 4, bytes.length >> 1, (bytes.length >> 1) + 1)),
  cut: (file) => overwrite(file, (bytes) => bytes.subarray(0, bytes.length >> 1)),
  ...Deno.build.os === "windows" ? {} : {
    "a folder in place of": (file) => {
      Deno.removeSync(file);
      Deno.mkdirSync(join(file, "below"), { recursive: true });
    },
    "a fifo in place of": (file) => {
      Deno.removeSync(file);
      assert.ok(new Deno.Command("mkfifo", { args: [file] }).outputSync().success);
    },
  } satisfies Record<string, (file: string) => void>,
};

for (const layout of ["files", "packs"] as const) {
  Deno.test(`a layout of ${layout} that lost or spoiled a file says so, and a push from a folder that has it makes it whole`, async () => {
    const begun = performance.now();
    using site = new Site();
    const ann = await site.project("ann", FILES);
    if (layout === "packs") {
      const config = join(ann.root, ".modelops-bundle/config.yaml");
      Deno.writeTextFileSync(config, `${Deno.readTextFileSync(config)}layout: packs\n`);
    }
    const { digest } = await site.push(ann);
    const wanted = digestsBelow(ann.root, (path) => path.startsWith(".modelops-bundle/") || path === ".gitignore");
    const folder = join(site.store, "blobs/sha256");
    let tried = 0;
    for (const name of [...Deno.readDirSync(folder)].map((entry) => entry.name).sort()) {
      for (const [kind, damage] of Object.entries(DAMAGES)) {
        const file = join(folder, name);
        const whole = Deno.readFileSync(file);
        damage(file);
        const what = `${kind} ${name}`;
        const directory = `copy-${tried++}`;
        const failed = await site.clone(directory).then(() => null, (error) => error);
        const isOfBundle = failed !== null; // push records are needed by nobody's clone
        if (failed !== null) {
          assert.ok(isFailure(failed, "corrupt", "not-found"), `${what}: ${failed}`);
          if (kind !== "gone" && isFailure(failed, "corrupt")) follow(failed.hint ?? "", what);
        }
        const world = plainWorld();
        assert.equal((await site.push(ann, {}, { world })).digest, digest, what);
        if (isOfBundle) {
          assert.deepEqual(warningsOf(world).map((text) => text.split(":")[0]), ["blobs-lost"], what);
          assert.equal(digestOf(Deno.readFileSync(file)), `sha256:${name}`, what);
          const { project } = await site.clone(`${directory}-again`);
          assert.deepEqual(
            digestsBelow(project.root, (path) => path.startsWith(".modelops-bundle/") || path === ".gitignore"),
            wanted,
            what,
          );
        } else {
          assert.ok(new Deno.Command("rm", { args: ["-rf", file] }).outputSync().success);
          Deno.writeFileSync(file, whole);
        }
      }
    }
    tellTried(`healed layout of ${layout}`, { damages: tried }, begun);
  });
}

Deno.test("what a push would write and finds there already is read again: rot under the right size is replaced", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "one\n" });
  await site.push(ann);
  const file = join(site.store, "blobs/sha256", digestOf(new TextEncoder().encode("one\n")).slice(7));
  overwrite(file, (bytes) => bytes.fill(120, 0, 1));
  const ben = await site.project("ben", { "b.txt": "one\n" });
  writeFile(ben, "other.txt", "other\n");
  await site.push(ben, { tags: ["other"] });
  assert.equal(Deno.readTextFileSync(file), "one\n");
});

/** Does what the hint says, as a person would who pastes it. */
function follow(hint: string, what: string): void {
  const [, command] = /^(rm -[fr] \S+) {3}\(/.exec(hint) ?? [];
  assert.ok(command !== undefined, `${what}: the hint should begin with a command: ${hint}`);
  assert.ok(new Deno.Command("bash", { args: ["-c", command] }).outputSync().success, command);
}

function overwrite(file: string, change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): void {
  const bytes = change(readIfThere(file));
  if (readIfThere(file).length > 0) Deno.chmodSync(file, 0o644);
  Deno.writeFileSync(file, bytes);
}

function readIfThere(file: string): Uint8Array<ArrayBuffer> {
  try {
    return Deno.readFileSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Uint8Array();
    throw error;
  }
}
