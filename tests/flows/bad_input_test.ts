/** Bad input, line by line: each time a clear error that names the thing and says how to go on, and nothing lost. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { digestOf } from "../../src/base/digest.ts";
import { shellWord } from "../../src/base/shell_word.ts";
import { Failure, type FailureCode } from "../../src/base/failure.ts";
import { parse } from "../../src/cli/parse.ts";
import { type Branch, BUNDLE_TREE, isBranch, TREE } from "../../src/cli/command_tree.ts";
import { EMPTY_MODEL_REGISTRY } from "../../src/models/model_registry.ts";
import { stampOf } from "../../src/disk/file_stamp.ts";
import { add } from "../../src/flows/add.ts";
import { writeSections } from "../../src/worktree/checked_sections.ts";
import { LOCAL_NAMES, metaPath, type Project } from "../../src/worktree/project.ts";
import { encodeStamps } from "../../src/worktree/stamp_table.ts";
import { HandLayout, type Twist } from "../support/hand_layout.ts";
import { Desk, tree } from "../support/program.ts";
import { fails, hooked, isThere, listing, Site, textOf, warningsOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";

// --- names ---

const UNLAWFUL: readonly (readonly [name: string, says: RegExp])[] = [
  ["back\\slash.txt", /contains a backslash/],
  ["bell\u0007.txt", /contains a control character/],
  ["new\nline.txt", /contains a newline/],
  ["tab\there.txt", /contains a control character/],
];

Deno.test("names that cannot travel are refused by name, and left out of a walk with a warning", async () => {
  using site = new Site();
  const project = await site.project("ann", { "good.txt": "g\n" });
  for (const [name] of UNLAWFUL) Deno.writeTextFileSync(join(project.root, name), "x");
  const before = listing(project.root);
  for (const [name, says] of UNLAWFUL) {
    const failure = await fails(site.add(project, "good.txt", name), "usage", JSON.stringify(name), says);
    assert.match(failure.hint!, /rename/);
  }
  const walked = await site.add(project, ".");
  assert.deepEqual([walked.added, walked.skipped.length], [[], UNLAWFUL.length]);
  const { "": _a, ".modelops-bundle": _b, ...after } = listing(project.root);
  const { "": _c, ".modelops-bundle": _d, ...was } = before;
  assert.deepEqual(after, was);
  await fails(site.move(project, "good.txt", "bad\nname"), "usage", "newline");
  assert.ok(isThere(project, "good.txt"));
});

Deno.test("paths that leave the project, by .. or from the root, are refused by every command that takes paths", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  Deno.writeTextFileSync(join(site.place, "outside.txt"), "o\n");
  for (const path of ["../outside.txt", "/etc/hostname", "models/../../outside.txt", join(site.place, "outside.txt")]) {
    await fails(site.add(project, path), "usage", path, "outside the project");
    await fails(site.remove(project, [path], { rm: true }), "usage", path, "outside the project");
    await fails(site.move(project, "a.txt", path), "usage", path, "outside the project");
    await fails(site.move(project, path, "b.txt"), "usage", path, "outside the project");
  }
  for (const path of [".modelops-bundle/state.json", ".git/config", ".modelops-bundle/../.modelops-bundle/state.json"]) {
    await fails(site.add(project, path), "usage", /leads into/);
  }
  assert.ok(isThere(project, "a.txt") && Deno.readTextFileSync(join(site.place, "outside.txt")) === "o\n");
});

Deno.test("names that differ only by case or Unicode form are refused together, before anything is added", async () => {
  using site = new Site();
  const project = await site.project("ann", { "keep.txt": "k\n" });
  for (const [one, two] of [["Data.csv", "data.csv"], ["caf\u00e9.txt", "cafe\u0301.txt"], ["Dir/a", "dir/b"]] as const) {
    writeFile(project, one, "1");
    writeFile(project, two, "2");
    const failure = await fails(site.add(project, "."), "usage", "differ only by case or Unicode form");
    assert.equal((failure.facts.paths as string[]).length, 2);
    const [path] = failure.facts.paths as string[];
    assert.equal(failure.hint, `mv ${shellWord(path!)} NEW-NAME   (then add it)`);
    for (const path of [one, two]) Deno.removeSync(join(project.root, path));
  }
  assert.ok((await site.status(project, { offline: true })).tracked.every(({ path }) => !/data|caf|dir\//i.test(path)));
  writeFile(project, "sub/KEEP.txt", "other\n");
  writeFile(project, "KEEP.txt", "other\n");
  const world = { project, standing: join(project.root, "sub"), paths: ["../KEEP.txt"], force: false };
  const failure = await fails(add(plainWorld(), world), "usage", "differ only by case");
  assert.equal(failure.hint, "mv ../KEEP.txt NEW-NAME   (then add it)", "the one that is not tracked, from where the user stands");
});

Deno.test("a name of 300 characters is refused by name; one that Windows cannot hold is a warning", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  const long = "x".repeat(300);
  await fails(site.add(project, long), "usage", long, "longer than 255 bytes");
  await fails(site.move(project, "a.txt", long), "usage", "longer than 255 bytes");
  using desk = new Desk();
  desk.write("model/CON.txt", "c\n");
  await desk.mops(["init", "."], { cwd: "model" });
  const added = await desk.mops(["add", "CON.txt"], { cwd: "model" });
  assert.match(added.stderr, /warning: CON\.txt: "CON\.txt" cannot be a file name on Windows/);
  assert.match(added.stdout, /\+ CON\.txt/);
});

// --- files that change, vanish, or cannot be read ---

Deno.test("a file that may not be read, and a folder that may not be written, end a command with their names; nothing is lost", async () => {
  const script = new URL("unreadable_process.ts", import.meta.url).pathname; // a process of its own, because root may read everything
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--config", config, script],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stdout), "as it should be\n");
});

Deno.test("a tracked file that became a directory leaves the bundle with a warning, and comes back as a file", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a": "file\n", "b.txt": "b\n" });
  const first = await site.push(project);
  Deno.removeSync(join(project.root, "a"));
  writeFile(project, "a/deep.txt", "deep\n");
  const world = plainWorld();
  assert.deepEqual((await site.status(project, {}, { world })).changes, [{ path: "a", kind: "deleted" }]);
  assert.match(warningsOf(world).join("\n"), /not-a-file: a counts as missing: a directory stands in its place/);
  await site.add(project, "a");
  const { digest } = await site.push(project);
  assert.equal(await site.textIn(digest, "a/deep.txt"), "deep\n");
  const { project: ben } = await site.clone("ben");
  await site.pull(project, { digest: first.digest });
  assert.equal(textOf(project, "a"), "file\n");
  await site.pull(project);
  assert.equal(textOf(project, "a/deep.txt"), "deep\n");
  assert.deepEqual(tree(ben.root)["a/deep.txt"], tree(project.root)["a/deep.txt"]);
  await site.pull(ben, { digest: first.digest });
  assert.equal(textOf(ben, "a"), "file\n");
});

const UNDERHAND: readonly (readonly [what: string, change: (file: string) => void])[] = [
  ["vanishes", (file) => Deno.removeSync(file)],
  ["is replaced by as many other bytes", (file) => Deno.writeTextFileSync(file, "OTHER\n")],
  ["grows", (file) => Deno.writeTextFileSync(file, "bytes\nand more\n")],
  ["shrinks", (file) => Deno.truncateSync(file, 2)],
  ["becomes a directory", (file) => (Deno.removeSync(file), Deno.mkdirSync(file))],
];

for (const [what, change] of UNDERHAND) {
  Deno.test(`a file that ${what} between being hashed and being sent stops the push with its name; nothing is tagged`, async () => {
    using site = new Site();
    const project = await site.project("ann", { "data.csv": "bytes\n" });
    let done = false;
    const remote = hooked(site.remote(), {
      before(verb) {
        if (verb !== "write blob" || done) return;
        done = true;
        change(join(project.root, "data.csv"));
      },
    });
    const failure = await fails(site.push(project, {}, { remote }), "changed-underneath", "data.csv", "nothing was tagged");
    assert.equal(failure.facts.path, "data.csv");
    assert.deepEqual(await site.remote().tags(), []);
    assert.ok(!isThere(project, ".modelops-bundle/manifest.yaml"), "local state says nothing of a push that was none");
    if (!isThere(project, "data.csv") || Deno.lstatSync(join(project.root, "data.csv")).isDirectory) return;
    assert.equal((await site.push(project)).tags[0]!.moved, true, "the next push takes the file as it is now");
  });
}

Deno.test("a file that is written to while it is hashed stops the push with its name", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  const file = join(project.root, "log.bin");
  Deno.writeFileSync(file, new Uint8Array(12 * 1024 * 1024));
  await site.add(project, "log.bin");
  Deno.writeTextFileSync(metaPath(project, LOCAL_NAMES.statCache), ""); // a slow machine may have hashed it when it was old enough
  const world = plainWorld();
  let appended = 0;
  const watching = {
    ...world,
    emit: (event: Parameters<typeof world.emit>[0]) => {
      world.emit(event);
      if (event.kind === "bytes" && event.activity === "hashing" && event.count > 100_000 && appended++ < 20) {
        Deno.writeTextFileSync(file, "more", { append: true });
      }
    },
  };
  await fails(site.push(project, {}, { world: watching }), "changed-underneath", "log.bin");
  assert.ok(appended > 0);
  assert.deepEqual(await site.remote().tags(), []);
});

Deno.test("a file that changes here between a pull's plan and its steps stops the pull with its name; nothing is changed", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "one\n", "b.txt": "one\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  for (const path of ["a.txt", "b.txt"]) writeFile(ann, path, "two\n");
  await site.push(ann);
  const remote = hooked(site.remote(), {
    before: (verb) => {
      if (verb === "read blob" && textOf(ben, "b.txt") === "one\n") Deno.writeTextFileSync(join(ben.root, "b.txt"), "ben\n");
    },
  });
  const failure = await fails(site.pull(ben, {}, { remote: slowIndex(remote) }), "changed-underneath", "b.txt", "nothing was changed");
  assert.deepEqual(failure.facts.paths, ["b.txt"]);
  assert.deepEqual([textOf(ben, "a.txt"), textOf(ben, "b.txt")], ["one\n", "ben\n"]);
  await fails(site.pull(ben), "conflict");

  /** The plan is made before the first file is read: only what follows the index and manifest.yaml counts. */
  function slowIndex(inner: typeof remote): typeof remote {
    let reads = 0;
    const outer = site.remote();
    return { ...inner, blobs: { ...inner.blobs, read: (blob, options) => (++reads <= 2 ? outer : inner).blobs.read(blob, options) } };
  }
});

