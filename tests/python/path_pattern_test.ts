import assert from "node:assert/strict";
import { isPattern, loosePattern, pathPattern } from "../../src/python/path_pattern.ts";

Deno.test("patterns match as shells and Python's glob do", () => {
  const matches = (pattern: string, path: string) => pathPattern(pattern).test(path);
  for (
    const [pattern, yes, no] of [
      ["data/*.csv", ["data/a.csv", "data/.csv".replace(".csv", "x.csv")], ["data/deep/a.csv", "data/a.csv.gz", "data/.hidden.csv"]],
      ["data/**", ["data/a.csv", "data/deep/er/a.csv"], ["data", "other/a.csv", "data/.git/x"]],
      ["data/**/*.csv", ["data/a.csv", "data/deep/er/a.csv"], ["data/a.txt"]],
      ["**/x.csv", ["x.csv", "a/b/x.csv"], ["a/yx.csv"]],
      ["wave?.csv", ["wave1.csv"], ["wave10.csv", "wave/.csv"]],
      ["w[0-9].csv", ["w1.csv"], ["wa.csv"]],
      ["w[!0-9].csv", ["wa.csv"], ["w1.csv", "w/.csv"]],
      ["a+b(c).{d}$^|.csv", ["a+b(c).{d}$^|.csv"], ["aab(c).{d}$^|.csv"]],
      ["open[.csv", ["open[.csv"], ["open.csv"]],
      ["a[]]b", ["a]b"], ["ab"]],
      ["é*.csv", ["éa.csv"], ["ea.csv"]],
    ] as const
  ) {
    for (const path of yes) assert.ok(matches(pattern, path), `${pattern} matches ${path}`);
    for (const path of no) assert.ok(!matches(pattern, path), `${pattern} does not match ${path}`);
  }
});

Deno.test("without recursive=True two stars are one", () => {
  assert.ok(pathPattern("data/**/x", false).test("data/a/x"));
  assert.ok(!pathPattern("data/**/x", false).test("data/a/b/x"));
});

Deno.test("a text without wildcards is no pattern", () => {
  assert.deepEqual(["a/b.csv", "a*", "a?", "[a]"].map(isPattern), [false, true, true, true]);
});

Deno.test("fnmatch patterns cross slashes", () => {
  const matches = (pattern: string, path: string) => loosePattern(pattern).test(path);
  assert.ok(matches("src/bench/*", "src/bench/deep/x.py"));
  assert.ok(matches("*_test.py", "a/.b/x_test.py"));
  assert.ok(!matches("src/bench/*", "src/benchmark/x.py"));
  assert.ok(!matches("bench/*", "src/bench/x.py"));
});
