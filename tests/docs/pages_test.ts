/** What holds for every page: links lead somewhere, every page is in the index, and nothing is left for later. */
import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path";

const ROOT = new URL("../../", import.meta.url).pathname;
const pages = ["README.md", ...await markdownBelow("docs")];

Deno.test("links between pages lead to files that are there", async () => {
  const broken: string[] = [];
  for (const page of pages) {
    for (const [, target] of (await textOf(page)).replace(/```[\s\S]*?```/g, "").matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target!) || target!.startsWith("#")) continue;
      const path = normalize(join(dirname(page), target!.replace(/#.*$/, "")));
      if (!await isThere(path)) broken.push(`${page} → ${target}`);
    }
  }
  assert.deepEqual(broken, []);
});

Deno.test("docs/index.md leads to every page, to each decision once and in order", async () => {
  const index = await textOf("docs/index.md");
  const decisions = pages.flatMap((page) => /^docs\/(decisions\/.*)/.exec(page)?.[1] ?? []);
  assert.deepEqual([...index.matchAll(/\]\((decisions\/[^)]+)\)/g)].map(([, page]) => page), decisions);
  const missing = pages.filter((page) => /^docs\/(?!index\.md|cli\/)/.test(page) && !index.includes(`](${page.slice("docs/".length)})`));
  assert.deepEqual(missing, []);
});

Deno.test("pages promise nothing for later", async () => {
  for (const page of pages) assert.doesNotMatch(await textOf(page), /\b(todo|fixme|tbd|placeholder|for now)\b/i, page);
});

Deno.test("the files that people download are named as they are made", async () => {
  const readme = await textOf("README.md");
  const targets = [...(await textOf("scripts/compile.ts")).matchAll(/^ {2}"([a-z]+-[a-z0-9_]+)": "/gm)].map(([, name]) => name!);
  assert.ok(targets.length >= 2);
  for (const name of targets) assert.ok(readme.includes(`mops-${name}`), `README.md does not name mops-${name}`);
});

async function markdownBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await markdownBelow(path));
    else if (entry.name.endsWith(".md")) found.push(path);
  }
  return found.sort();
}

async function textOf(path: string): Promise<string> {
  return await Deno.readTextFile(join(ROOT, path));
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(join(ROOT, path));
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
