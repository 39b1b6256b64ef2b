/**
 * Sources, registries and projects that nobody would have written on purpose, through the whole program: each is refused with a place and a
 * next command, or read as its author meant it.
 */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";
import { copySample } from "../support/samples.ts";
import { parse } from "./registered_project.ts";

// deno-lint-ignore no-explicit-any -- looked at key by key
type Document = any;

const REGISTRY = "p/.modelops-bundle/registry.yaml";
const P = { cwd: "p" } as const;
const MODEL = `import modelops_calabaria as cb


class SIR(cb.BaseModel):
    PARAMS = cb.ParameterSpace([cb.ParameterSpec("beta", 0.0, 1.0)])

    def build_sim(self, params, config):
        return params

    def run_sim(self, state, seed):
        return state

    @cb.model_output("cases")
    def cases(self, raw, seed):
        return raw
`;
const TARGET =
  `import modelops_calabaria as cb\n\n\n@cb.calibration_target(model_output="cases", data={"obs": "data/obs.csv"})\ndef inc(data_paths):\n    return None\n`;

/** A small project, registered and in a layout of its own; not pushed. */
async function lab(desk: Desk): Promise<void> {
  desk.write("p/models/__init__.py", "");
  desk.write("p/models/sir.py", MODEL);
  desk.write("p/targets/__init__.py", "");
  desk.write("p/targets/inc.py", TARGET);
  desk.write("p/data/obs.csv", "week,cases\n1,2\n");
  await desk.mops(["init", ".", "--name", "sir", "--registry", `oci:${desk.folder("site")}`], P);
  await desk.mops(["register-model", "models/sir.py"], P);
  await desk.mops(["register-target", "targets/inc.py"], P);
}

function edited(desk: Desk, change: (text: string) => string): void {
  const before = desk.read(REGISTRY);
  const after = change(before);
  assert.notEqual(after, before, "the test changes the registry");
  desk.write(REGISTRY, after);
}

const bytes = (text: string) => new TextEncoder().encode(text);
const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const joined = (...parts: readonly Uint8Array[]) => new Uint8Array(parts.flatMap((part) => [...part]));

const READ: readonly (readonly [what: string, source: string | Uint8Array])[] = [
  ["a byte order mark", joined(new Uint8Array([0xef, 0xbb, 0xbf]), bytes(MODEL))],
  ["an encoding by PEP 263", latin(`# -*- coding: latin-1 -*-\nNAME = "Köln"\n${MODEL}`)],
  ["Windows line ends", MODEL.replaceAll("\n", "\r\n")],
  ["tabs", MODEL.replaceAll("    ", "\t")],
  ["f-strings of Python 3.12", `${MODEL}\n\nNAMES = ["a"]\nTEXT = f"{"".join(f"{name!r:>{10}}" for name in NAMES)} {{}}"\n`],
  [
    "match",
    `${MODEL}\n\ndef stage(x):\n    match x:\n        case {"s": [1, *rest], **more} if rest:\n            return more\n        case _:\n            return None\n`,
  ],
  [
    "generics by PEP 695",
    `${MODEL}\n\ntype Pair[T] = tuple[T, T]\n\n\ndef first[T: (int, str) = int](pair: Pair[T]) -> T:\n    return pair[0]\n`.replace(
      " = int",
      "",
    ),
  ],
  ["a walrus", `${MODEL}\n\nif (count := len("abc")) > 2:\n    WIDE = count\n`],
  ["a decorator with a lambda", `${MODEL}\n\n@(lambda f: f)\ndef plain():\n    pass\n`],
  ["a megabyte", MODEL + "VALUES = [1, 2, 3]\n".repeat(56_000)],
  ["no line end at the end", MODEL.trimEnd()],
  ["names in other scripts", `${MODEL}\n\nβ = 0.3\nдлительность = 7\n`],
];

