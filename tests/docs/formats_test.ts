/** docs/formats.md against the program: its examples are made by the code, and the members of every JSON document are those it prints. */
import assert from "node:assert/strict";
import { withExamples } from "../../scripts/format_examples.ts";
import { readJournal } from "../../src/worktree/journal.ts";
import { Desk } from "../support/program.ts";

const page = await Deno.readTextFile(new URL("../../docs/formats.md", import.meta.url));

Deno.test("the examples in docs/formats.md are what the code makes", () => {
  assert.equal(page, withExamples(page), "docs/formats.md is out of step: run deno task docs");
});

Deno.test("the journal in docs/formats.md is one", () => {
  using desk = new Desk();
  desk.write("p/.modelops-bundle/journal.json", /<!-- example: journal -->\n\n```json\n([\s\S]*?)```/.exec(page)![1]!);
  assert.equal(readJournal({ root: `${desk.path}/p` })?.steps.length, 3);
});

Deno.test("docs/formats.md names the members of every JSON document", async () => {
  using desk = new Desk();
  desk.write("p/models/sir.py", "class SIR:\n    BETA = 1\n");
  desk.write(
    "p/targets/inc.py",
    "from modelops_calabaria import calibration_target\n\n@calibration_target(model_output='x')\ndef incidence(paths): return 1\n",
  );
  desk.write("home/.modelops/bundle-env/site.yaml", "environment: site\nregistry:\n  provider: docker\n  login_server: oci:/nowhere\n");
  const options = { cwd: "p" };
  const documents = [];
  for (
    const command of [
      ["init", "."],
      ["add", "."],
      ["push"],
      ["status"],
      ["diff"],
      ["diff", "-p"],
      ["why", "models/sir.py"],
      ["impact"],
      ["show", "latest:models/sir.py"],
      ["register-model", "models/sir.py", "--class", "SIR"],
      ["register-target", "targets/inc.py"],
      ["list"],
      ["target-set", "set", "fit"],
      ["target-set", "list"],
      ["target-set", "delete", "fit"],
      ["unregister", "sir_sir", "incidence"],
      ["pull"],
      ["tag", "latest", "v1"],
      ["untag", "v1"],
      ["manifest"],
      ["manifest", "latest"],
      ["log"],
      ["mv", "models/sir.py", "models/seir.py"],
      ["remove", "models/seir.py"],
      ["env", "list"],
      ["env", "show"],
      ["env", "switch", "site"],
      ["version"],
    ]
  ) documents.push(await desk.json(command, options));
  documents.push(await desk.json(["show", "latest"], { ...options, expect: 2 }));

  const printed = new Map<string, Set<string>>();
  for (const { schema, version, ...members } of documents) {
    assert.equal(version, 1, schema);
    printed.set(schema, (printed.get(schema) ?? new Set()).union(new Set(Object.keys(members))));
  }
  const described = new Map<string, Set<string>>();
  for (const [, schema, members] of page.matchAll(/^- `(mops\.[\w-]+)`: (.*)$/gm)) {
    described.set(schema!, new Set(members!.match(/`(\w+)`/g)!.map((name) => name.slice(1, -1))));
  }
  assert.deepEqual(sorted(described), sorted(printed));
});

function sorted(schemas: ReadonlyMap<string, ReadonlySet<string>>): Record<string, string[]> {
  return Object.fromEntries([...schemas].sort(([a], [b]) => a < b ? -1 : 1).map(([schema, members]) => [schema, [...members].sort()]));
}
