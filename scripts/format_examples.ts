/**
 * The examples in docs/formats.md: made by the code that makes the formats, and put below the remark that names each. JSON is shown
 * indented, since canonical JSON is one line.
 */
import { type BundlePath, parseBundlePath } from "../src/base/bundle_path.ts";
import { withCheck } from "../src/base/checked_text.ts";
import { digestOf } from "../src/base/digest.ts";
import { encodePushRecord } from "../src/bundle/push_record.ts";
import type { FileContent } from "../src/bundle/snapshot.ts";
import { gitignoreWith } from "../src/flows/gitignore.ts";
import { EMPTY_INDEX, formatLayoutIndex, listedAs, withManifest, withTag } from "../src/layout/layout_index.ts";
import { aboutManifest } from "../src/layout/referrers.ts";
import { EMPTY_MODEL_REGISTRY } from "../src/models/model_registry.ts";
import { editModelRegistry, sealModelRegistry } from "../src/models/model_registry_yaml.ts";
import { decidingKeys } from "../src/python/canonical_pyproject.ts";
import { canonicalPyproject } from "../src/python/pyproject.ts";
import { draftSeal, seal } from "../src/plan/seal.ts";
import { formatConfig } from "../src/settings/config.ts";
import { DEFAULT_IGNORES } from "../src/worktree/default_ignores.ts";
import { EMPTY_STATE, formatState, withPushed } from "../src/worktree/local_state.ts";
import { formatTracked } from "../src/worktree/tracked.ts";

/** The page with every example as it should be. */
export function withExamples(page: string): string {
  const examples = makeExamples();
  const used = new Set<string>();
  const text = page.replace(/<!-- example: ([\w -]+?) -->\n\n```(\w+)\n[\s\S]*?```/g, (_, name: string, language: string) => {
    const example = examples.get(name);
    if (example === undefined) {
      throw new Error(`docs/formats.md asks for the example "${name}", which scripts/format_examples.ts does not make`);
    }
    used.add(name);
    return `<!-- example: ${name} -->\n\n\`\`\`${language}\n${example.trimEnd()}\n\`\`\``;
  });
  const forgotten = [...examples.keys()].filter((name) => !used.has(name));
  if (forgotten.length > 0) throw new Error(`docs/formats.md shows no example "${forgotten[0]}"`);
  return text;
}

function makeExamples(): ReadonlyMap<string, string> {
  const files = new Map<BundlePath, FileContent>();
  const put = (path: string, text: string, executable = false) => files.set(parseBundlePath(path), contentOf(text, executable));
  put("data/pop.csv", "age,people\n0-14,71000\n");
  put("run.sh", "#!/bin/sh\npython -m models.sir\n", true);
  files.set(parseBundlePath("latest.csv"), { ...files.get(parseBundlePath("data/pop.csv"))!, link: "data/pop.csv" });
  const config = formatConfig({ name: "seir-model", defaultTag: "latest", thresholdBytes: 50 * 1024 * 1024 });
  const sealed = seal(draftSeal(files, { config, modelRegistry: EMPTY_MODEL_REGISTRY, canonicalPyproject: null, layout: "auto" }), []);
  const { manifest, index } = sealed.bundle;

  const record = encodePushRecord({
    bundle: manifest.digest,
    tag: "latest",
    time: "2026-01-28T10:11:12.123Z",
    author: "Ana Lopez <ana@example.org>",
    tool: "mops 0.1.0",
    previous: { bundle: null, record: null },
    git: { commit: "1f7a7a472abf3dd9643fd615f6da379c4acb3e3a", dirty: false },
    message: "first version",
  }, { digest: manifest.digest, size: manifest.bytes.byteLength });

  const listed = (bytes: Uint8Array<ArrayBuffer>) => listedAs(aboutManifest(bytes, { digest: digestOf(bytes), size: bytes.byteLength }));
  const withBundle = withManifest(EMPTY_INDEX, listed(manifest.bytes));
  const layoutIndex = withTag(withManifest(withBundle, listed(record.manifest.bytes)), "latest", listed(manifest.bytes));

  const remote = "oci:/home/ana/.local/share/mops/bundles/seir-model";
  const state = withPushed({ ...EMPTY_STATE, name: "seir-model" }, remote, "latest", {
    bundle: manifest.digest,
    record: record.manifest.digest,
  });
  const pop = files.get(parseBundlePath("data/pop.csv"))!;
  const journal = {
    staging: "0f8d2c6e-5f0c-4a53-9a40-0c5c9a4f2b11",
    steps: [
      { kind: "remove", path: "data/old.csv", was: { digest: pop.digest, size: pop.size } },
      { kind: "place", path: "data/pop.csv", staged: "0", content: { digest: pop.digest, size: pop.size }, was: null },
      { kind: "mode", path: "run.sh", executable: true, was: contentHeld(files.get(parseBundlePath("run.sh"))!) },
    ],
    after: [
      { name: "state.json", staged: "after-0", content: contentHeld(contentOf(formatState(state), false)) },
      { name: "tracked.txt", staged: "after-1", content: contentHeld(contentOf(formatTracked(files.keys()), false)) },
    ],
  };
  return new Map([
    ["manifest", indented(manifest.bytes)],
    ["index", indented(index.bytes)],
    ["record", indented(record.blobs[1]!.bytes)],
    ["record manifest", indented(record.manifest.bytes)],
    ["layout index", JSON.stringify(JSON.parse(formatLayoutIndex(layoutIndex)), null, 2)],
    ["gitignore", gitignoreWith(null)],
    ["config", config],
    ["registry", EMPTY_MODEL_REGISTRY],
    ["registry entries", registryWithEntries()],
    ["deciding keys", decidingKeys().flatMap((line) => folded(line, 120)).join("\n")],
    ["pyproject", PYPROJECT],
    ["canonical pyproject", `${textOf(canonicalPyproject(PYPROJECT)!)}\n`],
    ["pyproject digest", digestAndSize(canonicalPyproject(PYPROJECT)!)],
    ["manifest file", textOf(sealed.metadata.get(parseBundlePath(".modelops-bundle/manifest.yaml"))!)],
    ["state", formatState(state)],
    ["tracked", formatTracked(files.keys())],
    ["journal", withCheck(JSON.stringify({ version: 2, ...journal }, null, 2))],
    ["built-in", filled(DEFAULT_IGNORES)],
  ]);
}