Deno.test("a change that no stamp shows stops a pull or push that meets it, and the next one sees it", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.txt": "one\n", "b.txt": "one\n" });
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "a.txt", "two\n");
  await site.push(ann);

  changeUnseen(ben, "a.txt", { from: "one\n", to: "ben\n" });
  await fails(site.pull(ben, { take: ["a.txt"] }), "changed-underneath", "a.txt");
  assert.equal(textOf(ben, "a.txt"), "ben\n");
  const refused = await fails(site.pull(ben), "conflict");
  assert.deepEqual(refused.facts.conflicts, [{ path: "a.txt", reason: "changed here and there" }]);
  assert.deepEqual((await site.pull(ben, { take: ["a.txt"] })).written, ["a.txt"]);
  assert.equal(textOf(ben, "a.txt"), "two\n");

  changeUnseen(ben, "b.txt", { from: "new\n", to: "ben\n" });
  await fails(site.push(ben), "changed-underneath", "b.txt");
  assert.deepEqual((await site.push(ben)).changes, [{ path: "b.txt", kind: "modified" }]);
});

/** As a write through a mapping does where the page is dirty already: the file holds `to`, and its stamp is that of when it held `from`. */
function changeUnseen(project: Project, path: string, { from, to }: { readonly from: string; readonly to: string }): void {
  writeFile(project, path, to);
  const stamp = stampOf(Deno.lstatSync(join(project.root, path)));
  const entry = { path, stamp, digest: digestOf(new TextEncoder().encode(from)) };
  assert.ok(writeSections(metaPath(project, LOCAL_NAMES.statCache), encodeStamps([entry])));
}