const REFUSED: readonly (readonly [what: string, source: string | Uint8Array, says: RegExp])[] = [
  [
    "bytes that are not UTF-8",
    joined(bytes(`${MODEL}# K`), new Uint8Array([0xf6]), bytes("ln\n")),
    /models\/odd\.py, line 16, column 4: is not valid UTF-8/,
  ],
  ["an encoding that nobody knows", `# coding: klingon\n${MODEL}`, /models\/odd\.py, line 1.*klingon/],
  ["a null byte", MODEL.replace("beta", "be\0ta"), /models\/odd\.py, line 5.*null byte/i],
  ["print of Python 2", `${MODEL}\nprint "done"\n`, /models\/odd\.py, line 17, column \d+/],
  ["a bracket that is not closed", `${MODEL}\nX = (1,\n`, /models\/odd\.py, line \d+, column \d+/],
  [
    "tabs and spaces that do not agree",
    MODEL.replace("        return params", "\t\treturn params\n        return None"),
    /models\/odd\.py, line \d+/,
  ],
];

Deno.test("odd but lawful sources are registered with their output", async () => {
  using desk = new Desk();
  await lab(desk);
  for (const [what, source] of READ) {
    desk.write("p/models/odd.py", source);
    const { entries } = await desk.json(["register-model", "models/odd.py"], P);
    assert.deepEqual([entries.length, entries[0].outputs, entries[0].id], [1, ["cases"], "odd_sir"], what);
  }
  await desk.mops(["push"], P);
});

Deno.test("sources that Python would refuse are refused with line and column, and the entry stays as it was", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("p/models/odd.py", MODEL);
  await desk.mops(["register-model", "models/odd.py"], P);
  await desk.mops(["push"], P);
  const before = desk.read(REGISTRY);
  for (const [what, source, says] of REFUSED) {
    desk.write("p/models/odd.py", source);
    assert.match((await desk.mops(["register-model", "models/odd.py"], { ...P, expect: 8 })).stderr, says, what);
    const status = await desk.json(["status"], P);
    assert.equal(status.models.find(({ id }: Document) => id === "odd_sir").status, "broken", what);
    await desk.mops(["push"], { ...P, expect: 8 });
    assert.equal(desk.read(REGISTRY), before, what);
  }
});

Deno.test("a directory called x.py is neither a model nor an import", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("p/models/x.py/inside.txt", "x\n");
  desk.write("p/models/sir.py", `from . import x\n${MODEL}`);
  const refused = await desk.mops(["register-model", "models/x.py"], { ...P, expect: 2 });
  assert.match(refused.stderr, /models\/x\.py is a folder/);
  await desk.mops(["register-model", "models/sir.py"], { ...P, expect: null });
  const { models } = await desk.json(["status"], P);
  assert.ok(!models[0].dependencies.some(({ path }: Document) => path === "models/x.py"), "a folder is no dependency");
  assert.match((await desk.mops(["push"], { ...P, expect: 8 })).stderr, /models\/sir\.py line 1/);
});

Deno.test("modules that import each other are one closure, however one enters it", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("p/models/infection.py", "from . import recovery\n");
  desk.write("p/models/recovery.py", "from . import infection\nfrom .sir import SIR\n");
  desk.write("p/models/sir.py", `from . import infection\n${MODEL}`);
  await desk.mops(["register-model", "models/sir.py"], P);
  assert.deepEqual(parse(desk.read(REGISTRY)).models.sir_sir.code, ["models/__init__.py", "models/infection.py", "models/recovery.py"]);
  await desk.mops(["push"], P);
});

Deno.test("a package that shadows the standard library is what Python would import, and a warning", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("p/statistics/__init__.py", "from .means import mean\n");
  desk.write("p/statistics/means.py", "def mean(values):\n    return 0\n");
  desk.write("p/models/sir.py", `from statistics import mean\n${MODEL}`);
  const registered = await desk.json(["register-model", "models/sir.py"], P);
  assert.deepEqual(
    registered.issues.map(({ code, severity }: Document) => [code, severity]).filter(([code]: Document) => /shadow/.test(code)),
    [
      ["shadows-standard-library", "warning"],
    ],
  );
  assert.deepEqual(parse(desk.read(REGISTRY)).models.sir_sir.code, ["models/__init__.py", "statistics/__init__.py", "statistics/means.py"]);
  await desk.mops(["push"], P);
});

