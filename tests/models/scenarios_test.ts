/** Scenarios: the implicit baseline, marked ones, those added when a model is constructed, and their patches (docs/model-forms.md §5). */
import assert from "node:assert/strict";
import { codesOf, factsOf, modelWith, project, whysOf } from "./read_project.ts";

const of = (body: string, above = "") => factsOf(project(modelWith(body, above)));
const PARAMS = `PARAMS = cb.ParameterSpace((cb.ParameterSpec("beta", 0.1, 0.9), cb.ParameterSpec("coverage", 0, 1)))
CONFIG = cb.ConfigurationSpace([cb.ConfigSpec("days", 140)])
`;
const scenario = (name: string, rest = "", returned = name) =>
  `@cb.model_scenario("${name}")\ndef s(self):\n    return cb.ScenarioSpec("${returned}"${rest})`;

Deno.test("baseline is always there and first, also when it is declared", () => {
  assert.deepEqual(of("pass").scenarios, ["baseline"]);
  assert.deepEqual(of(`${scenario("lockdown")}\n${scenario("baseline").replace("def s", "def b")}`).scenarios, ["baseline", "lockdown"]);
});

Deno.test("scenarios are inherited as outputs are", () => {
  const sources = project(
    `${
      modelWith(scenario("lockdown"))
    }\nclass Child(SIR):\n    @cb.model_scenario(name="open")\n    def o(self):\n        return cb.ScenarioSpec("open")\n`,
  );
  assert.deepEqual(factsOf(sources, "Child").scenarios, ["baseline", "lockdown", "open"]);
  assert.deepEqual(codesOf(factsOf(sources, "Child")), []);
});

Deno.test("scenarios added in setup_scenarios are read: a key, a loop over literals, an f-string", () => {
  const facts = of(`${PARAMS}
def setup_scenarios(self):
    self._scenarios["early"] = cb.ScenarioSpec("late")
    for lvl in (50, 80):
        self._scenarios[f"cov-{lvl}"] = cb.ScenarioSpec(f"cov-{lvl}", param_patches={"coverage": lvl / 100})`);
  assert.deepEqual(facts.scenarios, ["baseline", "early", "cov-50", "cov-80"]);
  assert.deepEqual(codesOf(facts), []);
  assert.deepEqual(facts.unresolved, []);
});

Deno.test("patches of scenarios in a loop are checked with the value of each turn", () => {
  const facts = of(`${PARAMS}
def setup_scenarios(self):
    for lvl in (50, 180):
        self._scenarios[f"cov-{lvl}"] = cb.ScenarioSpec(f"cov-{lvl}", param_patches={"coverage": lvl / 100})`);
  assert.deepEqual(codesOf(facts), ["patch-out-of-bounds"]);
  assert.match(facts.issues[0]!.message, /cov-180 sets coverage to 1\.8/);
});

Deno.test("a loop over something that is not literal, and an overridden setup, are unresolved", () => {
  const loop = of(
    `def setup_scenarios(self):\n    for name in load():\n        self._scenarios[name] = cb.ScenarioSpec(name)`,
    "from elsewhere import load",
  );
  assert.deepEqual(loop.scenarios, ["baseline"]);
  assert.match(whysOf(loop)[0]!, /scenario of SIR\.setup_scenarios/);
  const sources = project(
    `${
      modelWith(`def setup_scenarios(self):\n    self._scenarios["a"] = cb.ScenarioSpec("a")`)
    }\nclass Child(SIR):\n    def setup_scenarios(self):\n        self._scenarios["b"] = cb.ScenarioSpec("b")\n`,
  );
  assert.deepEqual(factsOf(sources, "Child").scenarios, ["baseline", "b"]);
  assert.match(whysOf(factsOf(sources, "Child"))[0]!, /a is added in a method that is overridden/);
});

