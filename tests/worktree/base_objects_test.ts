/** Base objects: right, or not there. */
import assert from "node:assert/strict";
import { digestOf, digestParts } from "../../src/base/digest.ts";
import { metaPath } from "../../src/worktree/project.ts";
import { keepOnly, readObject, writeObject } from "../../src/worktree/base_objects.ts";
import { inProject } from "./project_folder.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("what was written is read back by its digest, and only what is kept stays", () =>
  inProject((project) => {
    const one = writeObject(project, bytes("one"));
    const two = writeObject(project, bytes("two"));
    assert.equal(writeObject(project, bytes("one")), one);
    assert.deepEqual(readObject(project, one), bytes("one"));
    Deno.writeTextFileSync(metaPath(project, "objects/sha256/.mops-left.tmp"), "half");
    keepOnly(project, [two]);
    assert.equal(readObject(project, one), null);
    assert.deepEqual(readObject(project, two), bytes("two"));
    assert.deepEqual([...Deno.readDirSync(metaPath(project, "objects/sha256"))].map(({ name }) => name), [digestParts(two).encoded]);
  }));

Deno.test("a damaged object counts as absent, is left by those who only look, and is written anew", () =>
  inProject((project) => {
    const digest = writeObject(project, bytes("one"));
    const file = metaPath(project, `objects/sha256/${digestParts(digest).encoded}`);
    Deno.writeTextFileSync(file, "onf");
    assert.equal(readObject(project, digest), null);
    assert.equal(Deno.readTextFileSync(file), "onf");
    assert.deepEqual([writeObject(project, bytes("one")), readObject(project, digest)], [digest, bytes("one")]);
  }));

Deno.test("a project without objects has none, and nothing to throw away", () =>
  inProject((project) => {
    assert.equal(readObject(project, digestOf(bytes("x"))), null);
    keepOnly(project, []);
  }));
