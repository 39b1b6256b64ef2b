import assert from "node:assert/strict";

interface Graph {
  readonly redirects: Readonly<Record<string, string>>;
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly { readonly code?: { readonly specifier?: string }; readonly isDynamic?: boolean }[];
  }[];
}

Deno.test("every command starts with the argument parser and the console; engines and other libraries come when they are needed", async () => {
  const loaded = await loadedBy("main.ts", "src/cli/run.ts");
  const packages = loaded.filter((specifier) => specifier.startsWith("npm:")).map((specifier) =>
    specifier.replace(/^npm:\/?|@[\d.]+.*$/g, "")
  );
  assert.deepEqual([...new Set(packages)].sort(), ["@commander-js/extra-typings"]);
  const wings = loaded.flatMap((specifier) => /\/src\/(\w+)\//.exec(specifier)?.[1] ?? []);
  for (const wing of ["flows", "models", "layout", "remote", "http", "stores"]) {
    assert.ok(!wings.includes(wing), `src/${wing} is loaded by commands that may not need it: import it dynamically`);
  }
});

Deno.test("the version is answered by a handful of rooms and no package, and in the same words as with an option", async () => {
  const loaded = await loadedBy("main.ts");
  assert.deepEqual(loaded.filter((specifier) => specifier.startsWith("npm:")), []);
  assert.ok(
    !loaded.some((specifier) => /\/src\/(?!cli\/|ui\/|base\/failure\.ts)|\/cli\/(run|parse|session)\.ts$/.test(specifier)),
    loaded.join("\n"),
  );
  const answers = [["version"], ["--version"], ["-V"], ["version", "--quiet"], ["--quiet", "--version"], ["bundle", "version"]].map(
    (args) => {
      const root = new URL("../../", import.meta.url);
      const command = new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "--no-check", "main.ts", ...args],
        cwd: root,
        stdin: "null",
      });
      const { code, stdout, stderr } = command.outputSync();
      return [code, new TextDecoder().decode(stdout), new TextDecoder().decode(stderr)];
    },
  );
  for (const answer of answers) assert.deepEqual(answer, answers[3]);
  assert.match(String(answers[3]![1]), /^mops \d+\.\d+\.\d+\n$/);
});

/** What these files import without being asked, directly or through others. Types do not count, they are gone by then. */
async function loadedBy(...files: readonly string[]): Promise<string[]> {
  const root = new URL("../../", import.meta.url);
  const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", "main.ts"], cwd: root, stdin: "null" });
  const graph = JSON.parse(new TextDecoder().decode((await command.output()).stdout)) as Graph;
  const byName = new Map(graph.modules.map((module) => [module.specifier, module]));
  const seen = new Set<string>();
  const waiting = files.map((file) => new URL(file, root).href);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const specifier = graph.redirects[name] ?? name;
    if (seen.has(specifier)) continue;
    seen.add(specifier);
    for (const { code, isDynamic } of byName.get(specifier)?.dependencies ?? []) {
      if (!isDynamic && code?.specifier !== undefined) waiting.push(code.specifier);
    }
  }
  return [...seen].sort();
}
