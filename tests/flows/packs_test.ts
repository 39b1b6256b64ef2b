/** Packs through the whole program: many small files, few blobs, and everything else as if each file had its own. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { packsIn } from "../../src/bundle/bundle_index.ts";
import type { Blob, Remote } from "../../src/bundle/content.ts";
import { PACK_TYPE } from "../../src/bundle/media_types.ts";
import { REQUEST_COST } from "../../src/bundle/pack_ranges.ts";
import { show } from "../../src/flows/diff.ts";
import { manifestOf } from "../../src/flows/inspect.ts";
import { readBundle } from "../../src/flows/read_bundle.ts";
import { openRemote } from "../../src/remote/open_remote.ts";
import type { Console } from "../../src/ui/console.ts";
import { renderManifest } from "../../src/ui/render_inspect.ts";
import type { Project } from "../../src/worktree/project.ts";
import { tree } from "../support/program.ts";
import { serverTest, startDockerRegistry } from "../support/servers.ts";
import { fails, hooked, isThere, MODEL_FILES, MODEL_REGISTRY, RUNNABLE, Site, textOf, warningsOf } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";

/** Some 11 KiB a file, different from all others. */
function table(name: string, version = 1): string {
  return Array.from({ length: 600 }, (_, i) => `${name},${i},${version},${(i * 7919) % 1000},0.25`).join("\n") + "\n";
}

function tables(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`data/${i % 30}/${i}.csv`, table(String(i))]));
}

async function packed(site: Site, name: string, files: Record<string, string>): Promise<Project> {
  const project = await site.project(name, files);
  const config = textOf(project, ".modelops-bundle/config.yaml");
  writeFile(project, ".modelops-bundle/config.yaml", `${config}layout: packs\n`);
  return project;
}

async function bundleOf(site: Site, digest: Parameters<typeof readBundle>[1], remote: Remote = site.remote()) {
  return await readBundle({ project: null, remote, signal: plainWorld().signal }, digest, digest);
}

function withoutGit(files: Record<string, string>): Record<string, string> {
  const { ".gitignore": _, ...rest } = files;
  return rest;
}

Deno.test("a project of packs goes and comes back with every byte, bit and link; a second push sends nothing and reads nothing", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", { ...tables(40), "run.sh": "#!/bin/sh\n", "big.bin": "x".repeat(200_000), "empty": "" });
  Deno.chmodSync(join(ann.root, "run.sh"), 0o755);
  Deno.symlinkSync("data/1/1.csv", join(ann.root, "latest.csv"));
  await site.add(ann, "latest.csv");
  const world = plainWorld();
  const { digest, uploaded } = await site.push(ann, {}, { world });
  assert.equal(uploaded.blobs, 6, "one pack, one big file, three metadata files, the index");
  assert.match(warningsOf(world).join("\n"), /packed: .* in 1 pack from now on, which the Python tool and its workers cannot read/);

  const { layers, index } = await bundleOf(site, digest);
  assert.deepEqual(layers.map(({ mediaType }) => mediaType === PACK_TYPE), [false, false, false, false, true]);
  assert.deepEqual(layers.slice(0, 4).map(({ annotations }) => Object.values(annotations ?? {})[0]), [
    ".modelops-bundle/config.yaml",
    ".modelops-bundle/manifest.yaml",
    ".modelops-bundle/registry.yaml",
    "big.bin",
  ]);
  assert.equal(index.find(({ path }) => path === "latest.csv")!.place.kind, "pack");

  const { project: ben } = await site.clone("ben");
  assert.deepEqual(withoutGit(tree(ben.root)), withoutGit(tree(ann.root)));

  await new Promise((resolve) => setTimeout(resolve, 1100)); // what changed within the second is not remembered
  await site.status(ann);
  const again = plainWorld();
  assert.equal((await site.push(ann, {}, { world: again })).nothingToDo, true);
  const work = again.events.flatMap((event) => event.kind === "begin" ? [`${event.activity} ${event.items}`] : []);
  assert.deepEqual(work, [], "nothing was hashed, packed or sent");
  assert.deepEqual(warningsOf(again), []);
});

