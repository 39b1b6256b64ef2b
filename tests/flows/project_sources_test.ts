/** Reading a project: what is reached, what is no file, what is read once, and what the cache keeps. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { digestOf } from "../../src/base/digest.ts";
import { isFailure } from "../../src/base/failure.ts";
import { readBooks } from "../../src/flows/gather.ts";
import { gatherSources, type SourcesRequest } from "../../src/flows/project_sources.ts";
import type { Project } from "../../src/worktree/project.ts";
import { Site } from "../support/site.ts";
import { plainWorld, writeFile } from "../support/worlds.ts";

const FILES = {
  "models/__init__.py": "",
  "models/seir.py": "from .util import load\nimport shared.rates\n",
  "models/util.py": "import numpy\nfrom models import constants\n",
  "models/constants.py": "N = 1\n",
  "models/other.py": "import nothing\n",
  "shared/__init__.py": "",
  "shared/rates.py": "beta = 1\n",
};

async function gathered(project: Project, roots: readonly string[], more: Partial<SourcesRequest> = {}) {
  return await gatherSources(plainWorld(), {
    project,
    books: readBooks(project),
    roots: roots as readonly BundlePath[],
    remember: true,
    ...more,
  });
}

const cacheOf = (project: Project) => join(project.root, ".modelops-bundle", "outlines.json");

Deno.test("every Python file that is reached is read, once, with the digest of its bytes; nobody's files are not", async () => {
  using site = new Site();
  const project = await site.project("p", FILES);
  const { sources, digests } = await gathered(project, ["models/seir.py", "models/absent.py"]);
  assert.deepEqual([...sources.read.keys()].toSorted(), [
    "models/__init__.py",
    "models/constants.py",
    "models/seir.py",
    "models/util.py",
    "shared/__init__.py",
    "shared/rates.py",
  ]);
  assert.deepEqual(digests.get("models/seir.py" as BundlePath), {
    digest: digestOf(new TextEncoder().encode(FILES["models/seir.py"])),
    size: FILES["models/seir.py"].length,
  });
  assert.ok(sources.files.has("models/other.py" as BundlePath) && sources.folders.has("models"));
});

Deno.test("whole packages are read where code_mode package is asked for, recorded or configured", async () => {
  using site = new Site();
  const project = await site.project("p", FILES);
  const isOtherRead = async (more: Partial<SourcesRequest> = {}) =>
    (await gathered(project, ["models/seir.py"], more)).sources.read.has("models/other.py" as BundlePath);
  assert.equal(await isOtherRead(), false);
  assert.equal(await isOtherRead({ wholePackages: true }), true);
  const config = join(project.root, ".modelops-bundle", "config.yaml");
  Deno.writeTextFileSync(config, `${Deno.readTextFileSync(config)}auto_code:\n  import_mode: package\n`);
  assert.equal(await isOtherRead(), true);
});

Deno.test("roots of config.yaml say where imports start", async () => {
  using site = new Site();
  const project = await site.project("p", { "run.py": "import helper\n", "lib/helper.py": "" });
  const isHelperRead = async () => (await gathered(project, ["run.py"])).sources.read.has("lib/helper.py" as BundlePath);
  assert.equal(await isHelperRead(), false);
  const config = join(project.root, ".modelops-bundle", "config.yaml");
  Deno.writeTextFileSync(config, `${Deno.readTextFileSync(config)}auto_code:\n  code_roots: [lib]\n`);
  assert.equal(await isHelperRead(), true);
});

Deno.test("a directory named x.py is no file, nor is a fifo; a link is read as a snapshot takes it", async () => {
  using site = new Site();
  const project = await site.project("p", { "run.py": "import x, linked, outside, pipe, real\n", "real.py": "import y\n", "y.py": "" });
  Deno.mkdirSync(join(project.root, "x.py"));
  writeFile(project, "x.py/inside.txt", "");
  assert.ok(new Deno.Command("mkfifo", { args: [join(project.root, "pipe.py")] }).outputSync().success);
  Deno.symlinkSync("real.py", join(project.root, "linked.py"));
  Deno.writeTextFileSync(join(site.place, "elsewhere.py"), "import y\n");
  Deno.symlinkSync(join(site.place, "elsewhere.py"), join(project.root, "outside.py"));
  const { sources, digests } = await gathered(project, ["run.py", "x.py", "outside.py", "pipe.py"]);
  assert.deepEqual([...sources.read.keys()].toSorted(), ["linked.py", "real.py", "run.py", "y.py"]);
  assert.equal(digests.get("linked.py" as BundlePath)!.digest, digests.get("real.py" as BundlePath)!.digest);
});

Deno.test("a file that does not parse is known as such, and stops nobody", async () => {
  using site = new Site();
  const project = await site.project("p", { "run.py": "import bad, good\n", "bad.py": 'print "x"\n', "good.py": "" });
  const { sources, outlineOf, digests } = await gathered(project, ["run.py"]);
  const bad = sources.read.get("bad.py" as BundlePath)!;
  assert.ok("problem" in bad && bad.problem.code === "syntax", JSON.stringify(bad));
  assert.equal(outlineOf(digests.get("bad.py" as BundlePath)!.digest), null);
  assert.ok(sources.read.has("good.py" as BundlePath));
});

Deno.test("a file too large to be source is a problem, and has its digest all the same", async () => {
  using site = new Site();
  const project = await site.project("p", { "run.py": "import big\n" });
  const bytes = new Uint8Array(9 * 1024 * 1024).fill(0x23);
  Deno.writeFileSync(join(project.root, "big.py"), bytes);
  const { sources, digests } = await gathered(project, ["run.py"]);
  const big = sources.read.get("big.py" as BundlePath)!;
  assert.ok("problem" in big && big.problem.code === "too-large");
  assert.deepEqual({ ...digests.get("big.py" as BundlePath)! }, { digest: digestOf(bytes), size: bytes.byteLength });
});

Deno.test("the version before an edit stays known by its digest, over as many commands as there are", async () => {
  using site = new Site();
  const project = await site.project("p", FILES);
  const before = (await gathered(project, ["models/seir.py"])).digests.get("models/util.py" as BundlePath)!.digest;
  writeFile(project, "models/util.py", "# only a comment\nimport   numpy\nfrom models import constants\n");
  const after = await gathered(project, ["models/seir.py"]);
  const now = after.digests.get("models/util.py" as BundlePath)!.digest;
  assert.notEqual(now, before);
  assert.equal(after.outlineOf(now)!.tokens, after.outlineOf(before)!.tokens);
});

Deno.test("the cache may be deleted, damaged or not be written at any time: the same comes out", async () => {
  using site = new Site();
  const project = await site.project("p", FILES);
  const first = await gathered(project, ["models/seir.py"]);
  const values = ({ sources: { files, folders, layout, read } }: Awaited<ReturnType<typeof gathered>>) => ({
    files,
    folders,
    layout,
    read,
  });
  const again = async (more: Partial<SourcesRequest> = {}) =>
    assert.deepEqual(values(await gathered(project, ["models/seir.py"], more)), values(first));
  await again();
  Deno.writeTextFileSync(cacheOf(project), Deno.readTextFileSync(cacheOf(project)).slice(0, 500));
  await again();
  Deno.removeSync(cacheOf(project));
  await again({ remember: false });
  assert.throws(() => Deno.statSync(cacheOf(project)), Deno.errors.NotFound);
  await again();
});

Deno.test("tracked files count even if they are ignored, and what is ignored otherwise does not", async () => {
  using site = new Site();
  const project = await site.project("p", { "run.py": "import kept, left\n", "kept.py": "" });
  writeFile(project, "left.py", "");
  writeFile(project, ".modelopsignore", "kept.py\nleft.py\n");
  const { sources } = await gathered(project, ["run.py"]);
  assert.deepEqual([...sources.read.keys()].toSorted(), ["kept.py", "run.py"]);
});

Deno.test("an interrupted reading ends at once", async () => {
  using site = new Site();
  const project = await site.project("p", FILES);
  const world = { ...plainWorld(), signal: AbortSignal.abort() };
  await assert.rejects(
    gatherSources(world, { project, books: readBooks(project), roots: ["models/seir.py" as BundlePath], remember: true }),
    (error) => isFailure(error, "interrupted"),
  );
});
