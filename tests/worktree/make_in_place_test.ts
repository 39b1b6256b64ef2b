/** Files that no rename brings to their folder, or that would bring another group there: made in it, and every crash finished. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { sourceOf } from "../../src/base/bytes.ts";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { hangEffectHook } from "../../src/base/effect.ts";
import { isFailure } from "../../src/base/failure.ts";
import type { FileContent } from "../../src/bundle/snapshot.ts";
import type { Edit } from "../../src/plan/edits.ts";
import { applyEdits } from "../../src/worktree/apply_edits.ts";
import type { Project } from "../../src/worktree/project.ts";
import { recover } from "../../src/worktree/recover.ts";
import { runUntil } from "../faults/effect_run.ts";
import { content, inProject, linkContent, paths, put, treeOf } from "./project_folder.ts";

const ONLY_UNIX = { ignore: Deno.build.os === "windows" };
const AFTER = [{ name: "state.json", text: "new state" }];

function write(path: string, wanted: FileContent, replaces: FileContent | null = null): Edit {
  return { kind: "write", path: path as BundlePath, content: wanted, replaces };
}

/** `d` and all in it exist but `d/sub`. */
function begin(project: Project): Edit[] {
  put(project, "d/replaced", "old");
  put(project, "d/program", "old", 0o755);
  put(project, "d/gone", "old");
  put(project, "beside", "old");
  return [
    { kind: "remove", path: "d/gone" as BundlePath, replaces: content("old") },
    write("d/replaced", content("new"), content("old")),
    write("d/program", content("run", true), content("old", true)),
    write("d/made", content("new")),
    write("d/sub/made", content("new")),
    write("d/link", linkContent("made", "new")),
    write("beside", content("new"), content("old")),
  ];
}

const OLD = { "d/replaced": "old", "d/program": "x old", "d/gone": "old", beside: "old" };
const NEW = {
  "d/replaced": "new",
  "d/program": "x run",
  "d/made": "new",
  "d/sub/made": "new",
  "d/link": "→ made",
  beside: "new",
};

async function apply(project: Project, edits: Edit[]): Promise<readonly BundlePath[]> {
  const blobs = new Map(["new", "run"].map((text) => [content(text).digest, new TextEncoder().encode(text)]));
  const { left } = await applyEdits(project, edits, {
    read: ({ digest }) => sourceOf(blobs.get(digest)!).open(),
    after: AFTER,
    parallel: 1,
    emit: () => {},
  });
  return left;
}

/** Every crash of a change in which `prepare` has made `d` a special folder ends as none, or as the change. */
async function crashesEverywhere(prepare: (folder: string) => Disposable): Promise<number> {
  let finished = 0;
  for (let n = 1, died = true; died; n++) {
    await inProject(async (project) => {
      Deno.mkdirSync(join(project.root, "d"));
      using _ = prepare(join(project.root, "d"));
      const edits = begin(project);
      ({ died } = await runUntil(n, () => apply(project, edits)));
      recover(project, () => {});
      const tree = treeOf(project);
      if (tree["beside"] === "new") finished++;
      assert.deepEqual(tree, tree["beside"] === "new" ? NEW : OLD, `died at ${n}`);
    });
  }
  return finished;
}

const setGroup = (folder: string): Disposable => {
  Deno.chmodSync(folder, 0o2775);
  return { [Symbol.dispose]: () => {} };
};

Deno.test(
  "files in a folder that sets their group are made in it: group, mode and access are those of a file made by hand",
  ONLY_UNIX,
  () =>
    inProject(async (project) => {
      Deno.mkdirSync(join(project.root, "d"));
      if (Deno.uid() === 0) Deno.chownSync(join(project.root, "d"), null, 12_345);
      setGroup(join(project.root, "d"));
      const edits = begin(project);
      assert.deepEqual(await apply(project, edits), []);
      assert.deepEqual(treeOf(project), NEW);
      put(project, "d/by-hand", "x");
      const like = ({ gid, mode }: Deno.FileInfo) => [gid, mode! & 0o666];
      for (const name of ["replaced", "program", "made", "sub/made"]) {
        assert.deepEqual(like(Deno.statSync(join(project.root, "d", name))), like(Deno.statSync(join(project.root, "d/by-hand"))), name);
      }
    }),
);

Deno.test(
  "a crash at any effect of making files in their folder is finished by the next command, and leaves no half behind",
  ONLY_UNIX,
  async () => {
    assert.ok(await crashesEverywhere(setGroup) > 10);
  },
);

