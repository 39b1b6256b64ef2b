/** Hints are pasted: their commands act on the project and the remote that the failed call was about. */
import assert from "node:assert/strict";
import { Command } from "@commander-js/extra-typings";
import { Failure } from "../../src/base/failure.ts";
import { asGiven } from "../../src/cli/called_as.ts";
import { withHint } from "../../src/cli/last_hint.ts";
import { type Branch, BUNDLE_TREE, isBranch, type Leaf } from "../../src/cli/command_tree.ts";
import { Desk } from "../support/program.ts";

const ALL = { project: "my model", env: "prod", registry: "oci:/b", remote: undefined };

Deno.test("commands in a text get the options of the call that they take, quoted, right after the command", () => {
  for (
    const [text, expected] of [
      [
        "mops bundle pull --keep a   (or mops bundle diff -p shows both)",
        "mops bundle pull --project 'my model' --env prod --registry oci:/b --keep a   " +
        "(or mops bundle diff --project 'my model' --env prod --registry oci:/b -p shows both)",
      ],
      ["mops bundle env show", "mops bundle env show --project 'my model' --env prod --registry oci:/b"],
      ["mops bundle add PATH", "mops bundle add --project 'my model' --env prod PATH"],
      ["mops bundle env list", "mops bundle env list --project 'my model'"],
      ["mops bundle init .", "mops bundle init --env prod 'my model'"],
      ["mops bundle init --name NAME", "mops bundle init --project 'my model' --env prod --name NAME"],
      ["mops bundle log --remote ghcr.io/a/b", "mops bundle log --project 'my model' --env prod --remote ghcr.io/a/b"],
      [
        "mops bundle log --env dev; mops bundle log",
        "mops bundle log --project 'my model' --registry oci:/b --env dev; mops bundle log --project 'my model' --env prod --registry oci:/b",
      ],
      ["mops bundle --help", "mops bundle --help"],
      ["HOME=/a/directory mops bundle …", "HOME=/a/directory mops bundle …"],
      ["run the command again", "run the command again"],
    ] as const
  ) {
    assert.equal(asGiven(text, ALL), expected);
    assert.equal(asGiven(text, {}), text);
  }
  assert.equal(asGiven("mops bundle push", { remote: "oci:/$&/it's" }), "mops bundle push --remote 'oci:/$&/it'\\''s'");
});

Deno.test("no command gets an option that it does not take", async () => {
  for (const [path, leaf] of leavesOf([], BUNDLE_TREE)) {
    const command = (await leaf.load()).define(new Command()) as Command<unknown[]>;
    const own = command.options.map(({ long }) => long);
    const text = asGiven(`mops bundle ${path}`, { registry: "r" });
    assert.equal(text.includes("--registry"), own.includes("--registry") && path !== "init", path); // init records what it is given
    assert.equal(asGiven(`mops bundle ${path}`, { project: "p" }).includes("--project"), path !== "version", path);
  }
});

Deno.test("facts that are commands get them too; the usage line does not, and an environment that is not there is left out", () => {
  const call = { usage: "usage: mops bundle pull [options]", given: { remote: "oci:/b" } };
  const facts = { keep: "mops bundle pull --keep a", paths: ["mops bundle pull"] };
  const conflict = withHint(new Failure("conflict", "x", { facts }), "mops-bundle", call) as Failure;
  assert.deepEqual(conflict.facts, { keep: "mops-bundle pull --remote oci:/b --keep a", paths: ["mops bundle pull"] });
  assert.equal(conflict.hint, "mops-bundle diff --remote oci:/b -p   (shows both sides)");
  assert.equal((withHint(new Failure("usage", "x"), "mops", call) as Failure).hint, call.usage);
  const noEnvironment = new Failure("not-found", "x", { hint: "mops bundle init . --registry HOST", facts: { environment: "dev" } });
  const { hint } = withHint(noEnvironment, "mops", { usage: "", given: { env: "dev", project: "p" } }) as Failure;
  assert.equal(hint, "mops bundle init p --registry HOST");
});

Deno.test("a hint of a push from outside, to a remote of this call, names both", async () => {
  using desk = new Desk();
  const remote = `oci:${desk.path}/store dir/m`;
  for (const name of ["ann", "ben"]) {
    desk.write(`${name}/a.txt`, `${name}\n`);
    await desk.mops(["init", ".", "--name", "m"], { cwd: name });
    await desk.mops(["add", "a.txt"], { cwd: name });
  }
  assert.equal((await desk.mops(["push", "--project", "ann", "--remote", remote])).code, 0);
  const { stderr } = await desk.mops(["push", "--project", "ben", "--remote", remote], { expect: 3 });
  assert.ok(stderr.includes(`mops bundle pull --project ben --remote '${remote}'`), stderr);
});

function* leavesOf(path: readonly string[], branch: Branch): Generator<[path: string, leaf: Leaf]> {
  for (const [word, node] of Object.entries(branch.commands)) {
    if (isBranch(node)) yield* leavesOf([...path, word], node);
    else yield [[...path, word].join(" "), node];
  }
}
