/** What a walk finds, and what it says about the rest. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import { compareUtf8 } from "../../src/base/utf8_order.ts";
import { loadIgnore } from "../../src/worktree/ignore.ts";
import type { Project } from "../../src/worktree/project.ts";
import { walk, type WalkOptions } from "../../src/worktree/walk.ts";
import { inProject, link, paths, put } from "./project_folder.ts";

function filesOf(project: Project, options: WalkOptions = {}): string[] {
  return walk(project, loadIgnore(project), options).files.map(({ path }) => path);
}

function skippedOf(project: Project, options: WalkOptions = {}): Record<string, string> {
  return Object.fromEntries(walk(project, loadIgnore(project), options).skipped.map(({ path, why }) => [path, why]));
}

Deno.test("scenario 4: all files that are not ignored, the ignore file itself too, none of .modelops-bundle", () =>
  inProject((project) => {
    for (
      const path of ["main.py", "a/b/c.py", ".modelopsignore", ".modelops-bundle/state.json", "sub/.modelops-bundle/config.yaml", "x.pyc"]
    ) {
      put(project, path, "");
    }
    assert.deepEqual(filesOf(project), [".modelopsignore", "a/b/c.py", "main.py"]);
  }));

Deno.test("files come in the order of their paths' bytes", () =>
  inProject((project) => {
    const all = ["a.b", "a/b", "a-b", "ab", "a/b.c/d", "a/b-c", "\u{1F980}", "\uff5e", "ä/x", "Z", "a0"];
    for (const path of all.filter((path) => path !== "a/b")) put(project, path, "");
    put(project, "a/b/x", "");
    const found = filesOf(project);
    assert.deepEqual(found, [...found].sort(compareUtf8));
    assert.equal(found.length, all.length);
  }));

Deno.test("scenario 6: an empty folder has no files", () =>
  inProject((project) => {
    Deno.mkdirSync(join(project.root, "empty/below"), { recursive: true });
    assert.deepEqual(walk(project, loadIgnore(project), { under: paths("empty")[0]! }).files, []);
  }));

Deno.test("scenario 10: nothing inside node_modules and .git, even with ignored files", () =>
  inProject((project) => {
    for (
      const path of ["node_modules/x/index.js", ".git/config", "sub/.git/HEAD", "sub/__pycache__/x.pyc", "tmp/a", "keep.py", ".gitmodules"]
    ) put(project, path, "");
    put(project, ".modelopsignore", "tmp/\n");
    assert.deepEqual(filesOf(project), [".gitmodules", ".modelopsignore", "keep.py"]);
    const all = walk(project, loadIgnore(project), { includeIgnored: true });
    assert.deepEqual(all.files.map(({ path, ignoredBy }) => [path, ignoredBy?.pattern]), [
      [".gitmodules", undefined],
      [".modelopsignore", undefined],
      ["keep.py", undefined],
      ["tmp/a", "tmp/"],
    ]);
    assert.deepEqual(all.skipped, []);
  }));

Deno.test("an OCI layout in the project is left out whole, unless it is asked for with force", () =>
  inProject((project) => {
    for (const path of ["a.csv", "store/oci-layout", "store/index.json", "store/blobs/sha256/aa", "data/oci-layout/x"]) {
      put(project, path, "");
    }
    assert.deepEqual(filesOf(project), ["a.csv", "data/oci-layout/x"]);
    assert.match(skippedOf(project)["store"]!, /^is an OCI layout, .*--force/);
    assert.deepEqual(filesOf(project, { under: paths("store")[0]! }), []);
    assert.deepEqual(filesOf(project, { includeIgnored: true, under: paths("store")[0]! }), [
      "store/blobs/sha256/aa",
      "store/index.json",
      "store/oci-layout",
    ]);
  }));

Deno.test("scenario 2: a folder that is named is entered with force, whatever list it is on", () =>
  inProject((project) => {
    for (const path of ["build/a", "build/node_modules/x", "build/.git/x", "test.pyc", "tmp/x"]) put(project, path, "");
    assert.deepEqual(filesOf(project, { under: paths("build")[0]! }), []);
    assert.deepEqual(filesOf(project, { under: paths("build")[0]!, includeIgnored: true }), ["build/a"]);
    assert.deepEqual(filesOf(project, { under: paths("test.pyc")[0]! }), []);
    assert.deepEqual(filesOf(project, { under: paths("test.pyc")[0]!, includeIgnored: true }), ["test.pyc"]);
  }));

Deno.test("what is under something that does not exist, or behind a link, is a failure", () =>
  inProject((project) => {
    put(project, "real/x", "");
    link(project, "way", "real");
    assert.throws(() => filesOf(project, { under: paths("none/x")[0]! }), (error) => isFailure(error, "not-found"));
    assert.throws(() => filesOf(project, { under: paths("way/x")[0]! }), (error) =>
      isFailure(error, "usage") && error.message.includes("way"));
  }));

Deno.test("links to tracked-to-be files are found, all others are skipped with the reason", () =>
  inProject((project) => {
    put(project, "data/real.csv", "x");
    put(project, "run.log", "x");
    put(project, ".modelopsignore", "*.log\nhidden\n");
    link(project, "data/good", "real.csv");
    link(project, "up", "./data/../data/real.csv");
    link(project, "hidden", "/nowhere");
    const bad: Record<string, [string, RegExp]> = {
      absolute: [join(project.root, "data/real.csv"), /absolute/],
      out: ["../x", /out of the project/],
      dangling: ["none", /to nothing/],
      directory: ["data", /to a directory/],
      chain: ["up", /another link/],
      through: ["directory/real.csv", /through the link directory/],
      toignored: ["run.log", /ignored file/],
      local: [".modelops-bundle/state.json", /local state/],
      loop: ["loop", /another link/],
      control: ["a\nb", /cannot travel/],
    };
    for (const [name, [text]] of Object.entries(bad)) link(project, name, text);
    const found = walk(project, loadIgnore(project));
    assert.deepEqual(
      found.links,
      [
        { path: "data/good", text: "real.csv", target: "data/real.csv" },
        { path: "up", text: "./data/../data/real.csv", target: "data/real.csv" },
      ] as unknown as typeof found.links,
    );
    const skipped = skippedOf(project);
    assert.deepEqual(Object.keys(skipped).sort(), Object.keys(bad).sort());
    for (const [name, [, why]] of Object.entries(bad)) assert.match(skipped[name]!, why);
    assert.deepEqual(found.files.map(({ path }) => path), [".modelopsignore", "data/real.csv"]);
  }));

Deno.test(
  "names that no bundle can hold are skipped, and shown safely",
  { ignore: Deno.build.os !== "linux" },
  () =>
    inProject(async (project) => {
      put(project, "back\\slash", "");
      put(project, "new\nline", "");
      put(project, "esc\u001b[31m", "");
      put(project, "dir\\x/below", "");
      put(project, "ok\ufffd", "");
      const script = `import os; os.chdir(os.fsencode(${
        JSON.stringify(project.root)
      })); [open(b"bad" + bytes([n]), "w") for n in (254, 255)]; os.mkdir(b"folder\\xe9"); os.mkfifo("fifo")`;
      const python = await new Deno.Command("python3", { args: ["-c", script] }).output().catch(() => null);
      const skipped = skippedOf(project);
      assert.match(skipped["back\\slash"]!, /backslash/);
      assert.match(skipped['"new\\nline"']!, /newline/);
      assert.match(skipped['"esc\\u001b[31m"']!, /control character/);
      assert.match(skipped["dir\\x"]!, /backslash/);
      if (python?.success) {
        assert.match(skipped["fifo"]!, /no regular file/);
        for (const name of ["bad\\xff", "bad\\xfe", "folder\\xe9"]) assert.match(skipped[name]!, /UTF-8/);
      }
      assert.deepEqual(filesOf(project), ["ok\ufffd"]);
    }),
);

Deno.test(
  "a folder that may not be listed is named, and the rest is found",
  { ignore: Deno.build.os === "windows" || Deno.uid() === 0 },
  () =>
    inProject((project) => {
      put(project, "closed/a", "");
      put(project, "open/b", "");
      Deno.chmodSync(join(project.root, "closed"), 0o000);
      const skipped = skippedOf(project);
      const files = filesOf(project);
      Deno.chmodSync(join(project.root, "closed"), 0o755);
      assert.deepEqual([skipped, files], [{ closed: "cannot be listed: permission denied" }, ["open/b"]]);
    }),
);
