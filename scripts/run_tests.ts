/**
 * Runs all tests, or those named on the command line, and says at the end how they went: the last line is `N passed, M failed`
 * (and `, K skipped`), counted from the report that Deno writes. Ends with a failure when any test failed, or none ran.
 * With CI set, the lock file may not change.
 */
import { countsLine, countTests, type TestCounts } from "./test_counts.ts";

const directory = await Deno.makeTempDir({ prefix: "mops-tests-" });
const file = `${directory}/report.xml`;
try {
  Deno.exitCode = await run();
} finally {
  await Deno.remove(directory, { recursive: true });
}

async function run(): Promise<number> {
  const frozen = Deno.env.get("CI") ? ["--frozen"] : [];
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-prompt", ...frozen, `--junit-path=${file}`, ...Deno.args],
    stdin: "null",
  }).spawn();
  const { code } = await child.status;
  const counts = countTests(await report());
  // A file that does not load has no tests to report, yet something failed.
  const failed = code !== 0 && counts.failed === 0 ? 1 : counts.failed;
  tell("failed", counts.failedNames);
  tell("skipped", counts.skippedNames);
  console.log(`\n${countsLine({ ...counts, failed })}`);
  return failed > 0 || counts.passed === 0 ? 1 : 0;
}

async function report(): Promise<string> {
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
