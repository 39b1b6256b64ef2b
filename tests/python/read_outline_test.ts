/** The outline member by member. Values are shown as short texts: `f(1, k="a")`, `?` for `other`. */
import assert from "node:assert/strict";
import type { Assignment, FunctionOutline, Loop, Mention, Outline, Value } from "../../src/python/outline.ts";
import { readOutline } from "../../src/python/read_outline.ts";

function outline(...lines: string[]): Outline {
  const read = readOutline(new TextEncoder().encode(`${lines.join("\n")}\n`));
  assert.ok("outline" in read, `${lines.join("\n")}\n${JSON.stringify(read)}`);
  return read.outline;
}

function shown(value: Value | null): string {
  if (value === null) return "-";
  const list = (values: readonly Value[]) => values.map(shown).join(", ");
  switch (value.kind) {
    case "text":
      return JSON.stringify(value.text);
    case "number":
      return value.isInteger ? `${value.value}` : `${value.value}f`;
    case "boolean":
      return value.value ? "True" : "False";
    case "none":
      return "None";
    case "sequence":
      return `${value.of}(${list(value.items)})`;
    case "mapping":
      return `{${value.entries.map(({ key, value }) => key === null ? `**${shown(value)}` : `${shown(key)}: ${shown(value)}`).join(", ")}}`;
    case "spread":
      return `*${shown(value.value)}`;
    case "name":
      return value.name;
    case "attribute":
      return `(${shown(value.of)}).${value.name}`;
    case "call":
      return `${shown(value.callee)}(${
        [...value.args.map(shown), ...value.keywords.map(({ name, value }) => `${name ?? "**"}=${shown(value)}`)].join(", ")
      })`;
    case "subscript":
      return `${shown(value.of)}[${shown(value.index)}]`;
    case "formatted":
      return `f<${value.parts.map((part) => typeof part === "string" ? JSON.stringify(part) : shown(part)).join(" ")}>`;
    case "operation":
      return `(${value.operands.length === 1 ? value.operator : ""}${value.operands.map(shown).join(` ${value.operator} `)})`;
    case "comprehension":
      return `${value.of}<${shown(value.element)} ${value.loops.map(shownLoop).join(" ")}${value.isFiltered ? " if" : ""}>`;
    case "choice":
      return `choice(${list(value.values)})`;
    case "lambda":
      return `lambda(${value.parameters.positional.join(", ")})`;
    case "other":
      return "?";
  }
}

const shownLoop = ({ targets, iterable }: Loop) => `for ${targets.join(",")} in ${shown(iterable)}`;
const shownBinding = ({ name, operator, value }: Assignment) => operator === "other" ? `${name} ?` : `${name} ${operator} ${shown(value)}`;
const shownMention = ({ scope, value }: Mention) => (scope === "" ? "" : `${scope}: `) + shown(value);

/** The value of an expression. */
function value(expression: string): string {
  const [only] = outline(`x = ${expression}`).assignments;
  return shown(only!.value);
}

const bindings = (...lines: string[]) => outline(...lines).assignments.map(shownBinding);
const mentions = (...lines: string[]) => outline(...lines).mentions.map(shownMention);
const firstFunction = (...lines: string[]): FunctionOutline => outline(...lines).functions[0]!;

Deno.test("texts: escapes, raw ones, adjacent ones; bytes, t-strings and large ones are of no use", () => {
  assert.equal(value(`'a' "b" r'\\d' u'\\x41\\u00e9\\N{BULLET}'`), "?", "what a named character is, only Unicode's tables know");
  assert.equal(value(`('a'  # why\n  "b" r'\\d' u'\\x41\\u00e9\\101\\\n')`), '"ab\\\\dAéA"');
  assert.equal(value(`"\\n\\t\\\\ \\' \\q \\U0001F600"`), JSON.stringify("\n\t\\ ' \\q 😀"));
  assert.equal(value(`'''a\n"b"'''`), '"a\\n\\"b\\""');
  assert.equal(value(`""`), '""');
  assert.equal(value(`rb"x"`), "?");
  assert.equal(value(`t"x"`), "?");
  assert.equal(value(`"${"x".repeat(4096)}"`).length, 4098);
  assert.equal(value(`"${"x".repeat(4097)}"`), "?");
  assert.equal(value(`"${"é".repeat(2049)}"`), "?");
});