// --- files that people edit ---

const CONFIG = ".modelops-bundle/config.yaml";
const REGISTRY = ".modelops-bundle/registry.yaml";

const BROKEN_CONFIG: readonly (readonly [what: string, text: string, code: FailureCode, says: RegExp])[] = [
  ["no YAML", "registry_ref: [\n", "invalid", /config\.yaml is not valid YAML: line \d+/],
  ["tabs", "storage:\n\tmode: auto\n", "invalid", /config\.yaml is not valid YAML: line 2/],
  ["a key twice", "registry_ref: a\nregistry_ref: b\n", "invalid", /config\.yaml is not valid YAML: line 2.*duplicate/i],
  ["a list", "- a\n", "invalid", /config\.yaml: the document should be a mapping, but is a list/],
  ["a mode that nobody knows", "registry_ref: a\nstorage:\n  mode: cloud\n", "invalid", /storage\.mode should be one of "auto"/],
  ["a tag that is none", "registry_ref: a\ndefault_tag: 'not a tag'\n", "invalid", /default_tag "not a tag" is not a tag/],
  ["a name that is none", "registry_ref: Upper Case\n", "invalid", /registry_ref "Upper Case" is not a repository name/],
  ["a newer version", "version: 2\nregistry_ref: a\n", "unsupported", /config\.yaml.* has version 2, and this mops reads version 1/],
  ["a number for a name", "registry_ref: 12\n", "invalid", /registry_ref should be a text, but is 12/],
];

for (const [what, text, code, says] of BROKEN_CONFIG) {
  Deno.test(`a config.yaml with ${what} stops every command with the place of the fault`, async () => {
    using site = new Site();
    const project = await site.project("ann", { "a.txt": "a\n" });
    await site.push(project);
    writeFile(project, CONFIG, text);
    const before = tree(project.root);
    for (const command of [() => site.push(project), () => site.pull(project), () => site.status(project), () => site.diff(project)]) {
      await fails(command, code, says);
    }
    assert.deepEqual(tree(project.root), before);
  });
}

Deno.test("a config.yaml in UTF-16 is told with the command that makes it UTF-8", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "0\n" });
  const text = textOf(project, CONFIG)!;
  Deno.writeFileSync(join(project.root, CONFIG), new Uint8Array(Uint16Array.from(`\ufeff${text}`, (unit) => unit.charCodeAt(0)).buffer));
  const { hint } = await fails(() => site.status(project), "invalid", /not valid UTF-8/);
  assert.match(hint!, /^iconv -f UTF-16 /);
  const [command] = hint!.split("   ");
  const { success } = new Deno.Command("sh", { args: ["-c", command!], cwd: project.root }).outputSync();
  assert.ok(success);
  assert.equal(textOf(project, CONFIG), text);
});

