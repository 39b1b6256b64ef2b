/** Expressions worked out without running them: as Python gives them, or not at all. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { evaluate } from "../../src/models/constants.ts";
import { type Evaluated, whyUnknown } from "../../src/models/evaluated.ts";
import { asPath, sourcesOf } from "../support/python_project.ts";

const PATH = asPath("m.py");

/** The last assignment of `x` in a module of this text. */
function valueOf(expression: string, above = "", others: Record<string, string> = {}): Evaluated {
  const sources = sourcesOf({ ...others, "m.py": `${above}\nx = ${expression}\n` });
  const read = sources.read.get(PATH)!;
  assert.ok("outline" in read, JSON.stringify(read));
  const assignment = read.outline.assignments.findLast(({ name }) => name === "x")!;
  return evaluate(sources, { path: PATH, scope: "", before: assignment.at }, assignment.value!);
}

/** As Python's repr writes it, near enough to compare. */
function shown(value: Evaluated): string {
  switch (value.kind) {
    case "text":
      return JSON.stringify(value.text);
    case "integer":
      return String(value.value);
    case "float":
      return `float ${value.value}`;
    case "boolean":
      return value.value ? "True" : "False";
    case "none":
      return "None";
    case "sequence":
      return `${value.of}(${value.items.map(shown).join(", ")})`;
    case "mapping":
      return `{${value.entries.map(([key, of]) => `${shown(key)}: ${shown(of)}`).join(", ")}}`;
    case "made":
      return `${value.of}(${[...value.args.map(shown), ...value.keywords.map(({ name, value }) => `${name}=${shown(value)}`)].join(", ")})`;
    case "reference":
      return value.name;
    case "unresolved":
      return "?";
  }
}

const KNOWN: readonly (readonly [expression: string, value: string, above?: string])[] = [
  ["1_000_000", "1000000"],
  ["1e6", "float 1000000"],
  ["-1", "-1"],
  ["-0", "0"],
  ["+2.5", "float 2.5"],
  ["1 / 14", `float ${1 / 14}`],
  ["4 / 2", "float 2"],
  ["7 // 2", "3"],
  ["-7 // 2", "-4"],
  ["-7 % 3", "2"],
  ["7 % -3", "-2"],
  ["2 ** 10", "1024"],
  ["2 ** -1", "float 0.5"],
  ["True + 1", "2"],
  ["2 * DAY", "48", "DAY = 24"],
  ["2 * DAY", "48", "HOURS = 24\nDAY = HOURS"],
  ["'a' 'b'", '"ab"'],
  ["'a' + NAME", '"ab"', "NAME = 'b'"],
  ["'ab' * 2", '"abab"'],
  ["'cov-%s-%d' % (1.5, 3)", '"cov-1.5-3"'],
  ["f'{A}-{B}'", '"1-2.0"', "A = 1\nB = 2.0"],
  ["f'{1 / 3}'", '"0.3333333333333333"'],
  ["[1, *REST, 4]", "list(1, 2, 3, 4)", "REST = (2, 3)"],
  ["{**A, 'b': 2}", '{"a": 1, "b": 2}', "A = {'a': 1}"],
  ["{'a': 1, 'a': 2}", '{"a": 2}'],
  ["dict(a=1)", '{"a": 1}'],
  ["dict([('a', 1)], b=2)", '{"a": 1, "b": 2}'],
  ["{k: v * 2 for k, v in A.items()}", '{"a": 2}', "A = {'a': 1}"],
  ["[a + b for a in 'xy' for b in 'mn']", 'list("xm", "xn", "ym", "yn")'],
  ["list(range(3))", "list(0, 1, 2)"],
  ["tuple(range(4, 0, -2))", "tuple(4, 2)"],
  ["[(i, n) for i, n in enumerate(['a'], 1)]", 'list(tuple(1, "a"))'],
  ["[n for n, _ in zip('ab', (1, 2))]", 'list("a", "b")'],
  ["len(A)", "2", "A = [1, 2]"],
  ["max(1, 3.5)", "float 3.5"],
  ["float('inf')", "float Infinity"],
  ["math.inf", "float Infinity", "import math"],
  ["inf", "float Infinity", "from math import inf"],
  ["int('12')", "12"],
  ["'a b'.split()", 'list("a", "b")'],
  ["', '.join(['a', 'b'])", '"a, b"'],
  ["A['k'][0]", "5", "A = {'k': [5]}"],
  ["A[-1]", "2", "A = (1, 2)"],
  ["lib.f(1, key=2)", "lib.f(1, key=2)", "import lib"],
  ["double(4)", "8", "def double(n):\n    return n * 2"],
  ["C.LIMIT", "3", "class B:\n    LIMIT = 3\nclass C(B): ..."],
  ["C.Inner.LIMIT", "3", "class C:\n    class Inner:\n        LIMIT = 3"],
];