for (
  const [manner, save] of Object.entries({
    "writes over it": (file: string) => Deno.writeTextFileSync(file, "saved"),
    "renames over it": (file: string) => {
      Deno.writeTextFileSync(`${file}~`, "saved");
      Deno.renameSync(`${file}~`, file);
    },
  })
) {
  Deno.test(`an editor that ${manner} while a file is made beside it keeps what it saved`, ONLY_UNIX, () =>
    inProject(async (project) => {
      Deno.mkdirSync(join(project.root, "d"));
      setGroup(join(project.root, "d"));
      const edits = begin(project);
      let opened = 0;
      const before = hangEffectHook((effect, perform) => {
        // Whether the folder can be written is tried first; the half is what comes then.
        if (effect.kind === "open" && /\/d\/\.mops-[^/]*$/.test(effect.on) && ++opened === 2) save(join(project.root, "d/replaced"));
        return perform();
      });
      let left: readonly BundlePath[];
      try {
        left = await apply(project, edits.filter(({ path }) => path === "d/replaced"));
      } finally {
        hangEffectHook(before);
      }
      assert.equal(opened, 2);
      assert.deepEqual([treeOf(project)["d/replaced"], left], ["saved", paths("d/replaced")]);
      assert.deepEqual([...Deno.readDirSync(join(project.root, "d"))].filter(({ name }) => name.startsWith(".mops")), []);
    }));
}

/** A mount over the folder; null where that is not for us. */
function mounted(folder: string, args: readonly string[]): Disposable | null {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return null;
  if (!new Deno.Command("mount", { args: [...args, folder], stderr: "null" }).outputSync().success) return null;
  return { [Symbol.dispose]: () => void new Deno.Command("umount", { args: ["-l", folder] }).outputSync() };
}

const tmpfs = (folder: string) => mounted(folder, ["-t", "tmpfs", "-o", "size=1m", "tmpfs"]);
/** The same file system, and yet no name can be moved into it. */
const bound = (folder: string) => mounted(folder, ["--bind", Deno.makeTempDirSync()]);

for (const [what, mount] of Object.entries({ "a tmpfs": tmpfs, "a bind mount": bound })) {
  const probe = Deno.makeTempDirSync();
  const may = Deno.build.os === "linux" ? mount(probe) : null;
  may?.[Symbol.dispose]();
  Deno.removeSync(probe);
  if (may === null) console.error(`SKIPPED: ${what} inside a project: this machine lets nobody mount one here (Linux and root are needed)`);
  Deno.test(
    `${what} inside the project takes part in a pull, and a crash at any effect is finished`,
    { ignore: may === null },
    async () => {
      assert.ok(await crashesEverywhere((folder) => mount(folder)!) > 10);
    },
  );

  Deno.test(`${what} that a pull empties stays, and the pull ends`, { ignore: may === null }, () =>
    inProject(async (project) => {
      Deno.mkdirSync(join(project.root, "d"));
      using _ = mount(join(project.root, "d"))!;
      begin(project);
      const edits = ["d/gone", "d/replaced"].map((path): Edit => ({
        kind: "remove",
        path: path as BundlePath,
        replaces: content("old"),
      }));
      Deno.removeSync(join(project.root, "d/program"));
      assert.deepEqual(await apply(project, edits), []);
      assert.deepEqual([...Deno.readDirSync(join(project.root, "d"))], []);
    }));

  Deno.test(
    `${what} in whose place the bundle has a file is told before anything is changed`,
    { ignore: may === null },
    () =>
      inProject(async (project) => {
        put(project, "beside", "old");
        Deno.mkdirSync(join(project.root, "d"));
        using _ = mount(join(project.root, "d"))!;
        const edits = [write("beside", content("new"), content("old")), write("d", content("new"))];
        await assert.rejects(apply(project, edits), (error) => {
          assert.ok(isFailure(error, "would-overwrite"));
          assert.match(error.message, /^d is a mount, .*; nothing was changed$/);
          assert.match(error.hint!, /^umount /);
          return true;
        });
        assert.equal(treeOf(project)["beside"], "old");
      }),
  );
}

{
  const elsewhere = Deno.makeTempFileSync();
  const probe = Deno.makeTempFileSync();
  const may = mounted(probe, ["--bind", elsewhere]);
  may?.[Symbol.dispose]();
  Deno.test(
    "a file that is a mount is told before anything is changed; its mode may change",
    { ignore: may === null },
    () =>
      inProject(async (project) => {
        const edits = begin(project);
        Deno.writeTextFileSync(elsewhere, "old");
        using _ = mounted(join(project.root, "d/replaced"), ["--bind", elsewhere])!;
        await assert.rejects(apply(project, edits), (error) => isFailure(error, "would-overwrite"));
        assert.deepEqual(treeOf(project), OLD);
        await apply(project, [write("d/replaced", content("old", true), content("old"))]);
        assert.equal(treeOf(project)["d/replaced"], "x old");
      }),
  );
}