Deno.test("unknown keys in config.yaml and registry.yaml are kept, travel, and are told of once", async () => {
  using desk = new Desk();
  desk.write("model/a.py", "x\n");
  await desk.mops(["init", "."], { cwd: "model" });
  const config = desk.read(`model/${CONFIG}`) + "colour: blue   # ours\n";
  const registry = EMPTY_MODEL_REGISTRY.replace("models: {}", "models:\n  m: { path: a.py, mood: good } # fine") + "notes: [a, b]\n";
  desk.write(`model/${CONFIG}`, config);
  desk.write(`model/${REGISTRY}`, registry);
  await desk.mops(["add", "."], { cwd: "model" });
  const pushed = await desk.mops(["push", "--no-preflight"], { cwd: "model" }); // no worker can run it
  assert.equal(pushed.stderr.match(/"colour"/g)?.length, 1, pushed.stderr);
  await desk.mops(["init", ".", "--tag", "v2"], { cwd: "model" });
  assert.match(desk.read(`model/${CONFIG}`), /colour: blue +# ours/);
  const published = (await desk.mops(["show", `latest:${REGISTRY}`], { cwd: "model" })).stdout;
  assert.match(published, /mood: good/);
  assert.match(published, /notes: \[ ?a, b ?\]/);
  assert.match(published, /# fine/);
});

const BROKEN_REGISTRY: readonly (readonly [what: string, text: string, code: FailureCode, says: RegExp])[] = [
  ["no YAML", "models: {a: {path: [}}\n", "invalid", /registry\.yaml is not valid YAML: line 1/],
  ["tabs", "models:\n\ta: {}\n", "invalid", /registry\.yaml is not valid YAML: line 2/],
  ["a key twice", "models: {}\nmodels: {}\n", "invalid", /registry\.yaml is not valid YAML: line 2.*duplicate/i],
  ["a list", "- a\n", "invalid", /registry\.yaml.*the document should be a mapping, but is a list/],
  ["nothing", "# only a comment\n", "invalid", /registry\.yaml.*the document should be a mapping, but is null/],
  ["models in a list", "version: '1.0'\nmodels: [a]\n", "invalid", /registry\.yaml.*models should be a mapping, but is a list/],
  ["an entry that is a text", "models: {sir: models/sir.py}\n", "invalid", /registry\.yaml.*models\.sir should be a mapping/],
  ["an alias for an entry", "models:\n  a: &a {path: x.py}\n  b: *a\n", "invalid", /registry\.yaml.*models\.b .*alias/],
  ["an id that is no text", "models:\n  12: {path: x.py}\n", "invalid", /registry\.yaml.*12.*quote/],
  ["a newer version", "version: '2.0'\nmodels: {}\n", "unsupported", /registry\.yaml.* has version 2\.0, and this mops reads version 1/],
];

for (const [what, text, code, says] of BROKEN_REGISTRY) {
  Deno.test(`a registry.yaml with ${what} stops a push with the place of the fault, and nothing else`, async () => {
    using site = new Site();
    const project = await site.project("ann", { "a.txt": "a\n", "x.py": "x\n" });
    const { digest } = await site.push(project);
    writeFile(project, REGISTRY, text);
    writeFile(project, "a.txt", "b\n");
    await fails(site.push(project), code, says);
    await fails(site.push(project, { dryRun: true }), code, says);
    assert.equal(await site.remote().resolve("latest"), digest);
    assert.equal(textOf(project, REGISTRY), text);
    assert.equal((await site.status(project)).relation, "ahead", "looking at it is still possible");
    assert.equal((await site.pull(project)).kept.length, 2);
  });
}

Deno.test("values that YAML versions read differently, such as N and dates, are no fault: they stay as they were written", async () => {
  using site = new Site();
  const project = await site.project("ann", { "x.py": "x\n" });
  const text = "version: '1.0'\nmodels:\n  m:\n    path: x.py\n    outputs: [S, E, I, R, N, y, no]\n    since: 2026-01-28\n    at: 12:30\n";
  writeFile(project, REGISTRY, text);
  const { digest } = await site.push(project, { preflight: false });
  const published = (await site.textIn(digest, REGISTRY))!;
  assert.match(published, /outputs: \[ ?S, E, I, R, N, y, no ?\]\n {4}since: 2026-01-28\n {4}at: 12:30\n/);
  assert.equal((await site.push(project, { preflight: false })).nothingToDo, true);
});

Deno.test("a registry.yaml that would blow up when its aliases are followed is refused, here and from a bundle", async () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [i, name] of [..."bcdefgh"].entries()) bomb.push(`${name}: &${name} [${Array(9).fill("*" + "abcdefg"[i]).join(", ")}]`);
  const text = `${bomb.join("\n")}\nmodels: {}\n`;
  using site = new Site();
  const project = await site.project("ann", { "x.py": "x\n" });
  new HandLayout(site.store).bundle("latest", { "a.txt": "a\n", [REGISTRY]: text });
  assert.ok((await site.status(project)).changes.length > 0);
  await site.pull(project, { take: [REGISTRY] });
  assert.equal(textOf(project, REGISTRY), text);
  await fails(site.push(project), "invalid", "registry.yaml", "alias");
});