/** One of each, sealed; the files hold their own names. */
function registryWithEntries(): string {
  const closure = { rule: 1, project: ["pyproject.toml"] };
  const text = editModelRegistry(EMPTY_MODEL_REGISTRY, [
    {
      kind: "set",
      section: "models",
      id: "sir_sir",
      values: {
        entrypoint: "models.sir:SIR",
        path: "models/sir.py",
        class_name: "SIR",
        scenarios: ["baseline"],
        parameters: ["beta"],
        outputs: ["incidence", "2020"],
        data: ["data/pop.csv"],
        code: ["models/__init__.py", "models/mixing.py"],
        data_given: ["data/"],
        labels: { area: "city" },
        parameter_specs: [{ name: "beta", lower: 0.1, upper: 2, kind: "float" }],
        unresolved: [{ what: "output", file: "models/sir.py", line: 31, why: "its name is computed" }],
        closure,
      },
    },
    {
      kind: "set",
      section: "targets",
      id: "incidence",
      values: {
        path: "targets/incidence.py",
        entrypoint: "targets.incidence:incidence",
        model_output: "incidence",
        data: ["data/observed.csv"],
        weight: 2,
        closure,
      },
    },
    { kind: "set", section: "target_sets", id: "main", values: { targets: ["incidence"], weights: { incidence: 0.5 } } },
  ]);
  const find = (path: string) => contentOf(path, false);
  return sealModelRegistry(text, { file: find, projectFile: find });
}

/** One of everything that the canonical form decides. */
const PYPROJECT = `[project]
name = "rsv"
version = "0.4.0"
description = "Not in it, and neither are version, authors, urls …"
requires-python = ">=3.11"
dependencies = ["starsim >=3.0, <4", "Scikit_Learn[b, A]>=1.4; python_version < '3.13'", "lab @ git+https://example.org/lab.git"]

[project.optional-dependencies]
plots = ["seaborn", "matplotlib"]

[tool.uv]
exclude-newer = 2026-01-28T00:00:00Z

[tool.uv.sources]
lab = { path = "../lab", editable = true }

[tool.ruff]
line-length = 120
`;

function digestAndSize(bytes: Uint8Array<ArrayBuffer>): string {
  return JSON.stringify([digestOf(bytes), bytes.byteLength]);
}

/** A line and its further lines, indented. */
function folded(line: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(last === undefined ? word : `  ${word}`);
  }
  return lines;
}

/** Words side by side, in lines of at most 100 characters. */
function filled(words: readonly string[]): string {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 100) lines[lines.length - 1] = `${last}  ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}

function contentOf(text: string, executable: boolean): FileContent {
  const bytes = new TextEncoder().encode(text);
  return { digest: digestOf(bytes), size: bytes.byteLength, executable };
}

function contentHeld({ digest, size }: FileContent) {
  return { digest, size };
}

function indented(bytes: Uint8Array): string {
  return JSON.stringify(JSON.parse(textOf(bytes)), null, 2);
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