const VERDICTS: readonly (readonly [code: string, wrong: string, right: string])[] = [
  ["scenario-name-mismatch", scenario("lockdown", "", "open"), scenario("lockdown")],
  ["scenario-name-not-submittable", scenario("Lockdown"), scenario("no-vax_1.0")],
  ["scenario-name-not-submittable", scenario("no vax"), scenario("a")],
  [
    "patch-unknown-parameter",
    PARAMS + scenario("low", `, param_patches={"gamma": 1}`),
    PARAMS + scenario("low", `, param_patches={"beta": 0.1}`),
  ],
  ["patch-out-of-bounds", PARAMS + scenario("low", `, param_patches={"beta": 0.05}`), PARAMS + scenario("low", `, "doc", {"beta": 0.5}`)],
  [
    "patch-unknown-config",
    PARAMS + scenario("low", `, config_patches={"dayz": 1}`),
    PARAMS + scenario("low", `, config_patches={"days": 1}`),
  ],
  ["default-scenario-unknown", `DEFAULT_SCENARIO = "open"\n${scenario("low")}`, `DEFAULT_SCENARIO = "low"\n${scenario("low")}`],
  ["bare-decorator", "@cb.model_scenario\ndef s(self): ...", scenario("low")],
  ["scenario-signature", `@cb.model_scenario("low")\ndef s(self, more): ...`, `@cb.model_scenario("low")\ndef s(self): ...`],
  [
    "scenario-returns-another",
    `@cb.model_scenario("low")\ndef s(self):\n    return {"beta": 1}`,
    `@cb.model_scenario("low")\ndef s(self):\n    return make(self)`,
  ],
  ["scenario-argument", scenario("low", ", patches={}"), scenario("low", ', conflict_policy="strict"')],
];

for (const [code, wrong, right] of VERDICTS) {
  Deno.test(`verdict ${code}: ${wrong.split("\n").at(-1)!.trim()}`, () => {
    assert.deepEqual(codesOf(of(wrong)), [code]);
    assert.deepEqual(codesOf(of(right)), []);
  });
}

Deno.test("patches are compared with the parameters of the class that runs them, and not where these are not known", () => {
  const sources = project(`${modelWith(PARAMS + scenario("low", `, param_patches={"beta": 0.5}`))}
class Other(SIR):
    PARAMS = cb.ParameterSpace((cb.ParameterSpec("alpha", 0, 1),))
class Unknown(SIR):
    PARAMS = cb.load()
`);
  assert.deepEqual(codesOf(factsOf(sources)), []);
  assert.deepEqual(codesOf(factsOf(sources, "Other")), ["patch-unknown-parameter"]);
  assert.deepEqual(codesOf(factsOf(sources, "Unknown")), []);
});

Deno.test("an override without the mark keeps the name and escapes the comparison of names", () => {
  const sources = project(`${modelWith(scenario("low"))}\nclass Child(SIR):\n    def s(self):\n        return cb.ScenarioSpec("other")\n`);
  assert.deepEqual(factsOf(sources, "Child").scenarios, ["baseline", "low"]);
  assert.deepEqual(codesOf(factsOf(sources, "Child")), []);
});

Deno.test("a scenario that is added under a condition is unresolved", () => {
  const facts = of(
    `def setup_scenarios(self):\n    if self.large:\n        self._scenarios["a"] = cb.ScenarioSpec("a")\n    self._scenarios["b"] = cb.ScenarioSpec("b")`,
  );
  assert.deepEqual(facts.scenarios, ["baseline", "b"]);
  assert.match(whysOf(facts)[0]!, /condition decides whether a is added/);
});

Deno.test("scenarios added by update and setdefault are read, and taking some away is said", () => {
  const facts = of(`def setup_scenarios(self):
    self._scenarios.update({"a": cb.ScenarioSpec("a"), "b": cb.ScenarioSpec("b")})
    self._scenarios.setdefault("c", cb.ScenarioSpec("c"))
    self._scenarios.pop("x")`);
  assert.deepEqual(facts.scenarios, ["baseline", "a", "b", "c"]);
  assert.deepEqual(whysOf(facts).map((text) => text.replace(/^.*: /, "")), [".pop(…) changes what there is when it runs"]);
});
