/** The rules of the house (docs/design.md, "The house"): checked on the real one, and on made-up ones that break each rule. */
import assert from "node:assert/strict";
import { bareCode } from "./house/bare_code.ts";
import { type Import, type Module, offences } from "./house/check.ts";
import { readHouse } from "./house/read_house.ts";

const house = await readHouse();

Deno.test("the house keeps its rules", () => {
  assert.ok(house.length > 30, "deno info found the source");
  const found = offences(house);
  assert.equal(found.length, 0, `\n${found.join("\n")}\n`);
});

Deno.test("the graph of the real house holds type-only and dynamic imports", () => {
  const kinds = new Set(house.flatMap(({ imports }) => imports.map(({ kind }) => kind)));
  assert.deepEqual([...kinds].sort(), ["code", "dynamic", "type"]);
});

/** A house of the given files, all reached from main.ts through src/cli/session.ts, which may name everything. */
function made(files: Readonly<Record<string, { imports?: readonly (string | Import)[]; text?: string }>>): Module[] {
  const modules = Object.entries(files).map(([path, { imports = [], text = "" }]): Module => ({
    path,
    text,
    imports: imports.map((target) => typeof target === "string" ? { to: target, kind: "code" } : target),
  }));
  const missing = ["main.ts", "src/cli/session.ts"].filter((path) => !(path in files));
  const reachAll = Object.keys(files).filter((path) => path !== "main.ts").map((to): Import => ({ to, kind: "code" }));
  return [
    ...modules,
    ...missing.map((path): Module => ({
      path,
      text: "",
      imports: path === "main.ts" ? [{ to: "src/cli/session.ts", kind: "code" }] : reachAll,
    })),
  ];
}

function refused(sentence: string, files: Parameters<typeof made>[0], ...expected: RegExp[]): void {
  Deno.test(`the house refuses ${sentence}`, () => {
    const found = offences(made(files));
    assert.equal(found.length, expected.length, found.join("\n"));
    expected.forEach((pattern, place) => assert.match(found[place]!, pattern));
  });
}

function accepted(sentence: string, files: Parameters<typeof made>[0]): void {
  Deno.test(`the house takes ${sentence}`, () => assert.deepEqual(offences(made(files)), []));
}

refused(
  "a planner that touches the disk",
  { "src/plan/push.ts": { imports: ["src/disk/lock.ts"] }, "src/disk/lock.ts": {} },
  /^src\/plan\/push\.ts imports src\/disk\/lock\.ts: planners never touch the disk.*gather it in src\/flows and pass it in as a value$/,
);
refused(
  "an arrow that only a type takes",
  { "src/flows/push.ts": { imports: [{ to: "src/ui/text.ts", kind: "type" }] }, "src/ui/text.ts": {} },
  /^src\/flows\/push\.ts imports src\/ui\/text\.ts: /,
);
refused(
  "an arrow that only runs later",
  { "src/flows/push.ts": { imports: [{ to: "src/remote/blobs.ts", kind: "dynamic" }] }, "src/remote/blobs.ts": {} },
  /adapters arrive as values/,
);
refused(
  "an arrow through a worker",
  { "src/disk/hash.ts": { imports: [{ to: "src/bundle/index.ts", kind: "worker" }] }, "src/bundle/index.ts": {} },
  /src\/bundle\/index\.ts/,
);
refused("base that imports anybody", { "src/base/a.ts": { imports: ["src/bundle/b.ts"] }, "src/bundle/b.ts": {} }, /base knows nobody/);
refused(
  "a worktree that takes more than types of plan",
  { "src/worktree/a.ts": { imports: ["src/plan/edits.ts"] }, "src/plan/edits.ts": {} },
  /for more than its types/,
);
accepted("a worktree that takes types of plan", {
  "src/worktree/a.ts": { imports: [{ to: "src/plan/edits.ts", kind: "type" }] },
  "src/plan/edits.ts": {},
});
refused(
  "an adapter that a command names",
  { "src/cli/commands/push.ts": { imports: ["src/layout/layout.ts"] }, "src/layout/layout.ts": {} },
  /only src\/cli\/session\.ts names concrete adapters/,
);
refused(
  "credentials that a command reads",
  { "src/cli/run.ts": { imports: ["src/settings/credentials.ts"] }, "src/settings/credentials.ts": {} },
  /only src\/cli\/session\.ts/,
);
accepted("the composition root that names adapters", {
  "src/cli/session.ts": { imports: [{ to: "src/remote/a.ts", kind: "dynamic" }, "src/settings/credentials.ts"] },
  "src/remote/a.ts": { imports: ["src/http/send.ts", "src/bundle/content.ts"] },
  "src/http/send.ts": {},
  "src/bundle/content.ts": {},
  "src/settings/credentials.ts": {},
});
refused(
  "a wing that has no place",
  { "src/stuff/a.ts": { imports: ["src/base/a.ts"] }, "src/base/a.ts": {} },
  /^src\/cli\/session/,
  /no place in the house/,
);
refused(
  "main.ts that knows more than cli",
  { "main.ts": { imports: ["src/base/a.ts", "src/cli/session.ts"] }, "src/base/a.ts": {} },
  /main\.ts starts src\/cli/,
);
refused(
  "source that imports tests",
  { "src/flows/a.ts": { imports: ["tests/support/a.ts"] } },
  /what lies outside src is for tests and tools/,
);

