/**
 * Ignore rules beside `git check-ignore`, on real trees with random ignore files at several depths. They are the same wherever
 * docs/formats.md ("Ignore rules") does not say otherwise: negations that meet directories are left out, blanks in front too.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { DEFAULT_IGNORES } from "../../src/worktree/default_ignores.ts";
import { ignoreRules } from "../../src/worktree/ignore.ts";
import { cases, Chance, tellTried } from "../support/torture.ts";

const FOLDERS = ["d", "d/e", "d/e/f", "dd", "g h", "x", "x/d", "x/d/e", "build", "x/[b]", "é"];
const NAMES = ["a.csv", "b.csv", "ab.csv", "a", "keep.txt", "#a.csv", "!b.csv", "a b.csv", "*.csv", "[ab].csv", "é.csv", "z.pyc", "A.csv"];

/** path → is it a directory; the same for every case. */
const TREE = new Map<string, boolean>([
  ...FOLDERS.map((folder) => [folder, true] as const),
  ...NAMES.map((name) => [name, false] as const),
  ...FOLDERS.flatMap((folder, index) =>
    NAMES.filter((_, at) => (at + index) % 3 === 0).map((name) => [`${folder}/${name}`, false] as const)
  ),
]);

interface Case {
  /** Folder of the ignore file, "" for the root → its text. */
  readonly files: Readonly<Record<string, string>>;
}

const COMPONENTS = [
  "a",
  "d",
  "e",
  "x",
  "dd",
  "build",
  "*",
  "a*.csv",
  "a*b.csv",
  "**",
  "?",
  "d*",
  "*d",
  "[de]",
  "[!d]",
  "[a-e]",
  "[^x]*",
  "g h",
  "g\\ h",
  "\\[b\\]",
  "é",
  "?*",
];
const FILE_NAMES = [
  "a.csv",
  "*.csv",
  "?.csv",
  "[ab].csv",
  "[!a].csv",
  "[a-b]*.csv",
  "keep.*",
  "*.txt",
  "\\#a.csv",
  "\\!b.csv",
  "a b.csv",
  "a\\ b.csv",
  "\\*.csv",
  "[[]ab].csv",
  "é.*",
  "*.pyc",
  "*b.c?v",
  "A.csv",
  "**.csv",
];

/** Any pattern without a negation. */
function anyPattern(chance: Chance): string {
  const parts = Array.from({ length: 1 + chance.below(3) }, () => chance.pick(chance.below(3) === 0 ? FILE_NAMES : COMPONENTS));
  return `${chance.below(4) === 0 ? "/" : ""}${parts.join("/")}${chance.below(4) === 0 ? "/" : ""}${chance.below(8) === 0 ? "  " : ""}`;
}

/** A pattern that no directory of the tree has, taken back or not. */
function anyFilePattern(chance: Chance): string {
  const above = Array.from({ length: chance.below(3) }, () => chance.pick(["d", "e", "x", "*", "**", "d*", "[de]", "?"]));
  const body = [...above, chance.pick(FILE_NAMES.filter((name) => name !== "**.csv"))].join("/");
  return `${chance.below(2) === 0 ? "!" : ""}${chance.below(4) === 0 ? "/" : ""}${body}`;
}

function anyCase(chance: Chance): Case {
  const one = chance.below(2) === 0 ? anyPattern : anyFilePattern;
  const text = () =>
    Array.from({ length: 1 + chance.below(5) }, () => chance.below(10) === 0 ? chance.pick(["", "# a", "#"]) : one(chance)).join("\n");
  const files: Record<string, string> = { "": text() };
  if (chance.below(2) === 0) files[chance.pick(["d", "d/e", "x", "x/d"])] = text();
  return { files };
}

/** Of a character here, of a byte in git. */
const standsForOne = /[?[]/;

Deno.test("what is ignored is what git ignores, on random trees with random patterns", async () => {
  const begun = performance.now();
  const chance = new Chance();
  const all = Array.from({ length: cases(300, 4000) }, () => anyCase(chance));
  const root = Deno.makeTempDirSync({ prefix: "mops-ignore-" });
  try {
    await git(root, ["init", "-q"]);
    Deno.writeTextFileSync(join(root, "..", `${root.split("/").at(-1)}.excludes`), DEFAULT_IGNORES.join("\n"));
    const paths: string[] = [];
    for (const [number, { files }] of all.entries()) {
      const folder = `t${number}`;
      for (const [path, isDirectory] of TREE) {
        if (isDirectory) Deno.mkdirSync(join(root, folder, path), { recursive: true });
        paths.push(`${folder}/${path}`);
      }
      for (const [path, isDirectory] of TREE) if (!isDirectory) Deno.writeTextFileSync(join(root, folder, path), "");
      for (const [path, text] of Object.entries(files)) Deno.writeTextFileSync(join(root, folder, path, ".gitignore"), text);
    }
    const byGit = await ignoredByGit(root, paths);
    const differing: string[] = [];
    for (const [number, { files }] of all.entries()) {
      const rules = ignoreRules((path) => files[path === ".modelopsignore" ? "" : path.slice(0, -"/.modelopsignore".length)] ?? null);
      for (const [path, isDirectory] of TREE) {
        const ours = rules.explain(path, isDirectory);
        const theirs = byGit.get(`t${number}/${path}`)!;
        if ((ours !== null) === theirs || (path.includes("é") && standsForOne.test(Object.values(files).join("\n")))) continue;
        differing.push(
          `${path}${isDirectory ? "/" : ""} is ${theirs ? "" : "not "}ignored by git, with ${JSON.stringify(files)}; ours: ${
            JSON.stringify(ours)
          }`,
        );
        break;
      }
    }
    tellTried("ignore rules beside git", { cases: all.length, paths: paths.length }, begun, chance);
    assert.equal(differing.length, 0, `seed ${chance.seed}: ${differing.length} cases differ\n${differing.slice(0, 12).join("\n")}`);
  } finally {
    Deno.removeSync(root, { recursive: true });
    Deno.removeSync(`${root}.excludes`);
  }
});

/** All paths in one call. */
async function ignoredByGit(root: string, paths: readonly string[]): Promise<Map<string, boolean>> {
  const output = await git(root, ["check-ignore", "--stdin", "-z", "-v", "-n", "--no-index"], paths.map((path) => `${path}\0`).join(""));
  const fields = output.split("\0");
  const found = new Map<string, boolean>();
  for (let at = 0; at + 3 < fields.length; at += 4) found.set(fields[at + 3]!, fields[at + 2] !== "" && !fields[at + 2]!.startsWith("!"));
  assert.equal(found.size, paths.length);
  return found;
}

async function git(cwd: string, args: readonly string[], input = ""): Promise<string> {
  const child = new Deno.Command("git", {
    args: ["-c", `core.excludesFile=${cwd}.excludes`, "-c", "core.ignoreCase=false", ...args],
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH")!, HOME: cwd, GIT_CONFIG_NOSYSTEM: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const [{ stdout, stderr, code }] = await Promise.all([
    child.output(),
    writer.write(new TextEncoder().encode(input)).then(() => writer.close()),
  ]);
  assert.ok(code <= 1, new TextDecoder().decode(stderr)); // 1: nothing is ignored
  return new TextDecoder().decode(stdout);
}