Deno.test("a push makes only the packs anew that hold what changed, and says so once", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(1200)); // some 13 MiB: two packs or more
  const first = await site.push(ann);
  const packs = packsIn((await bundleOf(site, first.digest)).index);
  assert.ok(packs.length >= 2, `${packs.length} packs`);
  writeFile(ann, "data/3/33.csv", table("33", 2));
  const world = plainWorld();
  const second = await site.push(ann, {}, { world });
  const made = world.events.filter((event) => event.kind === "begin" && event.activity === "packing");
  assert.deepEqual(made.map((event) => event.kind === "begin" && event.items), [1]);
  const kept = packsIn((await bundleOf(site, second.digest)).index).filter(({ digest }) => packs.some((pack) => pack.digest === digest));
  assert.equal(kept.length, packs.length - 1);
  assert.equal(second.uploaded.blobs, 3, "the pack, manifest.yaml, the index");
  assert.deepEqual(warningsOf(world), []);
});

interface Read {
  readonly bytes: number;
  readonly of: Blob;
  readonly part: boolean;
}

/** What is asked of a remote, and how many bytes come. */
function counting(remote: Remote): { readonly remote: Remote; readonly reads: Read[] } {
  const reads: Read[] = [];
  const { blobs } = remote;
  return {
    reads,
    remote: {
      ...hooked(remote, {}),
      blobs: {
        hintOfDamage: (blob) => blobs.hintOfDamage(blob),
        has: (blob, options) => blobs.has(blob, options),
        write: (blob, source, options) => blobs.write(blob, source, options),
        read: (blob, options) => {
          reads.push({ of: blob, bytes: blob.size, part: false });
          return blobs.read(blob, options);
        },
        readPart: (blob, part, options) => {
          reads.push({ of: blob, bytes: part.length, part: true });
          return blobs.readPart(blob, part, options);
        },
      },
    },
  };
}

Deno.test("a pull of one changed file fetches its range; a pull of many fetches the pack whole; unchanged packs are not touched", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(1200));
  const first = await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "data/3/33.csv", table("33", 2));
  const second = await site.push(ann);
  const old = new Set(packsIn((await bundleOf(site, first.digest)).index).map(({ digest }) => digest));
  const fresh = packsIn((await bundleOf(site, second.digest)).index).filter(({ digest }) => !old.has(digest));
  const isPack = ({ of }: Read) => fresh.some(({ digest }) => digest === of.digest);

  const one = counting(site.remote());
  await site.pull(ben, {}, { remote: one.remote });
  assert.equal(textOf(ben, "data/3/33.csv"), table("33", 2));
  assert.deepEqual(one.reads.filter(isPack).map(({ part, bytes }) => [part, bytes]), [[true, table("33", 2).length]]);
  assert.ok(one.reads.every(({ of }) => !old.has(of.digest)));

  for (let i = 0; i < 1200; i++) if (i % 7 !== 0) writeFile(ann, `data/${i % 30}/${i}.csv`, table(String(i), 3));
  await site.push(ann);
  const many = counting(site.remote());
  await site.pull(ben, {}, { remote: many.remote });
  assert.ok(many.reads.filter(({ of }) => of.size > REQUEST_COST * 4).every(({ part }) => !part));
  assert.deepEqual(withoutGit(tree(ben.root)), withoutGit(tree(ann.root)));
});