for (const [expression, value, above] of KNOWN) {
  Deno.test(`${above === undefined ? "" : `${JSON.stringify(above)}; `}${expression} is ${value}`, () => {
    assert.equal(shown(valueOf(expression, above)), value);
  });
}

const UNKNOWN: readonly (readonly [expression: string, why: RegExp, above?: string])[] = [
  ["A", /more than once/, "A = 1\nA = 2"],
  ["A", /more than once|put together/, "A = 1\nA += 2"],
  ["A", /condition/, "if y:\n    A = 1"],
  ["A", /condition/, "try:\n    A = 1\nexcept E:\n    A = 2"],
  ["A", /more than once|condition/, "for A in (1, 2): ..."],
  ["A", /filled/, "A = []"],
  ["A", /filled/, "A = {'x': 1}\nA['y'] = 2"],
  ["A", /filled/, "A = [1]\nA.append(2)"],
  ["A", /filled/, "A = [1]\ndef add(n):\n    A.append(n)"],
  ["f()", /filled/, "def f():\n    a = [1]\n    a.append(2)\n    return a"],
  ["A", /circle|nested/, "A = B\nB = A"],
  ["A", /nested/, "A = A1 + 0\nA1 = A + 1"],
  ["f()", /one of several/, "def f():\n    if y:\n        return 1\n    return 2"],
  ["f()", /coroutine/, "async def f():\n    return 1"],
  ["f()", /decorated/, "@wrap\ndef f():\n    return 1"],
  ["f()", /default of n/, "def f(n=1):\n    return n"],
  ["1 / 0", /zero/],
  ["10 ** 400", /too large/],
  ["'a' * 10 ** 9", /too long/],
  ["list(range(10 ** 9))", /too many/],
  ["[1 for _ in range(10000) for _ in range(10000)]", /too many/],
  ["1 if y else 2", /condition/],
  ["f'{1:>3}'", /./],
  ["open('x')", /open/],
  ["(lambda: 1)()", /runs/],
];

for (const [expression, why, above] of UNKNOWN) {
  Deno.test(`${above === undefined ? "" : `${JSON.stringify(above)}; `}${expression} is not worked out`, () => {
    const value = valueOf(expression, above);
    assert.equal(value.kind, "unresolved", shown(value));
    assert.match(whyUnknown(value), why);
  });
}

Deno.test("a part that is not known leaves the others", () => {
  assert.equal(shown(valueOf("[1, y, *z, 2]")), "list(1, y, ?, 2)");
});

Deno.test("constants of other files are resolved, and have the place where they are written", () => {
  const value = valueOf("LIMIT", "from lib.limits import *", { "lib/__init__.py": "", "lib/limits.py": "\n\nLIMIT = 7\n" });
  assert.equal(shown(value), "7");
  assert.equal(value.file, "lib/limits.py");
  assert.equal(value.at.line, 3);
});

Deno.test("a value that is not known says where", () => {
  const value = valueOf("LIMIT", "from lib import LIMIT", { "lib.py": "LIMIT = 1\nLIMIT = 2\n" });
  assert.equal(value.file, "lib.py");
});

Deno.test("nesting without end comes to an end", () => {
  const value = valueOf(`${"(".repeat(40)}1${" + 1)".repeat(40)}`);
  assert.ok(value.kind === "integer" || value.kind === "unresolved");
  assert.equal(valueOf("f(1)", "def f(n):\n    return f(n)").kind, "unresolved");
  assert.equal(valueOf("f(1)", "def f(n):\n    return [g(n), g(n)]\ndef g(n):\n    return [f(n), f(n)]").kind, "sequence");
});

Deno.test("law: division and remainder of integers are those of Python", () => {
  fc.assert(fc.property(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -99, max: 99 }).filter((b) => b !== 0), (a, b) => {
    const value = valueOf(`(${a}) // (${b}), (${a}) % (${b})`);
    assert.ok(value.kind === "sequence");
    const [quotient, rest] = value.items.map((item) => item.kind === "integer" ? item.value : NaN) as [number, number];
    assert.equal(quotient * b + rest, a);
    assert.ok(rest === 0 || (rest < 0) === (b < 0) && Math.abs(rest) < Math.abs(b));
  }));
});