refused(
  "a circle of three, type-only and dynamic ones counted, once",
  {
    "src/plan/b.ts": { imports: [{ to: "src/plan/c.ts", kind: "type" }] },
    "src/plan/c.ts": { imports: [{ to: "src/plan/a.ts", kind: "dynamic" }] },
    "src/plan/a.ts": { imports: ["src/plan/b.ts"] },
  },
  /^src\/plan\/a\.ts → src\/plan\/b\.ts → src\/plan\/c\.ts → src\/plan\/a\.ts is a circle/,
);
refused("a room that imports itself", { "src/plan/a.ts": { imports: ["src/plan/a.ts"] } }, /a\.ts → src\/plan\/a\.ts is a circle/);

Deno.test("the house refuses what nothing reaches, and takes what runs as a worker", () => {
  const found = offences([
    { path: "main.ts", text: "", imports: [{ to: "src/cli/session.ts", kind: "code" }] },
    { path: "src/cli/session.ts", text: "", imports: [{ to: "src/disk/hash.ts", kind: "code" }] },
    { path: "src/disk/hash.ts", text: "", imports: [{ to: "src/disk/worker.ts", kind: "worker" }] },
    { path: "src/disk/worker.ts", text: "", imports: [] },
    { path: "src/plan/lost.ts", text: "", imports: [] },
  ]);
  assert.deepEqual(found, ["src/plan/lost.ts is reached from nowhere: import it where it is used, or delete it"]);
});

refused(
  "a package outside its room",
  { "src/flows/a.ts": { imports: ["yaml"] } },
  /imports the package yaml: it lives in src\/base\/yaml_edit\.ts/,
);
refused("a package without a room", { "src/ui/a.ts": { imports: ["chalk"] } }, /give it a room of its own/);
refused("the operating system on a pure floor", { "src/plan/a.ts": { imports: ["node:os"] } }, /the pure floors only compute/);
accepted("hashing in its one room", { "src/base/digest.ts": { imports: ["node:crypto"] } });

for (
  const [text, message] of [
    ["const now = Date.now();", /clock/],
    ["const now = new Date();", /clock/],
    ["const now = new Date;", /clock/],
    ["const t = performance.now();", /clock/],
    ["const id = crypto.randomUUID();", /random/],
    ["crypto.getRandomValues(bytes);", /random/],
    ["const x = Math.random();", /random/],
    ["await fetch(url);", /request/],
    ["const a = Deno.readTextFileSync(p);", /touches Deno/],
    ["let info: Deno.FileInfo;", /touches Deno/],
    ["setTimeout(go, 1);", /waits/],
  ] as const
) {
  refused(
    `"${text}" on a pure floor`,
    { "src/bundle/a.ts": { text: `// a\n${text}` } },
    new RegExp(`^src/bundle/a\\.ts:2 .*${message.source}`),
  );
  accepted(`"${text}" on the disk's floor`, { "src/disk/a.ts": { text } });
}
accepted("what only looks like the clock", {
  "src/plan/a.ts": { text: "const at = new Date(text); candidate.now(); type X = Date; undated.now;" },
});

