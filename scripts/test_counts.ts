/** What a JUnit report of `deno test` says, in three numbers. Pure, so that a test can hold it to reports of several Deno versions. */

export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of the failed and of the skipped tests, with their file. */
  readonly failedNames: readonly string[];
  readonly skippedNames: readonly string[];
}

/** Counts tests, as Deno's own last line does: the steps of a test are part of it, and the report lists them as `test > step`. */
export function countTests(report: string): TestCounts {
  const counts = { passed: 0, failed: 0, skipped: 0, failedNames: [] as string[], skippedNames: [] as string[] };
  for (const suite of report.matchAll(/<testsuite name="([^"]*)"[^>]*>([\s\S]*?)<\/testsuite>/g)) {
    const cases = [...suite[2]!.matchAll(/<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g)];
    const names = new Set(cases.map(([, name]) => name!));
    for (const [, name, body] of cases) {
      if (isStep(name!, names)) continue;
      const label = `${unescaped(suite[1]!)}: ${unescaped(name!)}`;
      if (/<(failure|error)\b/.test(body ?? "")) {
        counts.failed++;
        counts.failedNames.push(label);
      } else if (/<skipped\b/.test(body ?? "")) {
        counts.skipped++;
        counts.skippedNames.push(label);
      } else counts.passed++;
    }
  }
  return counts;
}

/** `N passed, M failed` and, where tests were skipped, `, K skipped`: the form that programs look for. */
export function countsLine({ passed, failed, skipped }: { passed: number; failed: number; skipped: number }): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

function isStep(name: string, names: ReadonlySet<string>): boolean {
  const separator = " &gt; ";
  for (let at = name.indexOf(separator); at >= 0; at = name.indexOf(separator, at + 1)) if (names.has(name.slice(0, at))) return true;
  return false;
}

function unescaped(text: string): string {
  const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => named[name]!);
}