Deno.test("packs go ahead while the next ones are made, where no tag can refuse them; else nothing is sent before all is decided", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(1200)); // some 13 MiB, four packs
  const told = (world: ReturnType<typeof plainWorld>) =>
    world.events.flatMap((event) => event.kind === "item" || event.kind === "begin" ? [`${event.kind} ${event.activity}`] : []);
  const first = plainWorld();
  const { digest, uploaded } = await site.push(ann, {}, { world: first });
  const events = told(first);
  assert.ok(
    events.indexOf("begin uploading") < events.lastIndexOf("item packing"),
    events.filter((event) => / (pack|upl)/.test(event)).join(", "),
  );
  const packs = packsIn((await bundleOf(site, digest)).index);
  assert.ok(packs.length >= 3);
  assert.equal(uploaded.blobs, packs.length + 4, "each once, whether it went ahead or not");
  assert.equal(uploaded.bytes > packs.reduce((sum, { size }) => sum + size, 0), true);
  assert.equal(first.events.filter((event) => event.kind === "end" && event.activity === "uploading").length, 1);

  const { project: ben } = await site.clone("ben");
  writeFile(ben, "data/1/1.csv", "changed by ben\n");
  await site.push(ben);
  for (let i = 0; i < 1200; i++) writeFile(ann, `data/${i % 30}/${i}.csv`, table(String(i), 2));
  const before = blobsOn(site);
  await fails(site.push(ann), "tag-moved", "latest has moved");
  assert.deepEqual(blobsOn(site), before, "not one pack was sent");
});

Deno.test("a file that changes while packs go ahead ends the push with its name; nothing is tagged, and the next push sends what is left", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(1200));
  const world = plainWorld();
  let done = 0;
  const emit = world.emit;
  const meddling = {
    ...world,
    emit: (event: Parameters<typeof emit>[0]) => {
      if (event.kind === "item" && event.activity === "packing" && ++done === 2) writeFile(ann, "data/9/999.csv", "changed\n"); // of the last pack
      emit(event);
    },
  };
  await fails(
    site.push(ann, {}, { world: meddling }),
    "changed-underneath",
    "data/9/999.csv changed while it was pushed; nothing was tagged",
  );
  assert.equal(await site.remote().resolve("latest"), null);
  const had = blobsOn(site).length;
  const { digest, uploaded, skipped } = await site.push(ann);
  assert.equal(skipped.blobs, had);
  assert.equal(uploaded.blobs + had, packsIn((await bundleOf(site, digest)).index).length + 4);
  const { project: ben } = await site.clone("ben");
  assert.equal(textOf(ben, "data/9/999.csv"), "changed\n");
});

function blobsOn(site: Site): string[] {
  try {
    return [...Deno.readDirSync(join(site.store, "blobs", "sha256"))].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

Deno.test("a corrupt pack is reported with the files in it, and nothing is written", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(30));
  const { digest } = await site.push(ann);
  const [pack] = packsIn((await bundleOf(site, digest)).index);
  const file = join(site.store, "blobs", "sha256", pack!.digest.slice("sha256:".length));
  const bytes = Deno.readFileSync(file);
  bytes[5000]! ^= 1;
  Deno.chmodSync(file, 0o644);
  Deno.writeFileSync(file, bytes);
  const failure = await fails(site.clone("ben"), "corrupt", ".gitignore and 32 more cannot be fetched", pack!.digest);
  assert.equal((failure.facts.paths as string[]).length, 33); // with .gitignore, .modelopsignore and pyproject.toml
  assert.equal(isThere({ root: join(site.place, "ben") }, "data"), false);
});

Deno.test("a pack that is whole and does not hold what the index says is refused by the file's own digest", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(1200));
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  writeFile(ann, "data/3/33.csv", table("33", 2));
  await site.push(ann);
  const lying: Remote = {
    ...hooked(site.remote(), {}),
    blobs: {
      ...counting(site.remote()).remote.blobs,
      readPart: (blob, part, options) => site.remote().blobs.readPart(blob, { ...part, offset: part.offset - 512 }, options),
    },
  };
  const before = tree(ben.root);
  await fails(site.pull(ben, {}, { remote: lying }), "corrupt", "data/3/33.csv is corrupt");
  assert.deepEqual(tree(ben.root), before);
});