Deno.test("numbers and constants", () => {
  assert.equal(value("[1_000, 0x1F, 0o17, 0b11, 00, 1e3, 1., .5, 1_0.0_1, 3j]"), "list(1000, 31, 15, 3, 0, 1000f, 1f, 0.5f, 10.01f, ?)");
  assert.equal(value("(True, False, None, ...)"), "tuple(True, False, None, ?)");
});

Deno.test("sequences and mappings, spreads among them; what is larger than 2,000 items is other", () => {
  assert.equal(value("[1, *a, (b,), (), {c, d}, [*e]]"), "list(1, *a, tuple(b), tuple(), set(c, d), list(*e))");
  assert.equal(value("{'a': 1, **b, c.d: {}}"), '{"a": 1, **b, c.d: {}}');
  assert.equal(value("1, 2"), "tuple(1, 2)");
  assert.equal(value("1,"), "tuple(1)");
  assert.equal(value("(((1)))"), "1");
  assert.equal(value(`[${"1, ".repeat(2000)}]`).length, 2000 * 3 + 4);
  assert.equal(value(`[${"1, ".repeat(2001)}]`), "?");
});

Deno.test("names, attributes, calls and subscripts", () => {
  assert.equal(value("a.b.c"), "a.b.c");
  assert.equal(value("a().b.c"), "((a()).b).c");
  assert.equal(value("f(1, *a, k='v', **d)"), 'f(1, *a, k="v", **=d)');
  assert.equal(value("f(x := 1)"), "f(1)");
  assert.equal(value("f(x for x in y if x)"), "f(generator<x for x in y if>)");
  assert.equal(value("a[1].b[c, 2]['d'][1:2]"), '(a[1]).b[tuple(c, 2)]["d"][?]');
  assert.equal(value("ﬁle.é"), "file.é", "identifiers are normalised, as Python does");
  assert.equal(value("print.match.type"), "print.match.type");
});

Deno.test("operations, choices, lambdas, comprehensions", () => {
  assert.equal(value("a / 'x' / 'y' + -1 ** 2 % 3 // 4"), '(((a / "x") / "y") + (((-(1 ** 2)) % 3) // 4))');
  assert.equal(value("a @ b"), "?");
  assert.equal(value("a < b"), "?");
  assert.equal(value("not a"), "?");
  assert.equal(value("a and b"), "?");
  assert.equal(value("a or b or c"), "choice(a, b, c)");
  assert.equal(value("a if b else c"), "choice(a, c)");
  assert.equal(value("lambda a, /, b=1: a"), "lambda(a, b)");
  assert.equal(value("await_"), "await_");
  assert.equal(value("[P(n, 0) for n in names for m in n if m]"), "list<P(n, 0) for n in names for m in n if>");
  assert.equal(value("{k: v for k, (v, w) in d.items()}"), "mapping<tuple(k, v) for k, in d.items()>");
  assert.equal(value("{a for a, in b}"), "set<a for a in b>");
});

Deno.test("f-strings: what has a format or a conversion is other; quotes may nest as in 3.12", () => {
  assert.equal(value("f'a{b}c{d.e}'"), 'f<"a" b "c" d.e>');
  assert.equal(value("f'{a!r}{b:>10}{c=}{{}}'"), 'f<? ? ? "{}">');
  assert.equal(value(`f"{a["k"]}" 'x' rf'\\d{b}'`), 'f<a["k"] "x\\\\d" b>');
  assert.equal(value("f'a\\tb'"), 'f<"a\\tb">');
});

