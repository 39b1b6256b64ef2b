/** Folders that arrive whole: by one rename, and never over anything. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Effect, hangEffectHook } from "../../src/base/effect.ts";
import { isFailure } from "../../src/base/failure.ts";
import { withCheck } from "../../src/base/checked_text.ts";
import { defaultAccessList } from "../../src/disk/default_access_list.ts";
import { applyEdits } from "../../src/worktree/apply_edits.ts";
import type { Project } from "../../src/worktree/project.ts";
import { recover } from "../../src/worktree/recover.ts";
import { holding, options, silent, write } from "./edits.ts";
import { content, inProject, link, linkContent, listening, paths, put, treeOf } from "./project_folder.ts";

/** Names of what was renamed, from the project root. */
async function renamesOf(project: Project, work: () => Promise<unknown>): Promise<string[]> {
  const effects: Effect[] = [];
  const before = hangEffectHook((effect, perform) => (effects.push(effect), perform()));
  try {
    await work();
  } finally {
    hangEffectHook(before);
  }
  return effects.filter(({ kind, to }) => kind === "rename" && !to!.includes(".modelops-bundle")).map(({ to }) =>
    to!.slice(project.root.length + 1)
  );
}

const THREE = [write("n/a", content("one")), write("n/deep/b", content("two", true)), write("n/deep/er/c", content("one"))];
const THREE_THERE = { "n/a": "one", "n/deep/b": "x two", "n/deep/er/c": "one" };

Deno.test("a folder that is not there yet arrives by one rename; links in it, and files of folders that are there, by their own", () =>
  inProject(async (project) => {
    put(project, "here/mine", "mine");
    const edits = [
      ...THREE,
      write("n/deep/l", linkContent("b", "two")),
      write("here/x", content("one")),
      write("here/sub/y", content("two")),
    ];
    const renames = await renamesOf(project, () => applyEdits(project, edits, options(holding("one", "two").read)));
    assert.deepEqual(treeOf(project), {
      ...THREE_THERE,
      "n/deep/l": "→ b",
      "here/mine": "mine",
      "here/x": "one",
      "here/sub/y": "two",
    });
    assert.deepEqual(renames, ["n", "n/deep/l", "here/x", "here/sub"]);
  }));

const MEANWHILE: Readonly<
  Record<string, { make(project: Project): void; tree: Record<string, string>; left: readonly string[] }>
> = {
  "an empty folder": { make: (project) => Deno.mkdirSync(join(project.root, "n")), tree: THREE_THERE, left: [] },
  "a folder with a file of theirs": {
    make: (project) => put(project, "n/mine", "mine"),
    tree: { ...THREE_THERE, "n/mine": "mine" },
    left: [],
  },
  "a folder with a file at a path of ours": {
    make: (project) => put(project, "n/deep/b", "mine"),
    tree: { ...THREE_THERE, "n/deep/b": "mine" },
    left: ["n/deep/b"],
  },
  "a file": { make: (project) => put(project, "n", "mine"), tree: { n: "mine" }, left: ["n/a", "n/deep/b", "n/deep/er/c"] },
  "a link to a folder": {
    make(project) {
      put(project, "elsewhere/x", "mine");
      link(project, "n", "elsewhere");
    },
    tree: { n: "→ elsewhere", "elsewhere/x": "mine" },
    left: ["n/a", "n/deep/b", "n/deep/er/c"],
  },
};

for (const [what, { make, tree, left }] of Object.entries(MEANWHILE)) {
  for (const moment of ["write the journal", "place n"]) {
    Deno.test(`${what} that is made in its place at "${moment}" stays as it is`, () =>
      inProject(async (project) => {
        const { emit } = listening();
        const step = (name: string) => name === moment ? make(project) : undefined;
        const applied = await applyEdits(project, THREE, options(holding("one", "two").read, { step, emit }));
        assert.deepEqual(treeOf(project), tree);
        assert.deepEqual(applied.left, paths(...left));
        assert.equal(recover(project, silent), "nothing");
      }));
  }
}

Deno.test("what a killed pull had staged for a new folder is not fetched again, halves are", () =>
  inProject(async (project) => {
    const dying = options(holding("one", "two").read, {
      step(name) {
        if (name === "write the journal") throw new TypeError("killed");
      },
    });
    const kept = join(project.root, ".modelops-bundle/staging/earlier");
    await assert.rejects(
      applyEdits(project, THREE, {
        ...dying,
        step(name) {
          if (name !== "write the journal") return;
          const staging = join(project.root, ".modelops-bundle/staging");
          const [run] = [...Deno.readDirSync(staging)];
          Deno.renameSync(join(staging, run!.name), `${staging}-aside`);
          throw new TypeError("killed");
        },
      }),
      TypeError,
    );
    Deno.mkdirSync(join(kept, ".."), { recursive: true });
    Deno.renameSync(join(project.root, ".modelops-bundle/staging-aside"), kept);
    Deno.writeTextFileSync(join(kept, "new-0/deep/b"), "tw");
    const remote = holding("one", "two");
    await applyEdits(project, THREE, options(remote.read));
    assert.deepEqual(treeOf(project), THREE_THERE);
    assert.deepEqual(remote.asked, [content("two").digest]);
  }));

