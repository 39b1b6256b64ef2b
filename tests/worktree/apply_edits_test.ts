/** Changing the folder: all or nothing, nothing of the user lost, every crash finished. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { sourceOf } from "../../src/base/bytes.ts";
import { hangEffectHook } from "../../src/base/effect.ts";
import { isFailure } from "../../src/base/failure.ts";
import type { Edit } from "../../src/plan/edits.ts";
import { applyEdits, type ApplyOptions } from "../../src/worktree/apply_edits.ts";
import type { Project } from "../../src/worktree/project.ts";
import { recover } from "../../src/worktree/recover.ts";
import { holding, options, remove, silent, write } from "./edits.ts";
import { content, inProject, link, linkContent, listening, paths, put, treeOf } from "./project_folder.ts";

/** Names in `.modelops-bundle`, sorted. */
function localNames(project: Project): string[] {
  return [...Deno.readDirSync(join(project.root, ".modelops-bundle"))].map(({ name }) => name).sort();
}

Deno.test("files are written, replaced and removed, and local state becomes true with them", () =>
  inProject(async (project) => {
    put(project, "old.txt", "old");
    put(project, "data/gone.csv", "gone");
    const { written, removed } = await applyEdits(project, [
      remove("data/gone.csv", content("gone")),
      write("old.txt", content("new"), content("old")),
      write("deep/er/x.sh", content("run", true)),
      write("link", linkContent("old.txt", "new")),
    ], options(holding("new", "run").read, { after: [{ name: "state.json", text: "{}" }] }));
    assert.deepEqual(treeOf(project), { "deep/er/x.sh": "x run", link: "→ old.txt", "old.txt": "new" });
    assert.deepEqual([written, removed], [paths("old.txt", "deep/er/x.sh", "link"), paths("data/gone.csv")]);
    assert.deepEqual(localNames(project), ["state.json"]);
  }));

Deno.test("each digest is fetched once, and not at all when only the mode changes or a file moves", () =>
  inProject(async (project) => {
    put(project, "mode.sh", "same", 0o644);
    put(project, "from", "moved");
    const remote = holding("twice", "same", "moved");
    await applyEdits(project, [
      write("a", content("twice")),
      write("b.sh", content("twice", true)),
      write("mode.sh", content("same", true), content("same")),
      remove("from", content("moved")),
      write("to", content("moved")),
    ], options(remote.read));
    assert.deepEqual(treeOf(project), { a: "twice", "b.sh": "x twice", "mode.sh": "x same", to: "moved" });
    assert.deepEqual(remote.asked, [content("twice").digest]);
  }));

Deno.test("a file becomes a folder, and a folder a file", () =>
  inProject(async (project) => {
    put(project, "a", "file");
    put(project, "b/c", "below");
    put(project, "b/d/e", "below too");
    Deno.mkdirSync(join(project.root, "b/empty"));
    const edits = [
      remove("a", content("file")),
      remove("b/c", content("below")),
      remove("b/d/e", content("below too")),
      write("a/x", content("one")),
      write("b", content("two")),
    ];
    await applyEdits(project, edits, options(holding("one", "two").read));
    assert.deepEqual(treeOf(project), { "a/x": "one", b: "two" });
  }));

Deno.test("a folder goes with its last file; one with something else in it stays", () =>
  inProject(async (project) => {
    put(project, "a/b/c", "x");
    put(project, "k/mine", "mine");
    put(project, "k/theirs", "x");
    await applyEdits(project, [remove("a/b/c", content("x")), remove("k/theirs", content("x"))], options(holding().read));
    assert.deepEqual(treeOf(project), { "k/mine": "mine" });
  }));

