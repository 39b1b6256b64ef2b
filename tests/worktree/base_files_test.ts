/** The copy of a base's file list says what the list says, or nothing. */
import assert from "node:assert/strict";
import type { BundlePath } from "../../src/base/bundle_path.ts";
import { digestOf } from "../../src/base/digest.ts";
import type { FileContent } from "../../src/bundle/snapshot.ts";
import { readBaseFiles, rememberBaseFiles } from "../../src/worktree/base_files.ts";
import { LOCAL_NAMES, metaPath } from "../../src/worktree/project.ts";
import { inProject } from "./project_folder.ts";

const text = (value: string) => new TextEncoder().encode(value);
const [bundle, other] = [digestOf(text("bundle")), digestOf(text("other"))];

const files = new Map<BundlePath, FileContent>();
for (let number = 0; number < 6000; number++) {
  const [path, digest] = [`dätä/${String(number).padStart(5, "0")}` as BundlePath, digestOf(text(`${number}`))];
  files.set(path, { digest, size: number * 1e9, executable: number % 3 === 0, link: number % 1000 === 1 ? `../${number} "ü"` : undefined });
}

Deno.test("the list of a bundle comes back whole, in its order, and only for that bundle", () =>
  inProject((project) => {
    assert.equal(readBaseFiles(project, bundle), null);
    rememberBaseFiles(project, bundle, files);
    assert.deepEqual([...readBaseFiles(project, bundle)!], [...files]);
    assert.equal(readBaseFiles(project, other), null);
    rememberBaseFiles(project, other, files);
    assert.equal(readBaseFiles(project, bundle), null);
  }));

Deno.test("a copy with a byte changed, cut off or added is not believed", () =>
  inProject((project) => {
    rememberBaseFiles(project, bundle, files);
    const path = metaPath(project, LOCAL_NAMES.baseFiles);
    const good = Deno.readFileSync(path);
    const places = Array.from({ length: 60 }, (_, at) => at < 40 ? at * 3 : Math.floor((good.length * at) / 61));
    for (const bad of [...places.map((at) => good.with(at, good[at]! ^ 16)), good.slice(0, -1), good.slice(0, 50), text("{}")]) {
      Deno.writeFileSync(path, bad);
      assert.equal(readBaseFiles(project, bundle), null);
    }
    Deno.writeFileSync(path, good);
    assert.notEqual(readBaseFiles(project, bundle), null);
  }));

Deno.test("few files are not worth a copy, and a folder that cannot take one is no failure", () =>
  inProject((project) => {
    rememberBaseFiles(project, bundle, new Map([...files].slice(0, 10)));
    assert.deepEqual([...Deno.readDirSync(metaPath(project, "."))], []);
    Deno.mkdirSync(metaPath(project, LOCAL_NAMES.baseFiles));
    rememberBaseFiles(project, bundle, files);
    assert.equal(readBaseFiles(project, bundle), null);
  }));
