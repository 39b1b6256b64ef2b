/**
 * CPython as the judge: classes made up at random are defined by it, on stand-ins of the framework that keep its rule of inheritance, and
 * have the outputs, scenarios and parameters that reading alone gives; expressions come to the same values.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { findClass, lineageOf } from "../../src/models/classes.ts";
import { evaluate } from "../../src/models/constants.ts";
import { declaredClasses, modelFacts } from "../../src/models/discover_models.ts";
import type { Evaluated } from "../../src/models/evaluated.ts";
import { judged, pythonVersion } from "../python/cpython.ts";
import { asPath, sourcesOf } from "../support/python_project.ts";

const STUBS = fileURLToPath(new URL("../support/python_stubs/", import.meta.url));
const PATH = asPath("models/made.py");

function pythonTest(name: string, test: () => Promise<void>): void {
  if (pythonVersion() !== null) return Deno.test(name, test);
  if (Deno.env.get("CI") === "true") {
    return Deno.test(name, () => {
      throw new Error(`${name}: python3 is needed`);
    });
  }
  Deno.test({ name: `${name} (SKIPPED: no python3)`, ignore: true, fn: () => {} });
}

/** What Python has of a module: each class's names, or the error that importing it ends in. */
type Judged = { readonly error: string } | { readonly classes: Readonly<Record<string, JudgedClass | null>> };

interface JudgedClass {
  readonly outputs: readonly string[];
  readonly scenarios: readonly string[];
  readonly parameters: readonly string[];
  readonly isAbstract: boolean;
}

const DEFINES = `
sys.path.insert(0, ${JSON.stringify(STUBS)})
import inspect
from modelops_calabaria import BaseModel
def judge(text):
    space = {"__name__": "made"}
    try:
        exec(compile(text, "made.py", "exec"), space)
    except (TypeError, ValueError, NameError) as error:
        return {"error": type(error).__name__ + ": " + str(error)}
    classes = {}
    for name, cls in space.items():
        if not inspect.isclass(cls) or cls.__module__ != "made": continue
        if not issubclass(cls, BaseModel):
            classes[name] = None
            continue
        abstract = inspect.isabstract(cls)
        scenarios, outputs = list(cls.SCENARIO_NAMES), list(cls.OUTPUT_NAMES)
        if not abstract:
            try:
                made = cls()
                scenarios, outputs = list(made._scenarios), list(made._outputs)
            except ValueError:
                pass  # an override that returns another scenario; its names are the class's all the same
        classes[name] = dict(outputs=outputs, scenarios=scenarios, parameters=[spec.name for spec in cls.PARAMS.specs], isAbstract=abstract)
    return {"classes": classes}
`;

function agrees(text: string, judgement: Judged): void {
  const sources = sourcesOf({ "models/__init__.py": "", [PATH]: text });
  const declared = declaredClasses(sources, PATH);
  if ("error" in judgement) {
    const errors = declared.flatMap(({ className }) => modelFacts(sources, PATH, className)!.issues).filter(({ severity }) =>
      severity === "error"
    );
    // Bases of a class that is no model are nobody's verdict, and are seen all the same.
    const isSeen = declared.some(({ className }) => lineageOf(sources, findClass(sources, PATH, className)!).problem !== null);
    assert.ok(errors.length > 0 || isSeen, `Python says ${judgement.error} of\n${text}`);
    return;
  }
  assert.deepEqual(declared.map(({ className }) => className), Object.keys(judgement.classes), text);
  for (const { className, what } of declared) {
    const theirs: JudgedClass | null = judgement.classes[className]!;
    if (theirs === null) {
      assert.equal(what, "other", `${className} of\n${text}`);
      continue;
    }
    assert.equal(what, theirs.isAbstract ? "abstract" : "model", `${className} of\n${text}`);
    const facts = modelFacts(sources, PATH, className)!;
    assert.deepEqual(facts.unresolved, [], text);
    assert.deepEqual(facts.issues.filter(({ severity }) => severity === "error"), [], text);
    assert.deepEqual(facts.outputs, theirs.outputs, `${className} of\n${text}`);
    // The order of a base's scenarios and one's own is that of Python; baseline stands first in both.
    assert.deepEqual(facts.scenarios, ["baseline", ...theirs.scenarios.filter((name) => name !== "baseline")], `${className} of\n${text}`);
    assert.deepEqual(facts.parameters, theirs.parameters, `${className} of\n${text}`);
  }
}

const ATTRIBUTES = ["a", "b", "c"] as const;

const member = fc.record({
  attribute: fc.constantFrom(...ATTRIBUTES),
  kind: fc.constantFrom("plain", "output", "output", "scenario", "twice", "lambda", "loop"),
  name: fc.constantFrom("one", "two", "three"),
});

const klass = fc.record({
  bases: fc.uniqueArray(fc.nat(9), { maxLength: 3 }),
  isModel: fc.boolean(),
  params: fc.option(fc.uniqueArray(fc.constantFrom("x", "y", "z"), { maxLength: 3 })),
  runs: fc.constantFrom("both", "both", "build_sim", "none"),
  members: fc.array(member, { maxLength: 4 }),
});

type Klass = typeof klass extends fc.Arbitrary<infer T> ? T : never;