Deno.test("an entry that points outside of the project is refused by push, told by status, and can be taken out", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("secret.csv", "1\n");
  edited(desk, (text) => text.replace("      - data/obs.csv", "      - ../secret.csv"));
  const refused = await desk.mops(["push"], { ...P, expect: 8 });
  assert.match(refused.stderr, /target inc names the path "\.\.\/secret\.csv"/);
  assert.equal((await desk.json(["status"], P)).targets[0].status, "broken");
  await desk.mops(["unregister", "inc"], P);
  await desk.mops(["push"], P);
  const manifest = await desk.json(["manifest", "latest"], P);
  assert.ok(!manifest.files.some(({ path }: Document) => path.includes("secret")));
});

Deno.test("weights for non-members, weights that are no numbers, and unknown targets and sets are refused; a file that has them stops the push", async () => {
  using desk = new Desk();
  await lab(desk);
  const cases: readonly (readonly [args: string[], exits: readonly number[], says: RegExp])[] = [
    [["target-set", "set", "main", "-t", "inc", "-w", "other=1"], [2, 4], /other/],
    [["target-set", "set", "main", "-t", "inc", "-w", "inc=much"], [2], /much/],
    [["target-set", "set", "main", "-t", "inc", "-w", "inc=NaN"], [2], /NaN/],
    [["target-set", "set", "main", "-t", "gone"], [4], /gone/],
    [["target-set", "delete", "main"], [4], /main/],
  ];
  const before = desk.read(REGISTRY);
  for (const [args, exits, says] of cases) {
    const ran = await desk.mops(args, { ...P, expect: null });
    assert.ok(exits.includes(ran.code), `${args.join(" ")}: exit ${ran.code}`);
    assert.match(ran.stderr, says);
    assert.equal(desk.read(REGISTRY), before);
  }
  edited(desk, (text) => text.replace("target_sets: {}", "target_sets:\n  main:\n    targets: [inc]\n    weights: {other: 1.0}"));
  assert.match((await desk.mops(["push"], { ...P, expect: 8 })).stderr, /target set main has a weight for other, which is no member/);
  edited(desk, (text) => text.replace("{other: 1.0}", "{inc: heavy}"));
  assert.match((await desk.mops(["push"], { ...P, expect: 8 })).stderr, /heavy|number/);
});

Deno.test("unknown keys and comments of registry.yaml survive registering, sealing, pushing and pulling", async () => {
  using desk = new Desk();
  await lab(desk);
  edited(desk, (text) =>
    `# looked after by the calibration group\n${text}`
      .replace(
        "    class_name: SIR\n",
        "    class_name: SIR  # the plain one\n    reviewed_by: ana\n    history: {2024: first, 2025: [second, third]}\n",
      )
      .replace("target_sets: {}", "target_sets: {}\nsite:\n  region: north  # ours"));
  await desk.mops(["register-model", "models/sir.py", "--data", "data/"], P);
  await desk.mops(["target-set", "set", "main"], P);
  desk.write("p/models/sir.py", `${MODEL}\n# another line\n`);
  const pushed = await desk.json(["push"], P);
  await desk.mops(["pull", "--ref", pushed.reference, "--into", "other"]);
  for (const text of [desk.read(REGISTRY), desk.read("other/.modelops-bundle/registry.yaml")]) {
    for (
      const kept of [
        /^# looked after by the calibration group$/m,
        /class_name: SIR {2}# the plain one$/m,
        /^ {4}reviewed_by: ana$/m,
        /region: north {2}# ours$/m,
      ]
    ) {
      assert.match(text, kept);
    }
    assert.match(JSON.stringify(parse(text)), /"history":\{"2024":"first","2025":\["second","third"\]\}/);
  }
});