Deno.test("bytes in config.yaml or registry.yaml that are no UTF-8 stop a push: they would be published as others", async () => {
  for (const path of [CONFIG, REGISTRY]) {
    using site = new Site();
    const project = await site.project("ann", { "a.txt": "a\n" });
    const bytes = new Uint8Array([...Deno.readFileSync(join(project.root, path)), ...new TextEncoder().encode("# caf"), 0xe9, 0x0a]);
    Deno.writeFileSync(join(project.root, path), bytes);
    await fails(site.push(project), "invalid", path, "UTF-8");
    assert.deepEqual(Deno.readFileSync(join(project.root, path)), bytes);
  }
});

Deno.test("a newer or damaged state.json stops everything that needs it, and nothing is guessed", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  await site.push(project);
  const file = ".modelops-bundle/state.json";
  const good = textOf(project, file);
  for (
    const [text, code, says] of [
      [
        '{"version": 4}',
        "unsupported",
        /state\.json.*has version 4, and this mops reads version 3/,
      ],
      ["{ half", "invalid", /state\.json cannot be used: it is not JSON/],
      [good.replace(/sha256:[0-9a-f]/, "sha256:x"), "invalid", /state\.json cannot be used: it is not what was written/],
      [
        good.replace('"version": 3', '"version": 2').replace(/sha256:/, "md5:").replace(/,\n {2}"check".*/, ""),
        "invalid",
        /is not a digest/,
      ],
    ] as const
  ) {
    Deno.writeTextFileSync(join(project.root, file), text);
    for (const command of [() => site.push(project), () => site.pull(project), () => site.status(project)]) {
      const failure = await fails(command, code, says);
      assert.match(failure.hint!, code === "unsupported" ? /^use the newer mops/ : /state\.json\.damaged/);
    }
    assert.equal(textOf(project, file), text);
  }
  Deno.removeSync(join(project.root, file));
  assert.equal((await site.status(project)).relation, "in-step", "as the hint says, it can be put aside");
});

Deno.test("a tracked.txt with a line that is no path is refused with the line", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  for (
    const [line, says] of [["../x", /contains "\.\."/], ["/etc/passwd", /is absolute/], [
      ".modelops-bundle/state.json",
      /local state/,
    ]] as const
  ) {
    Deno.writeTextFileSync(join(project.root, ".modelops-bundle/tracked.txt"), `a.txt\n${line}\n`);
    const failure = await fails(site.push(project), "invalid", "tracked.txt, line 2", says);
    assert.match(failure.hint!, /take line 2 out/);
  }
});

Deno.test("a manifest.yaml of a newer version is refused where it is needed, and otherwise rewritten", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  await site.push(project);
  const file = join(project.root, ".modelops-bundle/manifest.yaml");
  const good = Deno.readTextFileSync(file);
  Deno.writeTextFileSync(file, "version: 7\nfiles: []\n");
  assert.equal((await site.status(project)).relation, "in-step");
  await site.push(project);
  assert.equal(Deno.readTextFileSync(file), good);
  Deno.writeTextFileSync(file, "version: 7\nfiles: []\n");
  Deno.removeSync(join(project.root, ".modelops-bundle/tracked.txt"));
  await fails(site.status(project), "unsupported", "manifest.yaml", "version 7");
});

// --- hostile bundles ---