function sourceOf(classes: readonly Klass[]): string {
  const lines = ["import modelops_calabaria as cb", "from modelops_calabaria import model_output as out"];
  classes.forEach((one, index) => {
    const bases = [...new Set(one.bases.map((base) => base % (index + 1)).filter((base) => base < index))].map((base) => `K${base}`);
    if (one.isModel || index === 0) bases.push("cb.BaseModel");
    lines.push(`class K${index}(${bases.join(", ")}):`);
    const specs = (one.params ?? []).map((name) => `cb.ParameterSpec("${name}${index}", 0, 1),`).join(" ");
    if (one.params !== null || index === 0) lines.push(`    PARAMS = cb.ParameterSpace((${specs}))`);
    else lines.push("    pass");
    for (const { attribute, kind, name } of one.members) lines.push(...memberSource(attribute, kind, name).map((line) => `    ${line}`));
    if (one.runs !== "none") lines.push("    def build_sim(self, params, config): ...");
    if (one.runs === "both") lines.push("    def run_sim(self, state, seed): ...");
  });
  return `${lines.join("\n")}\n`;
}

function memberSource(attribute: string, kind: Klass["members"][number]["kind"], name: string): string[] {
  switch (kind) {
    case "plain":
      return [`def ${attribute}(self, raw, seed): ...`];
    case "output":
      return [`@cb.model_output("${name}")`, `def ${attribute}(self, raw, seed): ...`];
    case "twice":
      return [`@out(name="${name}")`, `@out("${name}-inner")`, `def ${attribute}(self, raw, seed): ...`];
    case "scenario":
      return [`@cb.model_scenario("${name}")`, `def s_${attribute}(self): return cb.ScenarioSpec("${name}")`];
    case "lambda":
      return [`${attribute} = out("${name}")(lambda self, raw, seed: raw)`];
    case "loop":
      return [`for n in ("p", "q"):`, `    locals()[f"{n}_${attribute}"] = out(f"${name}-{n}")(lambda self, raw, seed: raw)`];
  }
}

pythonTest("law: outputs, scenarios, parameters and helpers of any classes are those that Python gives", async () => {
  const texts = fc.sample(fc.array(klass, { minLength: 1, maxLength: 6 }).map(sourceOf), { numRuns: 400, seed: 20_261_124 });
  const judgements = await judged<Judged>(texts, DEFINES);
  assert.equal(judgements.length, texts.length);
  texts.forEach((text, index) => agrees(text, judgements[index]!));
  const fine = judgements.filter((one) => "classes" in one).length;
  assert.ok(fine > 50 && fine < texts.length, `${fine} of ${texts.length} can be imported`);
});

const EXPRESSIONS = [
  "1_000_000",
  "1e6",
  "-1",
  "1 / 14",
  "7 // 2",
  "-7 // 2",
  "-7 % 3",
  "7 % -3",
  "-7.5 // 2",
  "7.5 % -2",
  "2 ** 10",
  "2 ** -1",
  "True + 1",
  "3 * True",
  "0.1 + 0.2",
  "10 / 2",
  "1e16",
  "f'{1e15}'",
  "f'{0.1 + 0.2}'",
  "f'{2.0}-{3}-{True}-{None}'",
  "'cov-%s-%d' % (1.5, 3)",
  "'%s%%' % 5",
  "str(1.0)",
  "'ab' * 2",
  "[1, *(2, 3), 4]",
  "{**{'a': 1}, 'b': 2, 'a': 3}",
  "dict(a=1, b=2)",
  "dict([('a', 1)], a=2)",
  "{k: v * 2 for k, v in {'a': 1}.items()}",
  "[a + b for a in 'xy' for b in 'mn']",
  "list(range(10, 0, -3))",
  "list(enumerate('ab', 1))",
  "list(zip('ab', (1, 2, 3)))",
  "list(reversed([1, 2]))",
  "len({'a': 1})",
  "max(1, 3.5)",
  "min([4, 2])",
  "int(3.9)",
  "int(-3.9)",
  "float('inf')",
  "float('1e3')",
  "abs(-3)",
  "'a b  c'.split()",
  "', '.join(['a', 'b'])",
  "'Ab'.upper()",
  "(1, 2)[-1]",
  "{'k': [5]}['k'][0]",
  "{1: 'a', 1.0: 'b'}",
  "[n for n in range(3)]",
  "tuple(f'x{i}' for i in range(2))",
  "{'a', }",
  "- - 3",
  "+True",
];

const EVALUATES = `
def shown(value):
    if isinstance(value, bool): return ["boolean", value]
    if isinstance(value, int): return ["integer", value]
    if isinstance(value, float): return ["float", str(value) if value in (float("inf"), float("-inf")) else value]
    if isinstance(value, str): return ["text", value]
    if value is None: return ["none"]
    if isinstance(value, dict): return ["mapping", [[shown(key), shown(of)] for key, of in value.items()]]
    return [type(value).__name__, [shown(item) for item in value]]
def judge(text):
    return shown(eval(text))
`;

function shown(value: Evaluated): unknown {
  switch (value.kind) {
    case "boolean":
    case "integer":
      return [value.kind, value.value];
    case "float":
      return ["float", Number.isFinite(value.value) ? value.value : value.value > 0 ? "inf" : "-inf"];
    case "text":
      return ["text", value.text];
    case "none":
      return ["none"];
    case "mapping":
      return ["mapping", value.entries.map(([key, of]) => [shown(key), shown(of)])];
    case "sequence":
      return [value.of, value.items.map(shown)];
    default:
      return [value.kind];
  }
}

pythonTest("expressions come to what Python gives, integers and floats apart", async () => {
  const judgements = await judged<unknown>(EXPRESSIONS, EVALUATES);
  EXPRESSIONS.forEach((expression, index) => {
    const sources = sourcesOf({ "m.py": `x = ${expression}\n` });
    const read = sources.read.get(asPath("m.py"))!;
    assert.ok("outline" in read);
    const { value, at } = read.outline.assignments[0]!;
    assert.deepEqual(shown(evaluate(sources, { path: asPath("m.py"), scope: "", before: at }, value!)), judgements[index], expression);
  });
});