Deno.test("older versions of registry.yaml are read, a newer one is refused everywhere with the advice to upgrade", async () => {
  using desk = new Desk();
  await lab(desk);
  for (const older of ['version: "0.9"', "version: 1", "version: 1.0"]) {
    edited(desk, (text) => text.replace(/^version: .*/m, older));
    assert.equal((await desk.json(["list"], P)).models.length, 1, older);
    desk.write("p/models/sir.py", `${MODEL}\n# ${older}\n`);
    if (older !== 'version: "0.9"') {
      const refused = await desk.mops(["push"], { ...P, expect: 8 });
      assert.match(refused.stderr, /registry\.yaml line 1: version holds 1(\.0)? without quotes, and Python's readers refuse the file/);
      assert.match(refused.stderr, /\nhint: mops bundle register-model --regen-all /);
      await desk.mops(["register-model", "--regen-all"], P);
    }
    await desk.mops(["push"], P);
    assert.equal(typeof parse(desk.read(REGISTRY)).version, "string", `${older}: old readers take nothing but a text`);
  }
  edited(desk, (text) => text.replace(/^version: .*/m, 'version: "2.0"'));
  const before = desk.read(REGISTRY);
  for (
    const args of [["list"], ["register-model", "models/sir.py"], ["unregister", "sir_sir"], ["target-set", "list"], ["push"], [
      "push",
      "--force",
    ]]
  ) {
    const refused = await desk.mops(args, { ...P, expect: 8 });
    assert.match(refused.stderr, /registry\.yaml.*2\.0/, args.join(" "));
    assert.match(refused.stderr, /newer|upgrade|update/i, args.join(" "));
    assert.match(refused.stderr, /hint: /);
    assert.equal(desk.read(REGISTRY), before);
  }
});

Deno.test("a registry that the Python tool wrote: read, Stale by its own digests, sealed by a push, and given closures when it is registered", async () => {
  using desk = new Desk();
  copySample("sample_project", desk, "p");
  await desk.mops(["init", ".", "--name", "seir", "--registry", `oci:${desk.folder("site")}`], P);
  await desk.mops(["add", "."], P);
  desk.write(REGISTRY, Deno.readFileSync(new URL("./fixtures/python_registry.yaml", import.meta.url)));
  // As it was when the Python tool digested it.
  const status = await desk.json(["status"], P);
  const of = (name: string) => [...status.models, ...status.targets].find((one: Document) => one.name === name);
  assert.equal(of("StarsimSIR").status, "stale");
  assert.ok(of("StarsimSIR").reasons.some(({ path }: Document) => path === "data/contact_patterns.csv"));
  assert.equal(of("NetworkSEIR").status, "ready");
  assert.equal(of("incidence_per_replicate_target").status, "ready");

  const pushed = await desk.json(["push"], P);
  const sealed = parse(desk.read(REGISTRY));
  assert.deepEqual(Object.keys(sealed.models.seir_starsimsir.data_digests), ["data/demographics.csv", "data/contact_patterns.csv"]);
  for (const digest of Object.values<string>(sealed.models.seir_starsimsir.data_digests)) assert.match(digest, /^sha256:(?!0000)/);
  assert.match(sealed.models.network_model_networkseir.model_digest, /^sha256:/);
  assert.equal(sealed.models.seir_starsimsir.closure, undefined, "what a push seals it does not analyse");
  assert.equal((await desk.json(["push"], P)).digest, pushed.digest);

  await desk.mops(["register-model", "--regen-all"], P);
  const { seir_starsimsir: entry } = parse(desk.read(REGISTRY)).models;
  assert.equal(entry.closure.rule, 1);
  assert.deepEqual(entry.data, ["data/contact_patterns.csv", "data/demographics.csv"], "nothing is lost");
  assert.ok(entry.code.includes("district/tables.py"), "what the old tool did not find is found");
  assert.deepEqual(parse(desk.read(REGISTRY)).target_sets.incidence.weights, { incidence_per_replicate_target: 0.5 });
});

Deno.test("a registry with Windows paths and line ends is read by what it means, and stops a push until it is registered anew", async () => {
  using desk = new Desk();
  copySample("sample_project", desk, "p");
  await desk.mops(["init", ".", "--name", "seir", "--registry", `oci:${desk.folder("site")}`], P);
  await desk.mops(["add", "."], P);
  const fixture = Deno.readTextFileSync(new URL("./fixtures/python_registry.yaml", import.meta.url));
  desk.write(
    REGISTRY,
    fixture.replace(/(?<=(path: |- |^ {6}))(models|data|district|targets)\/(?=[\w.]+\.(py|csv))/gm, "$2\\").replaceAll("\n", "\r\n"),
  );
  assert.match(desk.read(REGISTRY), /path: models\\seir\.py\r\n/);
  const status = await desk.json(["status"], P);
  assert.deepEqual(status.models[0].dependencies.map(({ path }: Document) => path).filter((path: string) => path.includes("\\")), []);
  assert.notEqual(status.models[0].status, "broken");
  assert.match((await desk.mops(["why", "data/demographics.csv"], P)).stdout, /StarsimSIR/);
  const found = status.preflight.filter(({ code }: Document) => code === "windows-path");
  assert.ok(found.some(({ message }: Document) => message.includes("models\\seir.py and ") && message.includes("model seir_starsimsir")));
  assert.ok(found.some(({ hint }: Document) => hint.startsWith("mops bundle register-target --regen-all")));
  assert.match((await desk.mops(["push"], { ...P, expect: 8 })).stderr, /with backslashes, and workers find no such file/);
  assert.match((await desk.mops(["register-model", "--regen-all"], P)).stdout, /its paths are written with \//);
  await desk.mops(["register-target", "--regen-all"], P);
  const text = desk.read(REGISTRY);
  assert.doesNotMatch(text, /\\/);
  assert.equal(parse(text).models.seir_starsimsir.path, "models/seir.py");
  assert.match((await desk.mops(["register-model", "--regen-all"], P)).stdout, /\(unchanged\)/);
  await desk.mops(["push"], P);
});

Deno.test("registry.yaml that is no YAML, no mapping, or has lists of mappings is refused with its line, and nothing is sent", async () => {
  using desk = new Desk();
  await lab(desk);
  await desk.mops(["push"], P);
  const good = desk.read(REGISTRY);
  for (
    const [what, text, says] of [
      ["no YAML", `${good}models: [\n`, /registry\.yaml/],
      ["a list", "- 1\n", /registry\.yaml/],
      ["parameters as mappings", good.replace("      - beta", "      - name: beta"), /parameters/],
      ["an entry without a path", good.replace("    path: models/sir.py\n", ""), /sir_sir.*path|path.*sir_sir/],
      [
        "twice the same id",
        good.replace("targets:\n", `  sir_sir:\n    entrypoint: models.sir:SIR\n    path: models/sir.py\n    class_name: SIR\ntargets:\n`),
        /registry\.yaml is not valid YAML: line \d+, column \d+: duplicated mapping key/,
      ],
    ] as const
  ) {
    assert.notEqual(text, good, what);
    desk.write(REGISTRY, text);
    desk.write("p/models/sir.py", `${MODEL}\n# ${what}\n`);
    const refused = await desk.mops(["push"], { ...P, expect: 8 });
    assert.match(refused.stderr, says, what);
    await desk.mops(["register-model", "models/sir.py"], { ...P, expect: 8 });
    assert.equal(desk.read(REGISTRY), text, "it is left as it is, for its author");
    await desk.mops(["status"], P);
  }
});

Deno.test("an entry that names a folder as a file stops the push by name", async () => {
  using desk = new Desk();
  await lab(desk);
  edited(desk, (text) => text.replace("      - data/obs.csv", "      - data"));
  assert.match((await desk.mops(["push"], { ...P, expect: 8 })).stderr, /data/);
});

Deno.test("a target that names no output is refused in those words, and is nothing that cannot be read", async () => {
  using desk = new Desk();
  await lab(desk);
  desk.write("p/targets/more.py", "import modelops_calabaria as cb\n\n\n@cb.calibration_target()\ndef t3(data_paths):\n    return None\n");
  const refused = await desk.mops(["register-target", "targets/more.py"], { ...P, expect: 8 });
  assert.match(refused.stderr, /targets\/more\.py: target t3, line 5, names no model_output, which a registered target has to have/);
});
