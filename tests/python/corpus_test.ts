/**
 * Our reading of imports and paths beside what CPython really does: every case of `corpus/` is imported with an audit hook
 * (`opened_files.py`), and every file of the project that Python opened must be in the closure or among the proposed data. What cannot be
 * seen without running it must have been said.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type BundlePath, compareBundlePaths } from "../../src/base/bundle_path.ts";
import { readBooks } from "../../src/flows/gather.ts";
import { gatherSources } from "../../src/flows/project_sources.ts";
import { closureOf } from "../../src/models/closure_of.ts";
import type { AnalysedClosure } from "../../src/models/entry_analysis.ts";
import { python, pythonTest, STUBS } from "../support/python.ts";
import { projectOf, type TextProject } from "../support/python_project.ts";
import { makeProject, plainWorld } from "../support/worlds.ts";

interface Case {
  readonly says: string;
  /** The file that imports begin with, and its name as a module. */
  readonly entry: BundlePath;
  readonly module: string;
  /** Functions to be called without arguments. */
  readonly calls: readonly string[];
  /** On `sys.path`, in this order, "" being the project's folder. */
  readonly roots: readonly string[];
  /** Opened by Python and invisible to any reader: then `unresolved` (a part of what is said) must be there. */
  readonly unseen?: readonly string[];
  readonly unresolved?: string;
  /** Would be wrong in a closure. A file with `unrelated` in its path is wrong in all of them. */
  readonly never?: readonly string[];
}

const CORPUS = new URL("./corpus/", import.meta.url).pathname;
const OPENED_FILES = new URL("./opened_files.py", import.meta.url).pathname;
const names = [...Deno.readDirSync(CORPUS)].map(({ name }) => name).sort();

Deno.test("the corpus is large, and holds what cannot be seen, too", () => {
  assert.ok(names.length >= 40, `${names.length} cases`);
  assert.ok(names.filter((name) => caseOf(name).unseen !== undefined).length >= 3);
});

for (const name of names) {
  const one = caseOf(name);
  pythonTest(`as CPython does it, ${name}: ${one.says}`, [], async () => {
    const opened = await openedBy(join(CORPUS, name), one);
    assert.ok(opened.includes(one.entry) && opened.length >= 2, `Python opened only ${opened.join(", ")}`);

    const closure = found(projectOf(textsOf(join(CORPUS, name))), one.entry);
    const paths = pathsOf(closure);
    assert.deepEqual(opened.filter((path) => !paths.has(path)), [...one.unseen ?? []], "Python opened files that were not found");
    assert.deepEqual([...paths].filter((path) => path.includes("unrelated") || one.never?.includes(path)), []);

    const said = closure.followed.unresolved.map(({ what, file, at, why }) => `${file}:${at.line}: ${what}: ${why}`);
    if (one.unresolved !== undefined) assert.ok(said.some((line) => line.includes(one.unresolved!)), `it was not said: ${said.join("\n")}`);
    else assert.deepEqual(said, [], "something is said to be unresolved that is not");
  });
}

Deno.test("reading only the files that are reached gives the same closures as reading every file", async () => {
  for (const name of names) {
    const folder = await Deno.makeTempDir({ prefix: "mops-corpus-" });
    try {
      const texts = textsOf(join(CORPUS, name));
      const { entry } = caseOf(name);
      for (const [path, bytes] of Object.entries(texts)) {
        await Deno.mkdir(join(folder, path, ".."), { recursive: true });
        await Deno.writeFile(join(folder, path), bytes);
      }
      const project = await makeProject(folder, "corpus");
      if (texts["pyproject.toml"] === undefined) await Deno.remove(join(folder, "pyproject.toml"));
      const { sources, declarations } = await gatherSources(plainWorld(), {
        project,
        books: readBooks(project),
        roots: [entry],
        remember: false,
      });
      const [lazily, wholly] = [found({ sources, declarations }, entry), found(projectOf(texts), entry)];
      assert.deepEqual([...pathsOf(lazily)], [...pathsOf(wholly)], name);
      assert.deepEqual(lazily.followed.unresolved, wholly.followed.unresolved, name);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

function caseOf(name: string): Case {
  return JSON.parse(Deno.readTextFileSync(join(CORPUS, name, "case.json")));
}

async function openedBy(project: string, { module, calls, roots }: Case): Promise<string[]> {
  const printed = await python(OPENED_FILES, [JSON.stringify({ project, roots, stubs: STUBS, module, calls })]);
  return JSON.parse(printed);
}

function found({ sources, declarations }: TextProject, path: BundlePath): AnalysedClosure {
  const request = { path, symbol: "", dataGiven: [], codeGiven: [], autoCode: true, codeMode: "files", autoData: [] } as const;
  return closureOf(sources, declarations, request);
}

function pathsOf({ code, data, proposed }: AnalysedClosure): Set<string> {
  return new Set([...code, ...data, ...proposed].map(({ path }) => path).sort(compareBundlePaths));
}

/** Every file of a case but `case.json`. */
function textsOf(folder: string): Record<string, Uint8Array> {
  const texts: Record<string, Uint8Array> = {};
  const visit = (below: string): void => {
    for (const entry of Deno.readDirSync(join(folder, below))) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory && entry.name !== "__pycache__") visit(path);
      else if (entry.isFile && path !== "case.json") texts[path] = Deno.readFileSync(join(folder, path));
    }
  };
  visit("");
  return texts;
}