Deno.test("what the plan did not see is never replaced", () =>
  inProject(async (project) => {
    put(project, "a", "mine");
    put(project, "dir/mine", "mine");
    put(project, "file", "mine");
    put(project, "elsewhere/x", "mine");
    link(project, "out", "elsewhere");
    link(project, "l", "a");
    const before = treeOf(project);
    const cases: [Edit, "would-overwrite" | "changed-underneath", RegExp][] = [
      [write("a", content("new")), "would-overwrite", /^a exists/],
      [write("l", content("new")), "would-overwrite", /^l exists/],
      [write("dir", content("new")), "would-overwrite", /^dir\/mine stands in dir\//],
      [write("file/below", content("new")), "would-overwrite", /^file is a file/],
      [write("out/x", content("new")), "would-overwrite", /^out is a link/],
      [write("out/x", content("new"), content("mine")), "would-overwrite", /^out is a link/],
      [write("a", content("new"), content("else")), "changed-underneath", /^a changed/],
      [write("a", content("new"), content("five!")), "changed-underneath", /^a changed/],
      [write("none", content("new"), content("else")), "changed-underneath", /^none changed/],
      [write("a", content("new"), linkContent("a", "mine")), "changed-underneath", /^a changed/],
      [write("l", content("new"), content("mine")), "changed-underneath", /^l changed/],
      [write("l", content("new"), linkContent("b", "mine")), "changed-underneath", /^l changed/],
      [remove("a", content("else")), "changed-underneath", /^a changed/],
    ];
    for (const [edit, code, message] of cases) {
      const apply = applyEdits(project, [write("fine", content("new")), edit], options(holding("new").read));
      await assert.rejects(apply, (error) => isFailure(error, code) && message.test(error.message) && Array.isArray(error.facts.paths));
      assert.deepEqual(treeOf(project), before);
      assert.deepEqual(localNames(project), ["staging"], "what was fetched waits for the next try");
    }
  }));

Deno.test("what is gone already needs no removing, and a link is replaced itself", () =>
  inProject(async (project) => {
    link(project, "l", "target");
    put(project, "target", "kept");
    const { removed } = await applyEdits(project, [
      remove("none", content("x")),
      remove("no/such/folder", content("x")),
      write("l", content("file"), linkContent("target", "kept")),
    ], options(holding("file").read));
    assert.deepEqual(treeOf(project), { l: "file", target: "kept" });
    assert.deepEqual(removed, []);
  }));

Deno.test("scenario 37: a failed or corrupt download leaves the folder as it was", () =>
  inProject(async (project) => {
    put(project, "a", "old");
    const edits = [write("a", content("new"), content("old")), write("b", content("two"))];
    const lying: ApplyOptions["read"] = () => sourceOf(new TextEncoder().encode("not")).open();
    await assert.rejects(applyEdits(project, edits, options(lying)), (error) => isFailure(error, "corrupt"));
    const broken: ApplyOptions["read"] = () => Promise.reject(new TypeError("a bug"));
    await assert.rejects(applyEdits(project, edits, options(broken)), TypeError);
    const stop = new AbortController();
    const hanging: ApplyOptions["read"] = () => {
      setTimeout(() => stop.abort(), 5);
      return Promise.resolve(new ReadableStream({ pull: () => new Promise(() => {}) }));
    };
    await assert.rejects(applyEdits(project, edits, options(hanging, { signal: stop.signal })), (error) => isFailure(error, "interrupted"));
    assert.deepEqual(treeOf(project), { a: "old" });
    assert.deepEqual(localNames(project).filter((name) => name !== "staging"), []);
  }));

Deno.test("a file that changes between the check and the change is left alone and named", () =>
  inProject(async (project) => {
    put(project, "a", "old");
    put(project, "b", "old");
    put(project, "c", "old");
    const { emit, warnings } = listening();
    const step = (name: string) => {
      if (name === "write the journal") {
        put(project, "a", "edited");
        put(project, "n", "made");
        put(project, "c", "edited");
      }
    };
    const { left } = await applyEdits(project, [
      remove("c", content("old")),
      write("a", content("new"), content("old")),
      write("b", content("new"), content("old")),
      write("n", content("new")),
    ], options(holding("new").read, { step, emit }));
    assert.deepEqual(treeOf(project), { a: "edited", b: "new", c: "edited", n: "made" });
    assert.deepEqual(left, paths("c", "a", "n"));
    assert.equal(warnings().length, 3);
  }));

/** How editors save. */
const SAVES: Readonly<Record<string, (file: string) => () => void>> = {
  "writes over it": (file) => () => Deno.writeTextFileSync(file, "saved"),
  "renames over it": (file) => () => {
    Deno.writeTextFileSync(`${file}~`, "saved");
    Deno.renameSync(`${file}~`, file);
  },
  "appends to it": (file) => () => Deno.writeTextFileSync(file, "saved", { append: true }),
  "had it open": (file) => {
    const open = Deno.openSync(file, { read: true, write: true, create: true });
    return () => {
      open.truncateSync(0);
      open.writeSync(new TextEncoder().encode("saved"));
      open.close();
    };
  },
};

for (const [manner, begin] of Object.entries(SAVES)) {
  for (const when of ["place a", "place z", "remove a"] as const) {
    if (manner === "renames over it" && when === "place z") continue; // then it simply lies there: it replaced what the pull brought
    Deno.test(`an editor that ${manner} in the very moment of "${when}" keeps what it saved`, () =>
      inProject(async (project) => {
        put(project, "a", "old");
        put(project, "z", "old");
        const save = begin(join(project.root, "a"));
        const { emit, warnings } = listening();
        const edits = when === "remove a"
          ? [remove("a", content("old")), write("z", content("new"), content("old"))]
          : [write("a", content("new"), content("old")), write("z", content("new"), content("old"))];
        const step = (name: string) => {
          // At "place z" the new a is there already: who has the old one open still writes to that.
          if (name === when && (when !== "place z" || manner === "had it open")) save();
          if (name === "remove the journal" && when === "place z" && manner !== "had it open") save();
        };
        const { left } = await applyEdits(project, edits, options(holding("new").read, { step, emit, after: STATE }));
        const isAfter = when === "place z" && manner !== "had it open";
        assert.deepEqual(treeOf(project), {
          a: isAfter && manner === "appends to it" ? "newsaved" : manner === "appends to it" ? "oldsaved" : "saved",
          z: "new",
        });
        if (isAfter) return assert.deepEqual(left, []);
        assert.deepEqual(left, paths("a"));
        assert.equal(warnings().length, 1);
        assert.equal(recover(project, silent), "nothing");
      }));
  }
}

for (const [manner, begin] of Object.entries(SAVES)) {
  if (manner === "had it open") continue; // and may write to a file that nobody can see any more, long after the pull
  Deno.test(
    `an editor that ${manner} between any two effects of a pull keeps what it saved`,
    { ignore: Deno.build.os !== "linux" }, // elsewhere no call exchanges two names
    async () => {
      const moments: string[] = [];
      for (let n = 0; moments.length === n; n++) {
        await inProject(async (project) => {
          put(project, "a", "old");
          put(project, "gone", "old");
          const saves = [begin(join(project.root, "a")), begin(join(project.root, "gone"))];
          let effects = 0;
          const before = hangEffectHook((effect, perform) => {
            if (effects++ === n) {
              moments.push(`${effect.kind} ${effect.on.slice(project.root.length)}`);
              const hung = hangEffectHook(null);
              saves.forEach((save) => save());
              hangEffectHook(hung);
            }
            return perform();
          });
          try {
            const edits = [remove("gone", content("old")), write("a", content("new"), content("old"))];
            await applyEdits(project, edits, options(holding("new").read, { after: STATE })).catch((error) => {
              if (!isFailure(error)) throw error;
            });
          } finally {
            hangEffectHook(before);
          }
          const saved = manner === "appends to it" ? /^(old|new)?saved$/ : /^saved$/;
          if (moments.length > n) {
            for (const name of ["a", "gone"]) assert.match(treeOf(project)[name] ?? "", saved, `${name} at ${n}: ${moments[n]}`);
          }
        });
      }
      assert.ok(moments.length > 10);
    },
  );
}

Deno.test("a file that is made in the very moment when one is placed there stays", () =>
  inProject(async (project) => {
    const step = (name: string) => name === "place n" ? put(project, "n", "made") : undefined;
    const { left } = await applyEdits(project, [write("n", content("new"))], options(holding("new").read, { step }));
    assert.deepEqual([treeOf(project), left], [{ n: "made" }, paths("n")]);
  }));

Deno.test(
  "a folder that takes no files is told before anything moves",
  { ignore: Deno.build.os === "windows" || Deno.uid() === 0 },
  () =>
    inProject(async (project) => {
      put(project, "a", "old");
      put(project, "closed/b", "old");
      Deno.chmodSync(join(project.root, "closed"), 0o555);
      const edits = [write("a", content("new"), content("old")), write("closed/c", content("new"))];
      await assert.rejects(applyEdits(project, edits, options(holding("new").read)), (error) => isFailure(error, "not-ready"));
      assert.deepEqual(treeOf(project), { a: "old", "closed/b": "old" });
      Deno.chmodSync(join(project.root, "closed"), 0o755);
    }),
);

Deno.test(
  "modes come from the umask, execution from the content",
  { ignore: Deno.build.os === "windows" },
  () =>
    inProject(async (project) => {
      const before = Deno.umask(0o002);
      try {
        const edits = [write("a", content("one")), write("b", content("two", true)), write("c", content("one", true))];
        await applyEdits(project, edits, options(holding("one", "two").read));
      } finally {
        Deno.umask(before);
      }
      assert.deepEqual(["a", "b", "c"].map((name) => Deno.statSync(join(project.root, name)).mode! & 0o777), [0o664, 0o775, 0o775]);
    }),
);

/** A change with every kind of step in it. */
function everything(project: Project): Edit[] {
  put(project, "same", "same");
  put(project, "mode.sh", "mode", 0o644);
  put(project, "replaced", "old");
  put(project, "turns", "into a folder");
  put(project, "folder/a", "one");
  put(project, "folder/b/c", "two");
  put(project, "gone/deep/x", "gone");
  put(project, "moved/from", "moved");
  link(project, "link", "same");
  return [
    remove("turns", content("into a folder")),
    remove("folder/a", content("one")),
    remove("folder/b/c", content("two")),
    remove("gone/deep/x", content("gone")),
    remove("moved/from", content("moved")),
    write("replaced", content("new"), content("old")),
    write("mode.sh", content("mode", true), content("mode")),
    write("turns/x/y", content("new")),
    write("folder", content("a file now")),
    write("moved/to", content("moved")),
    write("link", linkContent("replaced", "new"), linkContent("same", "same")),
    write("l/2", linkContent("../same", "same")),
    write("fresh/b", content("moved", true)),
    write("fresh/deep/c", content("new")),
    write("fresh/link", linkContent("b", "moved")),
    write(".modelops-bundle/registry.yaml", content("models: {}")),
  ];
}

const GOAL = {
  folder: "a file now",
  "fresh/b": "x moved",
  "fresh/deep/c": "new",
  "fresh/link": "→ b",
  "l/2": "→ ../same",
  link: "→ replaced",
  "mode.sh": "x mode",
  "moved/to": "moved",
  replaced: "new",
  same: "same",
  "turns/x/y": "new",
};
const STATE = [{ name: "state.json", text: "new state" }, { name: "tracked.txt", text: "new list" }];
const remoteTexts = ["new", "a file now", "moved", "models: {}", "mode"];

class Crash extends Error {}

/** A process that dies at its n-th change to the disk; nothing it does afterwards happens. */
function dyingAt(n: number, count = { steps: 0 }): (name: string) => void {
  return () => {
    if (++count.steps >= n) throw new Crash();
  };
}

/** Runs the change, dying at step n; says whether it died. */
async function applyUntil(project: Project, edits: Edit[], n: number): Promise<boolean> {
  try {
    await applyEdits(project, edits, options(holding(...remoteTexts).read, { after: STATE, step: dyingAt(n), parallel: 1 }));
    return false;
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    return true;
  }
}

function isDone(project: Project): void {
  assert.deepEqual(treeOf(project), GOAL);
  assert.deepEqual(localNames(project), ["registry.yaml", "state.json", "tracked.txt"]);
  assert.equal(Deno.readTextFileSync(join(project.root, ".modelops-bundle/state.json")), "new state");
}

Deno.test("a crash at any step is finished by the next command, or leaves everything as it was", async () => {
  let finished = 0;
  let untouched = 0;
  for (let n = 1, died = true; died; n++) {
    await inProject(async (project) => {
      const edits = everything(project);
      const before = treeOf(project);
      died = await applyUntil(project, edits, n);
      const outcome = recover(project, silent);
      if (!died || outcome === "finished") {
        isDone(project);
        finished++;
      } else if (Deno.lstatSync(join(project.root, "replaced")).size === 3 && localNames(project).every((name) => name === "staging")) {
        assert.deepEqual(treeOf(project), before);
        untouched++;
      } else isDone(project); // died while clearing up
      assert.equal(recover(project, silent), "nothing");
    });
  }
  assert.ok(finished > 15 && untouched > 5, `${finished} finished, ${untouched} untouched`);
});

Deno.test("a recovery that crashes at any step is finished by the next one", async () => {
  await inProject(async (first) => {
    // How many steps lead to the journal, and how many there are in all.
    const names: string[] = [];
    await applyEdits(
      first,
      everything(first),
      options(holding(...remoteTexts).read, { after: STATE, parallel: 1, step: (name) => names.push(name) }),
    );
    const journal = names.indexOf("write the journal") + 1;
    for (let n = journal + 1; n <= names.length; n += 4) {
      for (let m = 1, died = true; died; m++) {
        await inProject(async (project) => {
          assert.equal(await applyUntil(project, everything(project), n), true);
          try {
            recover(project, silent, { step: dyingAt(m) });
            died = false;
          } catch (error) {
            if (!(error instanceof Crash)) throw error;
          }
          recover(project, silent);
          isDone(project);
        });
      }
    }
  });
});

Deno.test("what the user changed after a crash stays, and the rest is finished", async () => {
  const users: Record<string, (project: Project) => void> = {
    "edits a file to be replaced": (project) => put(project, "replaced", "mine"),
    "edits a file to be removed": (project) => put(project, "gone/deep/x", "mine"),
    "makes a file where one will be placed": (project) => put(project, "moved/to", "mine"),
    "makes a folder where a file will be": (project) => put(project, "l/2/mine", "mine"),
    "makes a link where a folder will be": (project) => {
      put(project, "elsewhere/z", "mine");
      link(project, "l", "elsewhere");
    },
  };
  for (const [what, change] of Object.entries(users)) {
    for (let n = 1, died = true; died; n++) {
      await inProject(async (project) => {
        const edits = everything(project);
        died = await applyUntil(project, edits, n);
        if (!died) return;
        let mine: string[];
        try {
          const before = new Set(Object.values(treeOf(project)));
          change(project);
          mine = Object.values(treeOf(project)).filter((text) => !before.has(text));
        } catch (error) {
          if (
            error instanceof Deno.errors.NotFound || error instanceof Deno.errors.AlreadyExists ||
            error instanceof Deno.errors.NotADirectory
          ) return;
          if (error instanceof Deno.errors.IsADirectory) return;
          throw error; // else the user cannot do this at this moment
        }
        recover(project, silent);
        const after = Object.values(treeOf(project));
        for (const text of mine) assert.ok(after.includes(text), `${what}, crash at ${n}: ${text} is lost`);
        assert.equal(recover(project, silent), "nothing");
      });
    }
  }
});

Deno.test("a staged file that the crash damaged is not put in place", () =>
  inProject(async (project) => {
    put(project, "a", "old");
    const names: string[] = [];
    const edits = [write("a", content("new"), content("old"))];
    await assert.rejects(
      applyEdits(
        project,
        edits,
        options(holding("new").read, {
          step: (name) => {
            names.push(name);
            if (names.includes("write the journal") && name !== "write the journal") throw new Crash();
          },
        }),
      ),
      Crash,
    );
    const staging = join(project.root, ".modelops-bundle/staging");
    const [run] = [...Deno.readDirSync(staging)];
    Deno.writeTextFileSync(join(staging, run!.name, "0"), "\0\0\0"); // what a power cut leaves
    const { emit, warnings } = listening();
    assert.equal(recover(project, emit), "finished");
    assert.deepEqual(treeOf(project), { a: "old" });
    assert.equal(warnings().length, 1);
  }));

Deno.test("a damaged journal is a failure that says how to go on", () =>
  inProject((project) => {
    for (const text of ["", "{", '{"version":1}', '{"version":1,"staging":"../..","steps":[],"after":[]}']) {
      put(project, ".modelops-bundle/journal.json", text);
      assert.throws(() => recover(project, silent), (error) => isFailure(error, "invalid") && error.hint!.startsWith("mv "));
    }
    put(project, ".modelops-bundle/journal.json", '{"version":4}');
    assert.throws(() => recover(project, silent), (error) => isFailure(error, "unsupported"));
  }));

const anyTree = fc.uniqueArray(
  fc.record({
    path: fc.constantFrom("a", "b", "c", "d/e", "d/f", "g/h/i", "g/h/j", "a/x", "b/y/z"),
    text: fc.constantFrom("one", "two", "three"),
    executable: fc.boolean(),
  }),
  { selector: ({ path }) => path, maxLength: 7 },
).map((files) => {
  const tree = new Map(files.map(({ path, text, executable }) => [path, content(text, executable)]));
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  // A path cannot be a file and a folder.
  for (const path of tree.keys()) if ([...tree.keys()].some((other) => other.startsWith(`${path}/`))) tree.delete(path);
  return { tree, texts };
});

Deno.test("law: from any tree to any other, and after a crash anywhere too", async () => {
  await fc.assert(
    fc.asyncProperty(anyTree, anyTree, fc.integer({ min: 1, max: 60 }), async (from, to, n) => {
      await inProject(async (project) => {
        for (const [path, { executable }] of from.tree) put(project, path, from.texts.get(path)!, executable ? 0o755 : 0o644);
        const edits: Edit[] = [];
        for (const [path, was] of from.tree) if (!to.tree.has(path)) edits.push(remove(path, was));
        for (const [path, wanted] of to.tree) edits.push(write(path, wanted, from.tree.get(path) ?? null));
        const before = treeOf(project);
        const read = holding("one", "two", "three").read;
        try {
          await applyEdits(project, edits, options(read, { step: dyingAt(n) }));
        } catch (error) {
          if (!(error instanceof Crash)) throw error;
          if (recover(project, silent) === "nothing" && JSON.stringify(before) === JSON.stringify(treeOf(project))) {
            await applyEdits(project, edits, options(read));
          }
        }
        const goal = [...to.tree].map(([path, { executable }]) => [path, (executable ? "x " : "") + to.texts.get(path)]);
        assert.deepEqual(treeOf(project), Object.fromEntries(goal));
      });
    }),
    { numRuns: 150 },
  );
});

Deno.test("local state does not say that a change was made of which a path was left: neither at once nor after a crash", async () => {
  for (const crashes of [false, true]) {
    await inProject(async (project) => {
      put(project, "a", "old");
      put(project, "b", "old");
      put(project, ".modelops-bundle/state.json", "old state");
      const step = (name: string) => {
        if (crashes && name.startsWith("place")) throw new Crash();
        if (!crashes && name === "write the journal") put(project, "a", "mine");
      };
      const edits = [write("a", content("new"), content("old")), write("b", content("new"), content("old"))];
      const applied = await applyEdits(project, edits, options(holding("new").read, { after: STATE, step })).catch((error) => {
        if (!(error instanceof Crash)) throw error;
      });
      if (crashes) {
        put(project, "a", "mine");
        recover(project, silent);
      } else assert.equal(applied!.stateMoved, false);
      assert.deepEqual(treeOf(project), { a: "mine", b: "new" });
      assert.deepEqual(localNames(project), ["state.json"]);
      assert.equal(Deno.readTextFileSync(join(project.root, ".modelops-bundle/state.json")), "old state");
      assert.equal(recover(project, silent), "nothing");
    });
  }
});