const HOSTILE: readonly (readonly [what: string, files: Record<string, string>, twist: Twist, code: FailureCode, says: RegExp])[] = [
  ["a path that escapes", { "../../x": "x" }, {}, "invalid", /unsafe path: "\.\.\/\.\.\/x" contains "\.\."/],
  ["an absolute path", { "/tmp/x": "x" }, {}, "invalid", /unsafe path: "\/tmp\/x" is absolute/],
  ["a control character", { "a\u0007": "x" }, {}, "invalid", /unsafe path: "a\\u0007" contains a control character/],
  ["a path into .git", { ".git/hooks/post-checkout": "x" }, {}, "invalid", /unsafe path: ".git\/hooks\/post-checkout" leads into \.git/],
  ["a path into .GIT below", { "sub/.GIT/config": "x" }, {}, "invalid", /unsafe path: .* leads into \.GIT/],
  ["local state", { ".modelops-bundle/state.json": "{}" }, {}, "invalid", /unsafe path: .*local state/],
  ["local state in other letters", { ".ModelOps-Bundle/env": "prod" }, {}, "invalid", /unsafe path: .*local state/],
  ["two entries for one path", { "a": "x", "./a": "y" }, {}, "invalid", /"a" stands in it twice/],
  ["a file below a file", { "a": "x", "a/b": "y" }, {}, "invalid", /"a" is a file, and "a\/b" lies below it/],
  ["an entry under another name", { "a": "x" }, { index: (index) => void (index.files.a.path = "b") }, "invalid", /carries the path "b"/],
  ["an absolute link", { "a": "x" }, { index: (index) => void (index.files.a.link = "/etc/passwd") }, "invalid", /link "a" leads to/],
  ["a link that escapes", { "a": "x" }, { index: (index) => void (index.files.a.link = "../../x") }, "invalid", /link "a" leads to/],
  ["a link into .git", { "a": "x" }, { index: (index) => void (index.files.a.link = ".git/config") }, "invalid", /link "a" leads to/],
  [
    "a digest that is none",
    { "a": "x" },
    { index: (index) => void (index.files.a.digest = "sha256:ff/../..") },
    "invalid",
    /digest of "a"/,
  ],
  ["a negative size", { "a": "x" }, { index: (index) => void (index.files.a.size = -1) }, "invalid", /size should be a whole number/],
  ["no size", { "a": "x" }, { index: (index) => void delete index.files.a.size }, "invalid", /size should be a whole number.*missing/],
  ["an unknown storage", { "a": "x" }, { index: (index) => void (index.files.a.storage = "chunks") }, "unsupported", /"chunks"/],
  ["a newer index", { "a": "x" }, { index: (index) => void (index.version = "2.0") }, "unsupported", /version 2\.0/],
  ["an index that is no JSON", { "a": "x" }, { index: () => "<html>" }, "invalid", /index of .* is not JSON/],
  ["an index that is a list", { "a": "x" }, { index: () => "[]" }, "invalid", /index of .*mapping/],
  ["a manifest that is HTML", { "a": "x" }, { manifest: () => "<!doctype html><p>login" }, "not-a-bundle", /manifest is not JSON/],
  ["a manifest that is a number", { "a": "x" }, { manifest: () => "12" }, "not-a-bundle", /manifest is not a mapping/],
  ["a manifest without config", { "a": "x" }, { manifest: (manifest) => void delete manifest.config }, "invalid", /config/],
  [
    "the config of an image",
    { "a": "x" },
    { manifest: (manifest) => void (manifest.config.mediaType = "application/vnd.oci.image.config.v1+json") },
    "not-a-bundle",
    /its config is "application\/vnd\.oci\.image\.config\.v1\+json"/,
  ],
  ["an image index", { "a": "x" }, { manifest: () => JSON.stringify({ schemaVersion: 2, manifests: [] }) }, "not-a-bundle", /image index/],
  [
    "an index said to have 300 MB",
    { "a": "x" },
    { manifest: (manifest) => void (manifest.config.size = 300_000_000) },
    "invalid",
    /the index of .* has 300000000 bytes, and at most \d+ are read/,
  ],
  [
    "another size for a file",
    { "a": "x" },
    { index: (index) => void (index.files.a.size = 5) },
    "corrupt",
    /a is corrupt: it has 1 bytes instead of 5/,
  ],
  [
    "another size for its index",
    { "a": "x" },
    { manifest: (manifest) => void (manifest.config.size += 1) },
    "corrupt",
    /corrupt: it has \d+ bytes instead of \d+/,
  ],
];

for (const [what, files, twist, code, says] of HOSTILE) {
  Deno.test(`a bundle with ${what} is refused, by a clone, a pull and a dry run; nothing is written`, async () => {
    using site = new Site();
    const project = await site.project("ann", { "a": "mine\n" });
    await site.push(project, {}, { remote: site.remote(join(site.place, "good")) });
    new HandLayout(site.store).bundle("latest", files, twist);
    const before = tree(project.root);
    await fails(site.pull(project, { overwrite: true }), code, says);
    if (code !== "corrupt") await fails(site.pull(project, { dryRun: true }), code, says);
    assert.deepEqual(tree(project.root), before);
    await fails(site.clone("copy"), code, says);
    assert.deepEqual(existing(join(site.place, "copy")).filter((path) => !path.startsWith(".modelops-bundle/")), []);
    // What a tag holds is looked at before it is replaced.
    if (code !== "corrupt") await fails(site.push(project), "would-overwrite", "holds something else");
  });
}

function existing(folder: string): string[] {
  try {
    return Object.keys(tree(folder, { local: true }));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

Deno.test("an index blob of 100 MB in the place of a small one is refused without being read", async () => {
  using site = new Site();
  const layout = new HandLayout(site.store);
  let config = "";
  layout.bundle("latest", { "a": "x" }, { manifest: (manifest) => void (config = manifest.config.digest) });
  using file = Deno.openSync(layout.file(config), { write: true });
  file.truncateSync(100_000_000);
  const before = Deno.memoryUsage();
  await fails(site.clone("copy"), "corrupt", "100000000 bytes");
  const grown = Deno.memoryUsage();
  assert.ok(grown.external - before.external + grown.rss - before.rss < 50_000_000, "it was read");
});

Deno.test("bytes that do not have their digest are refused: index, manifest, file; the file on disk stays", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a": "mine\n" });
  await site.push(project, {}, { remote: site.remote(join(site.place, "good")) });
  for (const which of ["file", "config", "manifest"]) {
    const layout = new HandLayout(join(site.place, which));
    let config = "";
    const digest = layout.bundle("latest", { "a": `${which}\n` }, { manifest: (manifest) => void (config = manifest.config.digest) });
    const victim = which === "manifest" ? digest : which === "config" ? config : layout.blob(`${which}\n`).digest;
    const text = Deno.readTextFileSync(layout.file(victim));
    layout.damage(victim, text.slice(0, -1) + (text.endsWith("\n") ? "!" : " "));
    await fails(site.pull(project, { overwrite: true }, { remote: site.remote(join(site.place, which)) }), "corrupt", /digest/);
    assert.equal(textOf(project, "a"), "mine\n");
  }
});

Deno.test("a bundle cannot reach through a link that lies in the folder", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n" });
  await site.push(project, {}, { remote: site.remote(join(site.place, "good")) });
  Deno.mkdirSync(join(site.place, "outside"));
  Deno.symlinkSync(join(site.place, "outside"), join(project.root, "data"));
  new HandLayout(site.store).bundle("latest", { "data/evil.txt": "x", "a.txt": "a\n" });
  await fails(site.pull(project, { overwrite: true }), "would-overwrite", "data", "link");
  assert.deepEqual([...Deno.readDirSync(join(site.place, "outside"))], []);
});