Deno.test("imports: dotted, renamed, relative, starred, in parentheses, wherever they stand", () => {
  const { imports } = outline(
    "import a.b as c, d",
    "from ..a.b import (x as y,  # why",
    "    z,)",
    "from . import e",
    "from ... import f",
    "from .... import g",
    "from h import *",
    "class A:",
    "    def m(self):",
    "        import i",
  );
  assert.deepEqual(
    imports.map(({ module, level, names, alias, scope, inFunction }) => [
      ".".repeat(level) + module,
      names === null || names === "*" ? names : names.map(({ name, alias }) => alias === null ? name : `${name} as ${alias}`).join(", "),
      alias,
      scope,
      inFunction,
    ]),
    [
      ["a.b", null, "c", "", false],
      ["d", null, null, "", false],
      ["..a.b", "x as y, z", null, "", false],
      [".", "e", null, "", false],
      ["...", "f", null, "", false],
      ["....", "g", null, "", false],
      ["h", "*", null, "", false],
      ["i", null, null, "A.m", true],
    ],
  );
  assert.deepEqual(imports[1]!.at, { line: 1, column: 18 });
  assert.deepEqual(imports[2]!.names, [
    { name: "x", alias: "y", at: { line: 2, column: 20 } },
    { name: "z", alias: null, at: { line: 3, column: 5 } },
  ]);
});

Deno.test("conditions: the innermost decides; what only a type checker sees is known by any alias, its else branch is not", () => {
  const { imports } = outline(
    "import typing as t",
    "from typing import TYPE_CHECKING as TC",
    "if t.TYPE_CHECKING:",
    "    import a",
    "    if x: import b",
    "elif TC: import c",
    "else: import d",
    "try: import e",
    "except ImportError: import f",
    "else: import g",
    "finally: import h",
    "if y:",
    "    try: import i",
    "    except A: pass",
    "    def f(): import j",
    "for z in z: import k",
    "with z: import l",
    "match z:",
    "    case 1: import m",
  );
  assert.equal(
    imports.slice(2).map(({ module, condition }) => `${module} ${condition}`).join(", "),
    "a type-checking, b type-checking, c type-checking, d if, e try, f try, g try, h try, i try, j if, k none, l none, m if",
  );
});

Deno.test("assignments: chains, annotations, +=, unpacking of as many; every other binding is one of something else", () => {
  assert.deepEqual(bindings("a = b = 1", "c: int = 2", "d: int", "e += [3]", "f -= 1"), [
    "a = 1",
    "b = 1",
    "c = 2",
    "d = -",
    "e += list(3)",
    "f ?",
  ]);
  assert.deepEqual(bindings("a, (b) = 1, 'x'", "[c, d] = (e, f)", "(g) = 1", "h, = [2]"), [
    "a = 1",
    'b = "x"',
    "c = e",
    "d = f",
    "g = 1",
    "h = 2",
  ]);
  assert.deepEqual(bindings("a, b = c", "d, *e = 1, 2", "f, (g, h) = 1, (2, 3)", "(x.y, z[0]) = 1, 2"), [
    "a ?",
    "b ?",
    "d ?",
    "e ?",
    "f = 1",
    "g ?",
    "h ?",
  ]);
  assert.deepEqual(
    bindings(
      "for i, (j, k.l) in m: n = i",
      "with a as b, c as (d, e), f as g.h: pass",
      "with (a as o, b as p): pass",
      "try: pass",
      "except A as q: pass",
      "if (r := 1): pass",
      "match x:",
      "    case [s, *t] | {'k': u, **v} | P(w, x=y) if (z := 1): pass",
      "type aa[T] = T",
    ),
    ["i ?", "j ?", "n = i", "b ?", "d ?", "e ?", "o ?", "p ?", "q ?", "r ?", "s ?", "t ?", "u ?", "v ?", "w ?", "y ?", "z ?", "aa ?"],
  );
});