Deno.test("show and diff -p read one file out of its pack", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(30));
  const { digest } = await site.push(ann);
  const counted = counting(site.remote());
  const shown = await show(plainWorld(), { remote: counted.remote, project: ann, tag: null, digest }, "data/3/3.csv");
  assert.equal(await new Response(shown.bytes).text(), table("3"));
  assert.deepEqual(counted.reads.map(({ part, bytes }) => [part, bytes]), [[true, table("3").length]]);
  writeFile(ann, "data/3/3.csv", table("3", 2));
  const { patches } = await site.diff(ann, { patch: true });
  assert.deepEqual(patches, [{ path: "data/3/3.csv", here: table("3", 2), there: table("3") }]);
});

Deno.test("manifest tells the packs, and where each file lies in them", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", { ...tables(3), "big.bin": "x".repeat(200_000) });
  Deno.symlinkSync("data/1/1.csv", join(ann.root, "latest.csv"));
  await site.add(ann, "latest.csv");
  const { digest } = await site.push(ann);
  const report = await manifestOf(plainWorld(), { remote: site.remote(), tag: null, digest });
  const [pack] = packsIn((await bundleOf(site, digest)).index);
  assert.deepEqual(report.packs, [{ ...pack, files: 7 }]); // with the link, .gitignore, .modelopsignore and pyproject.toml
  const inPack = report.files.filter(({ packed }) => packed !== undefined);
  assert.deepEqual(inPack.map(({ packed }) => packed!.pack), Array(6).fill(pack!.digest));
  const stream = await site.remote().blobs.read(pack!);
  const bytes = await new Response(stream).bytes();
  for (const { path, packed, size } of inPack.filter(({ path }) => path.startsWith("data/"))) {
    assert.equal(new TextDecoder().decode(bytes.subarray(packed!.offset, packed!.offset + size)), textOf(ann, path));
  }
  const text = renderManifest(report, false, { colour: false, width: 80, isTerminal: { out: false } } as Console);
  assert.match(text, /^Packs: 1 pack, .* with 7 files$/m);
});

Deno.test("a renamed folder of packed files is pulled without fetching what the folder holds already", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(60));
  await site.push(ann);
  const { project: ben } = await site.clone("ben");
  await site.move(ann, "data/3", "data/three");
  await site.push(ann);
  const counted = counting(site.remote());
  await site.pull(ben, {}, { remote: counted.remote });
  assert.deepEqual(withoutGit(tree(ben.root)), withoutGit(tree(ann.root)));
  assert.deepEqual(counted.reads.filter(({ part }) => part), []);
});

Deno.test("crossing the line and coming back change the packs, and nothing else that people see", async () => {
  using site = new Site();
  const ann = await site.project("ann", { "a.csv": "1\n", "b/c.csv": "2\n" });
  const files = await site.push(ann);
  const { project: ben } = await site.clone("ben");
  const config = textOf(ann, ".modelops-bundle/config.yaml");
  writeFile(ann, ".modelops-bundle/config.yaml", `${config}layout: packs\n`);
  const packs = await site.push(ann);
  assert.deepEqual(packs.changes.map(({ path }) => path), [".modelops-bundle/config.yaml"]);
  await site.pull(ben);
  assert.deepEqual((await site.status(ben)).changes, []);
  writeFile(ann, ".modelops-bundle/config.yaml", config);
  assert.equal((await site.push(ann)).digest, files.digest);
  await site.pull(ben);
  assert.equal((await site.status(ben)).relation, "in-step");
});