Deno.test("a link of a bundle that would replace a file of ours is a conflict like any other", async () => {
  using site = new Site();
  const project = await site.project("ann", { "a.txt": "a\n", "b.txt": "a\n" });
  new HandLayout(site.store).bundle("latest", { "a.txt": "a\n", "b.txt": "a\n" }, {
    index: (index) => void (index.files["b.txt"].link = "a.txt"),
  });
  const failure = await fails(site.pull(project), "conflict");
  assert.deepEqual((failure.facts.conflicts as { path: string }[]).map(({ path }) => path), ["b.txt"]);
  await site.pull(project, { take: ["b.txt"] });
  assert.equal(Deno.readLinkSync(join(project.root, "b.txt")), "a.txt");
});

// --- the command line ---

const MALFORMED = [
  "",
  " ",
  "a b",
  "-tag",
  ".tag",
  "x".repeat(129),
  "Name:tag",
  "name:",
  ":tag",
  "name:ta g",
  "name/other",
  "host.example/Name:tag",
  "host.example/",
  "host.example/name:",
  "host.example/name:tag@",
  "host.example:99999/name:tag",
  "host.example:port/name:tag",
  "https://host.example/name:tag",
  "sha256:abc",
  `sha256:${"A".repeat(64)}`,
  `sha512:${"a".repeat(128)}`,
  "name@sha256:abc",
  `@sha256:${"a".repeat(64)}`,
  "oci:relative",
  "oci:/dir:ta g",
  "oci:/dir@sha256:12",
  "new\nline",
  "name:tag:tag",
  "ho$t.example/name",
  "../x",
];

