/** Whatever a text tells people to run exists: a hint that names a command which is not there is worse than none. */
import assert from "node:assert/strict";
import { BUNDLE_TREE } from "../../src/cli/command_tree.ts";

const SRC = new URL("../../src/", import.meta.url);

Deno.test("every `mops bundle X` in the source and in the README names a command that exists", () => {
  const unknown: string[] = [];
  const names = Object.keys(BUNDLE_TREE.commands);
  for (const file of [...sources(SRC), new URL("../../README.md", import.meta.url)]) {
    for (const [text, name, computed] of Deno.readTextFileSync(file).matchAll(/mops bundle ([a-z][a-z-]*)(\$\{)?/g)) {
      const isThere = computed === undefined ? Object.hasOwn(BUNDLE_TREE.commands, name!) : names.some((one) => one.startsWith(name!));
      if (!isThere) unknown.push(`${file.pathname.split("/").slice(-2).join("/")}: ${text}`);
    }
  }
  assert.deepEqual(unknown, []);
});

function* sources(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    if (entry.isDirectory) yield* sources(new URL(`${entry.name}/`, folder));
    else if (entry.name.endsWith(".ts")) yield new URL(entry.name, folder);
  }
}
