/** The command line: shared options anywhere, guesses for mistyped words, a usage line with every refusal. */
import assert from "node:assert/strict";
import { Failure } from "../../src/base/failure.ts";
import { leafHelp, parse, type Parsed } from "../../src/cli/parse.ts";
import { type Branch, BUNDLE_TREE, isBranch, type Leaf, TREE } from "../../src/cli/command_tree.ts";

/** Enough arguments for each command that needs some. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  "add": ["a"],
  "remove": ["a"],
  "mv": ["a", "b"],
  "show": ["v1:a"],
  "tag": ["v1", "v2"],
  "untag": ["v1"],
  "env switch": ["dev"],
  "target-set set": ["fit"],
  "target-set delete": ["fit"],
  "unregister": ["sir_sir"],
  "why": ["a"],
};

const LEAVES = [...leavesOf([], BUNDLE_TREE)];

Deno.test("shared options mean the same before and after the command", async () => {
  const shared = [["--json"], ["--quiet"], ["-q"], ["--verbose"], ["-v"], ["--no-color"], ["--project", "p"], ["--project=p"], [
    "--env",
    "e",
  ]];
  for (const [path] of LEAVES) {
    const words = path.split(" ");
    const args = ARGUMENTS[path] ?? [];
    for (const option of shared) {
      const places = [
        [...option, "bundle", ...words, ...args],
        ["bundle", ...option, ...words, ...args],
        ["bundle", ...words, ...option, ...args],
        ["bundle", ...words, ...args, ...option],
      ];
      const [first, ...others] = await Promise.all(places.map(async (argv) => described(await parse("mops", TREE, argv, "1.2.3"))));
      for (const other of others) assert.deepEqual(other, first, `${path} ${option.join(" ")}`);
      assert.deepEqual(first?.args, described(await parse("mops", TREE, ["bundle", ...words, ...args], "1.2.3")).args);
    }
  }
});

Deno.test("every command refuses what it does not know, with its own usage line", async () => {
  for (const [path] of LEAVES) {
    const failure = await refused("bundle", ...path.split(" "), ...(ARGUMENTS[path] ?? []), "--nonsense");
    assert.equal(failure.message, 'unknown option "--nonsense"');
    assert.ok(failure.hint?.startsWith(`usage: mops bundle ${path} `), failure.hint);
  }
});

Deno.test("every command that needs arguments says which is missing", async () => {
  for (const path of Object.keys(ARGUMENTS)) {
    const failure = await refused("bundle", ...path.split(" "));
    assert.match(failure.message, /^[A-Z:]+ is missing$/);
    assert.match(failure.hint ?? "", /^usage: mops bundle /);
  }
});

Deno.test("a mistyped word is answered with the right one", async () => {
  for (
    const [argv, guess] of [
      [["bundle", "stauts"], "status"],
      [["bundle", "psuh"], "push"],
      [["bundle", "env", "lst"], "list"],
      [["bundel", "status"], "bundle"],
      [["bundle", "status", "--flies"], "--files"],
      [["bundle", "push", "--dryrun"], "--dry-run"],
      [["bundle", "push", "--jsn"], "--json"],
    ] as const
  ) assert.match((await refused(...argv)).message, new RegExp(`did you mean ${guess}\\?`));
  assert.doesNotMatch((await refused("bundle", "qqqqqqqq")).message, /did you mean/);
});

Deno.test("a command of bundles without the word bundle is shown whole", async () => {
  assert.equal((await refused("push", "--tag", "v1")).hint, "mops bundle push --tag v1");
  assert.equal((await refused("--project", "my model", "push", "-q")).hint, "mops bundle --project 'my model' push -q");
});

Deno.test("a tag given as an argument is shown as the option that it is", async () => {
  assert.equal((await refused("bundle", "push", "v1")).hint, "mops bundle push --tag v1");
  assert.equal((await refused("bundle", "pull", "v1")).hint, "mops bundle pull --tag v1");
});

Deno.test("names of JavaScript's own are no commands", async () => {
  for (const word of ["constructor", "__proto__", "toString"]) assert.match((await refused("bundle", word)).message, /^unknown command/);
});

Deno.test("every command's page has one line about it, options of every command, and examples", async () => {
  for (const [path, leaf] of LEAVES) {
    const page = leafHelp(`mops bundle ${path}`, await leaf.load());
    const asked = await parse("mops", TREE, ["bundle", ...path.split(" "), "--help"], "1.2.3");
    assert.deepEqual(asked, { kind: "print", text: page });
    assert.ok(page.startsWith(`Usage: mops bundle ${path}`));
    assert.ok(page.toLowerCase().includes(leaf.summary.toLowerCase()), `${path}: the list of commands says the same`);
    for (
      const part of ["--json", "--quiet", "--verbose", "--project", "--env", "--no-color", ...(path === "version" ? [] : ["Examples:"])]
    ) {
      assert.ok(page.includes(part), `${path} --help lacks ${part}`);
    }
    assert.doesNotMatch(page, /\(default: \[\]\)/);
    for (const line of page.split("\n").filter((line) => !line.startsWith("  mops"))) assert.ok(line.length <= 100, line);
  }
});

Deno.test("on a narrow terminal pages wrap between words: the same words, no line too long but for words and lines that are pasted", async () => {
  const words = (text: string) => text.split(/\s+/).join(" ");
  for (const path of ["", "env", ...LEAVES.map(([path]) => path)]) {
    const argv = ["bundle", ...(path === "" ? [] : path.split(" ")), "--help"];
    const page = async (width?: number) => (await parse("mops", TREE, argv, "1.2.3", width) as { text: string }).text;
    const whole = await page();
    assert.equal(await page(500), whole);
    for (const width of [80, 60, 40, 30, 1]) {
      const narrow = await page(width);
      assert.equal(words(narrow), words(whole), `${path} at ${width}`);
      for (const line of narrow.split("\n")) {
        const pasted = /^ {2}(\S+=\S+ )?mops /.test(line) || line.startsWith("Usage: ") || line.trim().split(/\s+/).length <= 3;
        assert.ok(line.length <= Math.max(width, 30) || pasted, `${path} at ${width}: ${line}`);
      }
    }
  }
});

Deno.test("an empty argument or option, as a variable that is not set gives it, is refused; an empty message is none", async () => {
  for (
    const [argv, name] of [
      [["init", ""], "DIR"],
      [["pull", "--ref", "a/b:v1", "--into", ""], "--into"],
      [["pull", "--into=", "--ref", "a/b:v1"], "--into"],
      [["pull", "--keep", "a", "--keep", ""], "--keep"],
      [["push", "--tag", ""], "--tag"],
      [["push", "--remote", ""], "--remote"],
      [["status", "--project", ""], "--project"],
      [["--env", "", "status"], "--env"],
      [["add", "a", ""], "PATH"],
      [["mv", "a", ""], "DST"],
      [["diff", ""], "PATH"],
      [["untag", ""], "TAG"],
    ] as const
  ) {
    const failure = await refused("bundle", ...argv);
    assert.equal(failure.message, `${name} is empty (a variable that is not set?); nothing was done`);
    assert.match(failure.hint ?? "", /^usage: mops bundle /);
  }
  assert.equal(described(await parse("mops", TREE, ["bundle", "push", "-m", ""], "1.2.3")).name, "mops bundle push");
  assert.equal(described(await parse("mops", TREE, ["bundle", "tag", "v1", "v2", "--message="], "1.2.3")).name, "mops bundle tag");
});

Deno.test("every example of every page parses", async () => {
  for (const [path, leaf] of LEAVES) {
    for (const example of (await leaf.load()).examples ?? []) {
      const [, call] = /mops (bundle [^#|>&]*)/.exec(example) ?? [];
      assert.ok(call !== undefined, example);
      const argv = [...call.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
      const parsed = await parse("mops", TREE, argv, "1.2.3");
      assert.equal(described(parsed).name, `mops bundle ${path}`, example);
    }
  }
});

Deno.test("under its other names the program speaks of itself by that name", async () => {
  const { text } = await parse("modelops-bundle", BUNDLE_TREE, ["push", "--help"], "1.2.3") as { text: string };
  assert.match(text, /^Usage: modelops-bundle push/);
  assert.match(text, /^ {2}modelops-bundle push --dry-run$/m);
  assert.doesNotMatch(text, /mops bundle /);
});

function described(parsed: Parsed) {
  assert.equal(parsed.kind, "run");
  const { name, args, options } = parsed as Extract<Parsed, { kind: "run" }>;
  return { name, args, options };
}

async function refused(...argv: readonly string[]): Promise<Failure> {
  try {
    await parse("mops", TREE, argv, "1.2.3");
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, "usage");
    return error;
  }
  throw new assert.AssertionError({ message: `${argv.join(" ")} was taken` });
}

function* leavesOf(path: readonly string[], branch: Branch): Generator<[path: string, leaf: Leaf]> {
  for (const [word, node] of Object.entries(branch.commands)) {
    if (isBranch(node)) yield* leavesOf([...path, word], node);
    else yield [[...path, word].join(" "), node];
  }
}
