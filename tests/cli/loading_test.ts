/** What a command loads: itself, the flow that it runs, the text that it prints; other engines and packages stay on disk. */
import assert from "node:assert/strict";

interface Module {
  readonly specifier: string;
  readonly dependencies?: readonly { readonly code?: { readonly specifier?: string }; readonly isDynamic?: boolean }[];
}

const root = new URL("../../", import.meta.url);

Deno.test("version loads no flow, no remote and no package but the parser of arguments", async () => {
  const loaded = await loads("src/cli/commands/version.ts");
  assert.deepEqual(packages(loaded), ["@commander-js/extra-typings"]);
  assert.deepEqual(wings(loaded).filter((wing) => ["flows", "http", "layout", "models", "plan", "remote"].includes(wing)), []);
});

Deno.test("add loads neither remotes nor settings, and no library of diffs", async () => {
  const loaded = await loads("src/cli/commands/add.ts");
  assert.ok(loaded.some((file) => file.endsWith("/src/flows/add.ts")));
  assert.deepEqual(wings(loaded).filter((wing) => ["http", "layout", "models", "remote", "settings"].includes(wing)), []);
  // YAML: a lost list of tracked files is read from manifest.yaml.
  const expected = ["@commander-js/extra-typings", "ignore", "js-yaml"];
  assert.deepEqual(packages(loaded).filter((name) => !expected.includes(name)), []);
});

Deno.test("status and add load no library that edits YAML, nor do the flows that they run", async () => {
  for (const name of ["status", "add"]) {
    const loaded = await loads(`src/cli/commands/${name}.ts`, `src/flows/${name}.ts`, "src/flows/gather.ts");
    assert.ok(loaded.some((file) => file.endsWith("/src/settings/config.ts")), name);
    assert.ok(!packages(loaded).includes("yaml"), name);
  }
});

Deno.test("status asks no remote, hashes no file and reads no model before it has to, and loads nothing of those until then", async () => {
  const loaded = await loads(
    "src/cli/commands/status.ts",
    ...["flows/status.ts", "flows/gather.ts", "flows/environment.ts", "settings/remote_choice.ts", "settings/remote_precedence.ts"].map((
      file,
    ) => `src/${file}`),
    ...["ui/render_status.ts", "ui/render_models.ts"].map((file) => `src/${file}`),
  );
  assert.ok(loaded.some((file) => file.endsWith("/src/worktree/take_snapshot.ts")));
  assert.deepEqual(wings(loaded).filter((wing) => ["http", "layout", "remote"].includes(wing)), []);
  const late = [
    "flows/read_bundle.ts",
    "flows/find_base.ts",
    "disk/hash_file.ts",
    "disk/lock.ts",
    "disk/owner.ts",
    "worktree/carry_out.ts",
    "python/pyproject.ts",
  ];
  assert.deepEqual(late.filter((file) => loaded.some((one) => one.endsWith(`/src/${file}`))), []);
  assert.deepEqual(packages(loaded), ["@commander-js/extra-typings", "fast-string-width", "ignore", "js-yaml"]);
});

Deno.test("only diff loads the library of diffs, and the library of bars waits for a bar", async () => {
  for (const { name } of Deno.readDirSync(new URL("src/cli/commands/", root))) {
    const loaded = packages(await loads(`src/cli/commands/${name}`));
    assert.equal(loaded.includes("diff"), name === "diff.ts", name);
    assert.ok(!loaded.includes("cli-progress"), name);
  }
});

/** Modules of main.ts, of src/cli/run.ts, of the command, of what the command imports when it runs, and of these others. */
async function loads(command: string, ...others: readonly string[]): Promise<string[]> {
  const graph = await wholeGraph();
  const seen = new Set<string>();
  const own = new URL(command, root).href;
  const waiting = [
    new URL("main.ts", root).href,
    new URL("src/cli/run.ts", root).href,
    own,
    ...others.map((file) => new URL(file, root).href),
  ];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const specifier = graph.redirects[name] ?? name;
    if (seen.has(specifier)) continue;
    seen.add(specifier);
    for (const { code, isDynamic } of graph.modules.get(specifier)?.dependencies ?? []) {
      if (code?.specifier !== undefined && (isDynamic !== true || specifier === own)) waiting.push(code.specifier);
    }
  }
  return [...seen].sort();
}

let known: Promise<{ modules: Map<string, Module>; redirects: Record<string, string> }> | undefined;

function wholeGraph() {
  return known ??= (async () => {
    const command = new Deno.Command(Deno.execPath(), { args: ["info", "--json", "main.ts"], cwd: root, stdin: "null" });
    const { modules, redirects } = JSON.parse(new TextDecoder().decode((await command.output()).stdout));
    return { modules: new Map((modules as Module[]).map((module) => [module.specifier, module])), redirects };
  })();
}

function packages(loaded: readonly string[]): string[] {
  return [...new Set(loaded.filter((one) => one.startsWith("npm:")).map((one) => one.replace(/^npm:\/?|@[\d.]+.*$/g, "")))].sort();
}

function wings(loaded: readonly string[]): string[] {
  return [...new Set(loaded.flatMap((one) => /\/src\/(\w+)\//.exec(one)?.[1] ?? []))].sort();
}
