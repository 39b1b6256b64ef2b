/** What programs read: exactly one JSON document on stdout, or one on stderr, and references that can be pasted back. */
import assert from "node:assert/strict";
import { Desk, type Ran } from "../support/program.ts";

// deno-lint-ignore no-explicit-any -- looked at key by key
type Document = any;

Deno.test("every command prints one JSON document with the keys that are promised", async (t) => {
  using desk = new Desk();
  desk.write("ann/models/seir.py", "beta = 0.3\n");
  desk.write("ann/run.sh", "#!/bin/sh\n", { executable: true });
  const at = (cwd: string) => async (...args: string[]) => only(await desk.mops([...args, "--json"], { cwd }), args[0]!);
  const ann = at("ann");
  await ann("init", ".");
  has(await ann("add", "."), "added", "already", "ignored", "skipped");

  await t.step("push", async () => {
    const planned = await ann("push", "--dry-run");
    const pushed = await ann("push", "--tag", "latest", "--tag", "v1");
    has(pushed, "digest", "reference", "tags", "changed", "uploaded", "skipped");
    has(pushed.changed, "added", "modified", "removed");
    for (const part of [pushed.uploaded, pushed.skipped]) has(part, "blobs", "bytes");
    assert.equal(pushed.digest, planned.digest, "known before anything is sent");
    assert.equal(pushed.reference, `oci:${desk.home}/.local/share/mops/bundles/ann:latest@${pushed.digest}`);
    assert.ok(pushed.changed.added.includes("models/seir.py"));
  });

  await t.step("status", async () => {
    desk.write("ann/models/seir.py", "beta = 0.4\n");
    desk.write("ann/notes.txt", "x\n");
    const status = await ann("status");
    has(status, "remote", "tag", "relation", "changes", "untracked");
    assert.deepEqual(status.changes, [{ path: "models/seir.py", kind: "modified" }]);
    assert.deepEqual(status.untracked, ["notes.txt"]);
    assert.equal(status.relation, "ahead");
  });

  await t.step("manifest", async () => {
    const manifest = await ann("manifest", "v1");
    has(manifest, "digest", "files", "reference");
    for (const file of manifest.files) has(file, "path", "digest", "size");
    const executable = manifest.files.filter((file: Document) => file.executable === true).map((file: Document) => file.path);
    assert.deepEqual(executable, ["run.sh"]);
    assert.deepEqual((await ann("manifest")).tags.map((tag: Document) => tag.tag), ["latest", "v1"]);
  });

  await t.step("pull", async () => {
    const cloned = only(await desk.mops(["pull", "--ref", (await ann("manifest", "v1")).reference, "--into", "ben", "--json"]), "pull");
    has(cloned, "digest", "written", "removed", "kept", "conflicts");
    assert.ok(cloned.written.includes("models/seir.py"));
    const pulled = await ann("pull");
    assert.deepEqual(pulled.kept, [{ path: "models/seir.py", kind: "modified" }]);
  });

  await t.step("a dry run of a pull tells of conflicts and ends as the pull would", async () => {
    await desk.mops(["pull", "--tag", "latest"], { cwd: "ben" });
    desk.write("ben/models/seir.py", "beta = 0.5\n");
    await desk.mops(["push"], { cwd: "ben" });
    const document = only(await desk.mops(["pull", "--dry-run", "--json"], { cwd: "ann", expect: 3 }), "pull");
    assert.deepEqual(document.conflicts.map((conflict: Document) => conflict.path), ["models/seir.py"]);
  });

  await t.step("failures", async () => {
    for (
      const [code, exit, ...args] of [
        ["usage", 2, "push", "--nonsense"],
        ["tag-moved", 3, "push"],
        ["conflict", 3, "pull"],
        ["not-found", 4, "manifest", "v9"],
        ["unreachable", 6, "manifest", "localhost:4/lab/x:v1"],
      ] as const
    ) {
      const ran = await desk.mops([...args, "--json"], { cwd: "ann", expect: exit });
      assert.equal(ran.stdout, "");
      const failure = JSON.parse(ran.stderr.trimEnd().split("\n").at(-1)!);
      assert.equal(failure.schema, "mops.failure");
      assert.equal(failure.code, code);
      has(failure, "message", "hint", "facts");
    }
    const outside = JSON.parse((await desk.mops(["status", "--json"], { expect: 4 })).stderr);
    assert.equal(outside.code, "no-project");
  });
});

Deno.test("every reference that is printed can be pasted back", async () => {
  using desk = new Desk();
  desk.write("ann/a.txt", "a\n");
  await desk.mops(["init", "."], { cwd: "ann" });
  await desk.mops(["add", "."], { cwd: "ann" });
  const printed = new Set<string>();
  for (
    const args of [
      ["push"],
      ["push"],
      ["status"],
      ["diff"],
      ["manifest"],
      ["manifest", "latest"],
      ["log"],
      ["tag", "latest", "v1"],
      ["pull", "--tag", "v1"],
      ["pull", "--ref", "v1"],
    ]
  ) {
    for (const json of [[], ["--json"]]) {
      const { stdout } = await desk.mops([...args, ...json], { cwd: "ann" });
      // In JSON also digests of files and of push records occur; in text every digest is a bundle's.
      const pattern = json.length > 0
        ? /(oci:\/[\w./-]+(:[\w.-]+)?(@sha256:[0-9a-f]+)?)/g
        : /(oci:\/[\w./-]+(:[\w.-]+)?(@sha256:[0-9a-f]+)?|sha256:[0-9a-f]+)/g;
      for (const [reference] of stdout.matchAll(pattern)) printed.add(reference);
    }
  }
  const { digest } = await desk.json(["manifest", "latest"], { cwd: "ann" });
  for (const reference of printed) {
    assert.equal((await desk.json(["manifest", reference], { cwd: "ann" })).digest, digest, `mops bundle manifest ${reference}`);
  }
  assert.ok([...printed].some((reference) => reference.includes("@")) && printed.size >= 5, [...printed].join("\n"));
});

/** The one document; nothing else on stdout, no control characters on either stream. */
function only(ran: Ran, command: string): Document {
  assert.equal(ran.stdout.split("\n").length, 2, "one line");
  // deno-lint-ignore no-control-regex -- that is what must not be there
  assert.doesNotMatch(ran.stdout + ran.stderr, /[\u0000-\u0009\u000b-\u001f\u007f]/);
  const document = JSON.parse(ran.stdout);
  assert.equal(document.version, 1);
  assert.match(document.schema, new RegExp(`^mops\\.(${command}|tags)$`));
  return document;
}

function has(document: Document, ...keys: string[]): void {
  for (const key of keys) assert.ok(Object.hasOwn(document, key), `${key} in ${Object.keys(document).join(", ")}`);
}