Deno.test("a registered model is sealed, stale, refused and pulled in the same way, in packs or not", async () => {
  using site = new Site();
  const results = [];
  for (const layout of ["files", "packs"] as const) {
    const name = `ann-${layout}`;
    const ann = await site.project(name, { ...RUNNABLE, ...MODEL_FILES });
    writeFile(ann, ".modelops-bundle/registry.yaml", MODEL_REGISTRY);
    writeFile(ann, ".modelops-bundle/config.yaml", `${textOf(ann, ".modelops-bundle/config.yaml")}layout: ${layout}\n`);
    const tag = layout;
    const pushed = await site.push(ann, { tags: [tag], preflight: false });
    const registry = textOf(ann, ".modelops-bundle/registry.yaml");
    const { project: ben } = await site.clone(`ben-${layout}`, { tag });
    assert.deepEqual(withoutGit(tree(ben.root)), withoutGit(tree(ann.root)));
    writeFile(ann, "src/helper.py", "x = 2\n");
    const { models } = await site.status(ann);
    const again = await site.push(ann, { tags: [tag], preflight: false });
    results.push({
      registry,
      later: textOf(ann, ".modelops-bundle/registry.yaml"),
      states: models.map(({ name, status, reasons }) => [name, status, reasons.map(({ text }) => text)]),
      changes: [pushed, again].map(({ changes }) => changes.map(({ path, kind }) => [path as BundlePath, kind])),
    });
  }
  assert.deepEqual(results[1], results[0]);
  assert.notEqual(results[0]!.later, results[0]!.registry);
});

Deno.test("many small files are read and made on a thread beside this one, and what fails there is told as ever", async () => {
  using site = new Site();
  const many = Object.fromEntries(Array.from({ length: 4500 }, (_, i) => [`data/${i % 50}/${i}.csv`, `${i},`.repeat(400)]));
  const ann = await packed(site, "ann", many);
  Deno.chmodSync(join(ann.root, "data/7/7.csv"), 0o755);
  const meddled = plainWorld();
  const emit = meddled.emit;
  let isFirst = true;
  const meddling = {
    ...meddled,
    emit: (event: Parameters<typeof emit>[0]) => {
      if (isFirst && event.kind === "begin" && event.activity === "packing") writeFile(ann, "data/49/999.csv", "changed\n");
      isFirst &&= !(event.kind === "begin" && event.activity === "packing");
      emit(event);
    },
  };
  // Slow enough for the last pack to fail while the first is still sent.
  const open = site.remote();
  const slow: Remote = {
    ...hooked(open, {}),
    parallel: 1,
    blobs: {
      hintOfDamage: (blob) => open.blobs.hintOfDamage(blob),
      has: (...args) => open.blobs.has(...args),
      read: (...args) => open.blobs.read(...args),
      readPart: (...args) => open.blobs.readPart(...args),
      write: async (...args) => {
        await new Promise((resolve) => setTimeout(resolve, 1000));
        await open.blobs.write(...args);
      },
    },
  };
  const cut = site.push(ann, {}, { world: meddling, remote: slow });
  await fails(cut, "changed-underneath", "data/49/999.csv changed while it was pushed; nothing was tagged");
  const { digest } = await site.push(ann);
  const { project: ben } = await site.clone("ben");
  assert.deepEqual(withoutGit(tree(ben.root)), withoutGit(tree(ann.root)));
  if (Deno.build.os !== "windows") assert.equal(Deno.lstatSync(join(ben.root, "data/7/7.csv")).mode! & 0o111, 0o111);

  const { index, packed: places } = await bundleOf(site, digest);
  const victim = index.find(({ path }) => path === "data/3/53.csv")!;
  const { pack, offset } = places.get(victim.digest)!;
  const store = join(site.store, "blobs", "sha256", pack.digest.slice("sha256:".length));
  const bytes = Deno.readFileSync(store);
  bytes[offset]! ^= 1;
  Deno.chmodSync(store, 0o644);
  Deno.writeFileSync(store, bytes);
  await fails(site.clone("cem"), "corrupt", pack.digest);
  assert.equal(isThere({ root: join(site.place, "cem") }, "data"), false);
});