Deno.test("a crash after the journal: files of a new folder are hashed and placed one by one; a damaged one is left out", () =>
  inProject(async (project) => {
    const step = (name: string) => {
      if (name === "place n") throw new TypeError("killed");
    };
    await assert.rejects(applyEdits(project, THREE, options(holding("one", "two").read, { step })), TypeError);
    const staging = join(project.root, ".modelops-bundle/staging");
    const [run] = [...Deno.readDirSync(staging)];
    Deno.writeTextFileSync(join(staging, run!.name, "new-0/deep/b"), "TWO");
    const { emit, warnings } = listening();
    assert.equal(recover(project, emit), "finished");
    assert.deepEqual(treeOf(project), { "n/a": "one", "n/deep/er/c": "one" });
    assert.equal(warnings().length, 1);
  }));

Deno.test("a journal of version 2, which knew no new folders, is finished; one whose staged path leads elsewhere is refused", () =>
  inProject((project) => {
    const { digest, size } = content("one");
    const journal = (version: number, staged: string) =>
      withCheck(JSON.stringify({
        version,
        staging: "run",
        steps: [{ kind: "place", path: "n/a", staged, content: { digest, size }, was: null }],
        after: [],
      }));
    put(project, ".modelops-bundle/staging/run/0", "one");
    put(project, "secret/a", "one");
    for (const staged of ["../../../secret/a", "new-0/../../../../secret/a", "new-0/b", "old-0/a", "new-0/", "new-0//a", "/n/a"]) {
      put(project, ".modelops-bundle/journal.json", journal(3, staged));
      assert.throws(() => recover(project, silent), (error) => isFailure(error, "invalid"), staged);
    }
    put(project, ".modelops-bundle/journal.json", journal(2, "0"));
    assert.equal(recover(project, silent), "finished");
    assert.deepEqual(treeOf(project), { "n/a": "one", "secret/a": "one" });
  }));

Deno.test("a path that is too long for a longer one beside it goes by a number", () =>
  inProject(async (project) => {
    const long = Array.from({ length: 10 }, () => "d".repeat(40)).join("/");
    const edits = [write("n/a", content("one")), write(`n/${long}/b`, content("two"))];
    const renames = await renamesOf(project, () => applyEdits(project, edits, options(holding("one", "two").read)));
    assert.deepEqual(treeOf(project), { "n/a": "one", [`n/${long}/b`]: "two" });
    assert.deepEqual(renames, ["n", `n/${long}/b`]);
  }));

Deno.test(
  "a new folder has the group and the access list that the folder around it hands on",
  { ignore: Deno.build.os !== "linux" },
  () =>
    inProject(async (project) => {
      for (const name of ["shared", "listed", "plain"]) Deno.mkdirSync(join(project.root, name));
      Deno.chmodSync(join(project.root, "shared"), 0o2775);
      const isListed = setDefaultList(join(project.root, "listed"));
      assert.equal(defaultAccessList(join(project.root, "plain")), "");
      assert.equal(defaultAccessList(join(project.root, "listed")) !== "", isListed);
      const edits = ["shared", "listed", "plain"].map((name) => write(`${name}/n/a`, content("one")));
      const renames = await renamesOf(project, () => applyEdits(project, edits, options(holding("one").read)));
      assert.equal(Deno.statSync(join(project.root, "shared/n")).mode! & 0o2000, 0o2000);
      assert.equal(defaultAccessList(join(project.root, "listed/n")) !== "", isListed);
      assert.deepEqual(renames, ["shared/n/a", isListed ? "listed/n/a" : "listed/n", "plain/n"]);
    }),
);

/** user::rwx, group::rwx, other::r-x, as the kernel keeps them. false: this file system has no such lists. */
function setDefaultList(folder: string): boolean {
  const entry = (tag: number, permissions: number) => [tag, 0, permissions, 0, 255, 255, 255, 255];
  const list = new Uint8Array([2, 0, 0, 0, ...entry(1, 7), ...entry(4, 7), ...entry(0x20, 5)]);
  const library = Deno.dlopen("libc.so.6", {
    setxattr: { parameters: ["buffer", "buffer", "buffer", "usize", "i32"], result: "i32" },
  });
  const encoder = new TextEncoder();
  const [path, name] = [`${folder}\0`, "system.posix_acl_default\0"].map((text) => encoder.encode(text));
  try {
    return library.symbols.setxattr(path!, name!, list, BigInt(list.byteLength), 0) === 0;
  } finally {
    library.close();
  }
}
