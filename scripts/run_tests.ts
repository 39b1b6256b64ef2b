/**
 * Runs all tests, or those named on the command line, and says at the end how they went: the last line is `N passed, M failed`
 * (and `, K skipped`), counted from the report that Deno writes. Ends with a failure when any test failed, or none ran.
 * All tests go in two lanes, each a process of its own: what one does to its process (umask, hooks, memory) does not reach the other. The
 * second lane's words come after the first's. With CI set, the lock file may not change.
 */
import { countsLine, countTests, type TestCounts } from "./test_counts.ts";

/** Folders of the first lane: some half of the time. The other one has all the others, so that a new folder needs no line here. */
const FIRST_LANE = ["tests/faults", "tests/transfer", "tests/python"];

interface Lane {
  readonly code: number;
  readonly counts: TestCounts;
  /** What it wrote; null: it wrote to this process's own output. */
  readonly words: Uint8Array | null;
}

const directory = await Deno.makeTempDir({ prefix: "mops-tests-" });
try {
  Deno.exitCode = await run();
} finally {
  await Deno.remove(directory, { recursive: true });
}

async function run(): Promise<number> {
  const lanes = Deno.args.length > 0 ? [runLane(Deno.args, false)] : [runLane(FIRST_LANE, false), runLane(otherTests(), true)];
  let passed = 0;
  let failed = 0;
  let skipped = 0;
  for (const { code, counts, words } of await Promise.all(lanes)) {
    if (words !== null) await writeAll(words);
    // A file that does not load has no tests to report, yet something failed.
    failed += code !== 0 && counts.failed === 0 ? 1 : counts.failed;
    passed += counts.passed;
    skipped += counts.skipped;
    tell("failed", counts.failedNames);
    tell("skipped", counts.skippedNames);
  }
  console.log(`\n${countsLine({ passed, failed, skipped })}`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

async function runLane(which: readonly string[], aside: boolean): Promise<Lane> {
  const frozen = Deno.env.get("CI") ? ["--frozen"] : [];
  const file = `${directory}/report-${aside ? 2 : 1}.xml`;
  const output = aside ? "piped" : "inherit";
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-prompt", ...frozen, `--junit-path=${file}`, ...which],
    stdin: "null",
    stdout: output,
    stderr: output,
  }).spawn();
  if (!aside) return { code: (await child.status).code, counts: countTests(await report(file)), words: null };
  const { code, stdout, stderr } = await child.output();
  return { code, counts: countTests(await report(file)), words: await new Blob([stderr, stdout]).bytes() };
}

/** Everything below `tests` that can hold tests and is not of the first lane. */
function otherTests(): string[] {
  const names = [...Deno.readDirSync("tests")].filter(({ name, isDirectory }) => isDirectory || name.endsWith("_test.ts"));
  return names.map(({ name }) => `tests/${name}`).filter((path) => !FIRST_LANE.includes(path) && hasTests(path)).sort();
}

/** Deno takes a folder without tests for a mistake. */
function hasTests(path: string): boolean {
  if (path.endsWith("_test.ts")) return true;
  return [...Deno.readDirSync(path)].some(({ name, isDirectory }) => isDirectory ? hasTests(`${path}/${name}`) : name.endsWith("_test.ts"));
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.byteLength;) done += await Deno.stdout.write(bytes.subarray(done));
}

async function report(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ""; // a type error ends the run before there is anything to report
    throw error;
  }
}

function tell(what: string, names: TestCounts["failedNames"]): void {
  for (const name of names) console.log(`${what}: ${name}`);
}