Deno.test("assignments know their loops and their condition", () => {
  const { assignments } = outline("for a, b in (1, 2):", "    for c in f(b):", "        if c:", "            d = c", "else:", "    e = 1");
  const d = assignments.find(({ name }) => name === "d")!;
  assert.deepEqual([d.condition, d.loops.map(shownLoop)], ["if", ["for a,b in tuple(1, 2)", "for c in f(b)"]]);
  assert.deepEqual(assignments.find(({ name }) => name === "e")!.loops, []);
});

Deno.test("classes: bases, keywords, decorators from the top, nested ones with their qualified names, generics of 3.12", () => {
  const { classes, functions } = outline(
    "@a.b(1)",
    "@(lambda f: f)",
    "@c['x'].d",
    "class A[T: int](B[T], *C, metaclass=M):",
    "    X: int = 1",
    "    locals()['k'] = 2",
    "    if X:",
    "        def m(self): pass",
    "    class B:",
    "        async def n(self): return 1",
    "    for i in range(2): Y = i",
    "def f():",
    "    class C: pass",
    "    def g(): pass",
  );
  assert.deepEqual(classes.map(({ qualifiedName, scope, inFunction }) => [qualifiedName, scope, inFunction]), [
    ["A", "", false],
    ["A.B", "A", false],
    ["f.C", "f", true],
  ]);
  const [a, b] = classes;
  assert.deepEqual(a!.bases.map(shown), ["B[T]", "*C"]);
  assert.deepEqual(a!.keywords.map(({ name, value }) => `${name}=${shown(value)}`), ["metaclass=M"]);
  assert.deepEqual(a!.decorators.map(shown), ["a.b(1)", "lambda(f)", '(c["x"]).d']);
  assert.deepEqual(a!.attributes.map(shownBinding), ["X = 1", "i ?", "Y = i"]);
  assert.deepEqual(a!.stores.map(({ into, key, value }) => `${into}[${shown(key)}] = ${shown(value)}`), ['locals()["k"] = 2']);
  assert.deepEqual(a!.methods.map(({ qualifiedName, condition }) => [qualifiedName, condition]), [["A.m", "if"]]);
  assert.deepEqual(b!.methods.map(({ name, isAsync, returns }) => [name, isAsync, returns.map(shown)]), [["n", true, ["1"]]]);
  assert.deepEqual([a!.at, a!.endLine], [{ line: 4, column: 1 }, 11]);
  assert.deepEqual(functions.map(({ qualifiedName }) => qualifiedName), ["f", "f.g"]);
});

Deno.test("functions: parameters of all kinds, returns of their own, locals, stores, super().__init__", () => {
  const f = firstFunction(
    "def f(a, /, b, c=1, *args, d, e=2, **kw):",
    "    def g(): return 0",
    "    x = lambda: 1",
    "    self._s['k'] = 3",
    "    a().b['l'] = 4",
    "    if a: return",
    "    return x, *y",
    "    # not of it",
    "",
    "z = 1",
  );
  assert.deepEqual(f.parameters, {
    positional: ["a", "b", "c"],
    defaults: 1,
    keywordOnly: [{ name: "d", hasDefault: false }, { name: "e", hasDefault: true }],
    hasStar: true,
    hasDoubleStar: true,
  });
  assert.deepEqual(f.returns.map(shown), ["None", "tuple(x, *y)"]);
  assert.deepEqual(f.locals.map(shownBinding), ["x = lambda()"]);
  assert.deepEqual(f.stores.map(({ into, key, value }) => `${into}[${shown(key)}] = ${shown(value)}`), ['self._s["k"] = 3', '["l"] = 4']);
  assert.deepEqual([f.endLine, f.callsSuperInit], [7, false]);
  assert.deepEqual(firstFunction("def f(*, a): pass").parameters.hasStar, false);
  assert.equal(firstFunction("def f(self): super().__init__(1)").callsSuperInit, true);
  assert.equal(firstFunction("def f(self): return Base.__init__(self, 1)").callsSuperInit, true);
  assert.equal(firstFunction("def f(self): other.__init__(1)").callsSuperInit, false);
});