refused("a planner that waits", { "src/plan/a.ts": { text: "export async function planPush() {}" } }, /a planner that waits/);
refused("printing outside ui", { "src/flows/a.ts": { text: "console.log(1);" } }, /src\/ui prints/);
accepted("a console of our own, and printing in ui", {
  "src/cli/run.ts": { text: "console.out(text); this.console.log(1);" },
  "src/ui/console.ts": { text: "console.log(1);" },
});
refused("an end of the program outside main.ts", { "src/cli/run.ts": { text: "Deno.exit(1);" } }, /main\.ts exits/);
accepted("the end of the program in main.ts", {
  "main.ts": { text: "Deno.exit(await run());", imports: ["src/cli/session.ts"] },
  "src/cli/session.ts": {},
});
refused("an environment variable read in a corner", { "src/settings/a.ts": { text: "process.env.HOME" } }, /reads environment variables/);
accepted("environment variables at the composition root", { "src/cli/session.ts": { text: 'Deno.env.get("HOME")' } });
for (const text of ["try { go(); } catch {}", "try { go(); } catch (error) {\n // no matter\n}", "try { go(); } catch { /* ignore */ }"]) {
  refused(`a swallowed error: ${JSON.stringify(text)}`, { "src/flows/a.ts": { text } }, /swallows an error/);
}
accepted("an error that is looked at", {
  "src/flows/a.ts": { text: "try { go(); } catch (error) { if (!isAbsent(error)) throw error; }" },
});
for (
  const text of [
    "Deno.renameSync(a, b);",
    "await Deno.remove(a);",
    "Deno.openSync(a, { read: true, write: true });",
    "await Deno.open(a, { append: true });",
    "file.syncSync();",
  ]
) {
  refused(`a change to the disk that no test can stop: ${text}`, { "src/worktree/a.ts": { text } }, /src\/disk\/effects\.ts/);
}
refused(
  "files through Node",
  { "src/worktree/a.ts": { imports: ["node:fs/promises"] } },
  /files are changed through src\/disk\/effects\.ts/,
);
accepted("changes in the room of changes, and reading anywhere", {
  "src/disk/effects.ts": { text: "Deno.renameSync(a, b); file.syncSync();" },
  "src/disk/a.ts": { text: "Deno.openSync(a, { read: true }); Deno.readFileSync(a); disk.rename(a, b);" },
});
for (const name of ["utils", "util", "helpers", "common", "misc", "core", "manager", "registry"]) {
  refused(`a room called ${name}`, { [`src/flows/${name}.ts`]: {} }, new RegExp(`is called "${name}"`));
}
refused("a folder called helpers", { "src/flows/helpers/a.ts": {} }, /is called "helpers"/);
accepted("a longer name that says what is in it", { "src/models/model_registry.ts": {} });

Deno.test("comments, strings and regular expressions are no code; what stands in a template's braces is", () => {
  for (
    const [text, found] of [
      ["// Deno.exit()", false],
      ["/* Deno.exit()\n Deno.exit() */ x", false],
      ['"Deno.exit()"', false],
      ["'it\\'s Deno.exit()'", false],
      ["`Deno.exit()`", false],
      ["`a ${Deno.exit()} b`", true],
      ["`a ${`b ${Deno.exit()}`} Deno`", true],
      ["`a ${{ b: `}` }.b} Deno.exit()`", false],
      ["`\\${Deno.exit()}`", false],
      ['/["`]/.test(a); Deno.exit()', true],
      ["/Deno.exit()/.test(a)", false],
      ["a / b; Deno.exit(); c / d", true],
      ["x = a.replace(/[/'\"]/g, b); Deno.exit()", true],
      ['const a = "http://x"; Deno.exit()', true],
    ] as const
  ) {
    assert.equal(/Deno\.exit/.test(bareCode(text)), found, text);
    assert.equal(bareCode(text).split("\n").length, text.split("\n").length, text);
  }
});