Deno.test("a reference in every malformed form is refused by name, with the forms there are", async () => {
  const { parseReference } = await import("../../src/bundle/reference.ts");
  for (const text of MALFORMED) {
    const failure = await fails(() => parseReference(text), "usage", /" is not a reference: ./);
    assert.match(failure.hint!, /a reference is|leave out/);
  }
});

Deno.test("wrong usage of every command ends with that command's own usage line", async () => {
  const usage = async (words: string[], ...more: string[]): Promise<Failure> => {
    const name = ["mops", ...words].join(" ");
    const failure = await fails(() => parse("mops", TREE, [...words, ...more], "0"), "usage");
    assert.ok(failure.hint!.includes(`usage: ${name}`), `"${failure.hint}" should show the usage of ${name}`);
    return failure;
  };
  const visit = async (branch: Branch, words: string[]): Promise<void> => {
    await usage(words.length === 0 ? [] : words);
    for (const [word, node] of Object.entries(branch.commands)) {
      const path = [...words, word];
      if (isBranch(node)) {
        await visit(node, path);
        continue;
      }
      assert.match((await usage(path, "--no-such-option")).message, /--no-such-option/);
      assert.match((await usage(path, "--project")).message, /--project/);
      const spec = await node.load();
      const wanted = spec.define(new (await import("@commander-js/extra-typings")).Command()).registeredArguments;
      if (wanted.some((argument: { required: boolean }) => argument.required)) {
        await usage(path);
      }
      if (!wanted.some((argument: { variadic: boolean }) => argument.variadic)) {
        await usage(path, ...wanted.map(() => "x"), "too", "many");
      }
    }
  };
  await visit(TREE, []);
  assert.match((await fails(() => parse("mops", TREE, ["bundle", "psuh"], "0"), "usage")).message, /did you mean push/);
  assert.match((await fails(() => parse("mops", TREE, ["push", "--tag", "x"], "0"), "usage")).hint!, /^mops bundle push --tag x/);
  assert.match((await fails(() => parse("mops-bundle", BUNDLE_TREE, ["toString"], "0"), "usage")).message, /unknown command/);
});

Deno.test("wrong usage, as the shell sees it: exit 2, one usage line on stderr, nothing on stdout", async () => {
  using desk = new Desk();
  for (
    const [args, says] of [
      [["bundle", "push", "--nope"], /^hint: .*usage: mops bundle push \[options\]/m],
      [["bundle", "add"], /usage: mops bundle add \[options\] <path\.\.\.>/],
      [["bundle", "pull", "--into", "x"], /--into needs --ref/],
      [["bundle", "env", "swich"], /did you mean switch/],
      [["bundle", "init", "--threshold", "many"], /whole number[^]*usage: mops bundle init/],
      [["bundle"], /usage: mops bundle /],
      [[], /usage: mops /],
    ] as const
  ) {
    const ran = await desk.run(args, { expect: 2 });
    assert.equal(ran.stdout, "");
    assert.match(ran.stderr, says);
  }
  const json = await desk.run(["bundle", "push", "--nope", "--json"], { expect: 2 });
  assert.equal(JSON.parse(json.stderr).code, "usage");
});

Deno.test("combinations that contradict each other are wrong usage", async () => {
  using desk = new Desk();
  desk.write("model/a.txt", "a\n");
  await desk.mops(["init", "."], { cwd: "model" });
  for (
    const args of [
      ["pull", "--ref", "v1", "--tag", "v2"],
      ["pull", "--ref", "v1", "--into", "x", "--overwrite"],
      ["status", "--check", "--offline"],
      ["manifest", "--tags-only", "--full"],
      ["init", ".", "--registry", "oci:/a", "--remote", "oci:/a/b"],
      ["init", ".", "--name", "Not Lawful"],
      ["init", ".", "--name", "my.lab/seir"],
      ["init", ".", "--name", "localhost/seir"],
      ["push", "--tag", "not a tag"],
      ["push", "--tag", ""],
      ["pull", "--take", "../x"],
      ["show", "v1"],
    ]
  ) {
    const failure = await desk.json(args, { cwd: "model", expect: 2 });
    assert.ok(failure.message.length > 10 && failure.hint.length > 5, JSON.stringify(failure));
  }
});

// --- the machine ---

Deno.test("a home and a data directory that cannot be written are named; with a remote of its own nothing of them is needed", async () => {
  using desk = new Desk();
  desk.write("file", "not a folder\n");
  desk.write("odd-home/.local", "a file\n");
  desk.write("odd-home/.modelops", "a file\n");
  desk.write("model/a.txt", "a\n");
  const file = join(desk.path, "file");
  const homes = [{ HOME: join(desk.path, "odd-home") }, { XDG_DATA_HOME: join(file, "data") }];
  if (Deno.env.get("MOPS_PROGRAM") !== undefined) homes.push({ HOME: file }); // Deno itself takes no such home when it runs from source
  for (const env of homes) {
    await desk.mops(["init", "."], { cwd: "model", env });
    await desk.mops(["add", "."], { cwd: "model", env });
    const before = tree(join(desk.path, "model"), { local: true });
    const failure = await desk.json(["push"], { cwd: "model", env, expect: 8 });
    assert.match(failure.message, /odd-home\/\.local|\/file/);
    assert.ok(failure.hint.length > 5, JSON.stringify(failure));
    const { ".modelops-bundle/stat-cache": _a, ...after } = tree(join(desk.path, "model"), { local: true });
    const { ".modelops-bundle/stat-cache": _b, ...was } = before;
    assert.deepEqual(after, was);
    await desk.mops(["push", "--remote", `oci:${desk.path}/store`], { cwd: "model", env });
    const none = await desk.json(["env", "list"], { cwd: "model", env, expect: null });
    assert.ok(none.environments?.length === 0 || none.code === "not-ready", JSON.stringify(none));
  }
});

Deno.test("an init that cannot say which remote it will have leaves nothing behind, and changes nothing of a project", async () => {
  using desk = new Desk();
  const env = { REGISTRY_URL: "not a host" };
  desk.write("model/a.txt", "a\n");
  const before = listing(join(desk.path, "model"));
  const failure = await desk.json(["init", "."], { cwd: "model", env, expect: 2 });
  assert.match(failure.message, /REGISTRY_URL "not a host"/);
  const { "": _a, ...after } = listing(join(desk.path, "model"));
  const { "": _b, ...was } = before;
  assert.deepEqual(after, was);
  await desk.mops(["init", "."], { cwd: "model" });
  const config = desk.read(`model/${CONFIG}`);
  await desk.json(["init", ".", "--tag", "v9", "--name", "other"], { cwd: "model", env, expect: 2 });
  assert.equal(desk.read(`model/${CONFIG}`), config);
  await desk.json(["init", ".", "--threshold", "99999999999"], { cwd: "model", expect: 2 });
  assert.equal(desk.read(`model/${CONFIG}`), config);
});

Deno.test("a file with a colon in its name can be shown", async () => {
  using desk = new Desk();
  desk.write("model/data/a:b.csv", "colon\n");
  desk.write("model/12:30", "time\n");
  await desk.mops(["init", "."], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  const { digest, reference } = await desk.json(["push"], { cwd: "model" });
  for (const bundle of ["latest", digest, "model:latest", reference]) {
    assert.equal((await desk.mops(["show", `${bundle}:data/a:b.csv`], { cwd: "model" })).stdout, "colon\n", bundle);
  }
  assert.equal((await desk.mops(["show", `${digest}:12:30`], { cwd: "model" })).stdout, "time\n");
});

Deno.test("outside of a project every command says so, exit 4", async () => {
  using desk = new Desk();
  for (const args of [["status"], ["push"], ["add", "x"], ["diff"], ["log"], ["env", "show"], ["pull"], ["manifest"]]) {
    const failure = await desk.json(args, { expect: 4 });
    assert.equal(failure.code, "no-project", JSON.stringify(failure));
    assert.match(failure.hint, /mops bundle /);
  }
});