Deno.test("decorators of every shape keep their order and their places", () => {
  const f = firstFunction("@a", "@lambda f: f  # one", "@b.c", "@x if y else z", "@d(1)(2)", "@e[0]", "def f(): pass");
  assert.deepEqual(f.decorators.map((decorator) => `${decorator.at.line}:${decorator.at.column} ${shown(decorator)}`), [
    "1:2 a",
    "2:2 lambda(f)",
    "3:2 b.c",
    "4:2 choice(x, z)",
    "5:2 d(1)(2)",
    "6:2 e[0]",
  ]);
  assert.deepEqual([f.at, f.endLine], [{ line: 7, column: 1 }, 7]);
});

Deno.test("mentions: the outermost call or joined path, wherever it stands, and the scope that it stands in", () => {
  assert.deepEqual(mentions("df = pd.read_csv(Path(__file__).parent / 'data' / 'x.csv', sep=';')"), [
    'pd.read_csv((((Path(__file__)).parent / "data") / "x.csv"), sep=";")',
  ]);
  assert.deepEqual(mentions("print(open('a.txt').read())", "sys.path.insert(0, 'src')", "x = DATA / 'x.csv'"), [
    'open("a.txt")',
    'sys.path.insert(0, "src")',
    '(DATA / "x.csv")',
  ]);
  assert.deepEqual(mentions("with files('pkg').joinpath('x') as f: pass", "m = importlib.import_module('.x', package='y')"), [
    '(files("pkg")).joinpath("x")',
    'importlib.import_module(".x", package="y")',
  ]);
  assert.deepEqual(mentions("class A:", "    def m(self, p='data/x.csv'):", "        return [np.load(f) for f in self.g(k='a/b')]"), [
    'A: "data/x.csv"',
    "A.m: np.load(f)",
    'A.m: self.g(k="a/b")',
  ]);
  assert.deepEqual(mentions("x = a / b", "y = f(1 / 2)", "names.append(x)", "', '.join(z)", "g('no slash')"), []);
});

Deno.test("mentions: nothing is hidden by a lambda, a comparison, an await or a decorator around it", () => {
  assert.deepEqual(
    mentions("@a(open('x'))", "async def f(b=open('y')):", "    await g(open('z') < 1)", "    return load(lambda: open('w'))"),
    [
      'open("x")',
      'open("y")',
      'f: open("z")',
      "f: load(lambda())",
      'f: open("w")',
    ],
  );
  const inner = outline("f = lambda: open('x')").mentions[0]!;
  assert.equal(inner.inFunction, true);
});

Deno.test("mentions know the loops around them, of statements and of comprehensions", () => {
  const [plain, inner] = outline("for n in ('a', 'b'):", "    import_module(n)", "x = [import_module(m) for m in ('c',)]").mentions;
  assert.deepEqual(plain!.loops.map(shownLoop), ['for n in tuple("a", "b")']);
  assert.deepEqual(inner!.loops.map(shownLoop), ['for m in tuple("c")']);
});

Deno.test("places count from 1, tabs and a byte order mark included, in lines as an editor shows them", () => {
  const read = readOutline(new TextEncoder().encode("\ufeffx = 1\r\nif x:\r\n\ty = 'é𝄞'; z = 2\r\n"));
  assert.ok("outline" in read);
  assert.deepEqual(read.outline.assignments.map(({ name, at }) => `${name} ${at.line}:${at.column}`), ["x 1:1", "y 3:2", "z 3:13"]);
});

Deno.test("deep expressions are other below a hundred levels, and long sums are read", () => {
  const sum = outline(`x = a${" + a".repeat(500)}`).assignments[0]!.value!;
  let depth = 0;
  for (let at: Value = sum; at.kind === "operation"; at = at.operands[0]!) depth++;
  assert.equal(depth, 101);
});