Deno.test(
  "a fifo in the place of a file that a push is about to read is not waited for",
  { ignore: Deno.build.os === "windows" },
  async () => {
    for (const [layout, activity, count] of [["packs", "packing", 30], ["packs", "packing", 4100], ["files", "uploading", 30]] as const) {
      using site = new Site();
      const files = Object.fromEntries(Array.from({ length: count }, (_, i) => [`data/${i}.csv`, `${i},`.repeat(200)]));
      const ann = layout === "packs" ? await packed(site, "ann", files) : await site.project("ann", files);
      const world = plainWorld();
      const meddling: typeof world = {
        ...world,
        emit: (event) => {
          if (event.kind === "begin" && event.activity === activity) {
            const last = join(ann.root, "data/9.csv");
            Deno.removeSync(last);
            assert.ok(new Deno.Command("mkfifo", { args: [last] }).outputSync().success);
          }
          world.emit(event);
        },
      };
      await fails(
        site.push(ann, {}, { world: meddling }),
        "changed-underneath",
        "data/9.csv changed while it was pushed; nothing was tagged",
      );
    }
  },
);

Deno.test("a pack that the remote has lost is told with what heals it; a clone that was begun says what it holds on to", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(30));
  const { digest } = await site.push(ann);
  const [pack] = packsIn((await bundleOf(site, digest)).index);
  const file = join(site.store, "blobs", "sha256", pack!.digest.slice("sha256:".length));
  Deno.chmodSync(file, 0o644);
  Deno.removeSync(file);
  const first = await fails(site.clone("ben"), "not-found", "cannot be fetched", pack!.digest);
  assert.match(first.hint!, /^mops bundle push --force {3}\(/);
  const second = await fails(site.clone("ben"), "not-found", `goes on with ${digest}`);
  assert.match(second.hint!, /^rm -r \S+ben {3}\(/);
  await site.push(ann, { force: true });
  await site.clone("ben");
});

Deno.test("packs that went ahead for a push with nothing to do leave no mark of a push that is unfinished", async () => {
  using site = new Site();
  const ann = await packed(site, "ann", tables(1200));
  await site.push(ann);
  const ben = await packed(site, "ben", tables(1200));
  for (const name of ["config.yaml", "registry.yaml"]) {
    writeFile(ben, `.modelops-bundle/${name}`, textOf(ann, `.modelops-bundle/${name}`));
  }
  const report = await site.push(ben, { force: true });
  assert.equal(report.nothingToDo, true);
  assert.equal(isThere(ben, ".modelops-bundle/sending"), false);
});

serverTest("3,000 files go to a registry and come back with few requests", "docker-registry", async () => {
  await using server = await startDockerRegistry();
  using site = new Site();
  const project = await site.project("ann");
  for (let folder = 0; folder < 100; folder++) {
    Deno.mkdirSync(join(project.root, `data/${folder}`), { recursive: true });
    for (let i = 0; i < 30; i++) Deno.writeTextFileSync(join(project.root, `data/${folder}/${i}.csv`), table(`${folder}/${i}`));
  }
  await site.add(project, ".");
  const open = () =>
    openRemote({ kind: "registry", host: server.host, path: "lab/many" }, {
      plainHttp: true,
      credentials: () => Promise.resolve(null),
      emit: () => {},
      userAgent: "mops/test",
    });
  const first = open();
  await site.push(project, {}, { remote: first });
  console.log(`packs: 3,003 files pushed with ${first.requests()} requests`);
  assert.ok(first.requests() <= 60, `${first.requests()} requests`);
  const second = open();
  const { project: clone } = await site.clone("ben", {}, { remote: second });
  console.log(`packs: 3,003 files pulled with ${second.requests()} requests`);
  assert.ok(second.requests() <= 30, `${second.requests()} requests`);
  assert.deepEqual(withoutGit(tree(clone.root)), withoutGit(tree(project.root)));
  const third = open();
  await site.push(project, {}, { remote: third });
  assert.ok(third.requests() <= 3, `${third.requests()} requests`);
  for (const remote of [first, second, third]) remote.close();
});
