/**
 * Imports that lead out of the project, compared with what it declares and locks. A distribution's name need not be that of its module, and
 * no rule leads from one to the other; the table holds those that models are likely to use, everything else is looked for under its own name.
 */
import { compareUtf8 } from "../base/utf8_order.ts";
import type { OutsideImport } from "./dependencies.ts";
import type { ProjectDeclarations } from "./pyproject.ts";
import { normalisedName } from "./requirement.ts";

export interface UndeclaredImport {
  /** The first place that imports it; one that is not conditional, if there is one. */
  readonly import: OutsideImport;
  /** The distribution that very likely brings it, normalised. */
  readonly distribution: string;
  /**
   * undeclared: nothing declares it · transitive: it is locked, because something else needs it · grouped: only an extra or a group
   * declares it, and a worker installs none · unlocked: it is declared, and the lock files do not have it.
   */
  readonly how: "undeclared" | "transitive" | "grouped" | "unlocked";
  /** The extra or group, for grouped. */
  readonly group: string | null;
}

/** Sorted by module name, each once. Empty where nothing is declared in a form that can be read. */
export function undeclaredImports(declarations: ProjectDeclarations, outside: readonly OutsideImport[]): UndeclaredImport[] {
  const declared = declaredNames(declarations);
  if (declared === null) return [];
  const locks = declarations.locks.filter(({ isUnreadable }) => !isUnreadable);
  const locked = new Set(locks.flatMap(({ packages }) => [...packages.keys()]));
  const found = new Map<string, UndeclaredImport>();
  for (const one of outside) {
    const known = found.get(one.name);
    if (known !== undefined && (!known.import.isConditional || one.isConditional)) continue;
    const candidates = distributionsOf(one.module);
    const distribution = candidates.find((name) => declared.has(name)) ?? candidates.find((name) => locked.has(name)) ?? candidates[0]!;
    const groups = declared.get(distribution);
    const say = (how: UndeclaredImport["how"], group: string | null = null) =>
      void found.set(one.name, { import: one, distribution, how, group });
    if (groups === undefined) say(locked.has(distribution) ? "transitive" : "undeclared");
    else if (!groups.includes(null)) say("grouped", groups[0]!);
    else if (locks.length > 0 && !candidates.some((name) => locked.has(name))) say("unlocked");
  }
  return [...found.values()].sort((a, b) => compareUtf8(a.import.name, b.import.name));
}

/** Distributions that may bring a module, the likeliest first, normalised. */
export function distributionsOf(module: string): string[] {
  const parts = module.split(".");
  for (let end = parts.length; end > 0; end--) {
    const known = BROUGHT_BY.get(parts.slice(0, end).join("."));
    if (known !== undefined) return [...known.split(" "), ...guesses(parts)];
  }
  return guesses(parts);
}

/** A module of its own name, a namespace's part (`google.cloud.storage`), and the usual prefixes of names that were taken. */
function guesses(parts: readonly string[]): string[] {
  const name = normalisedName(parts[0]!);
  const deeper = [2, 3].filter((end) => parts.length >= end).map((end) => normalisedName(parts.slice(0, end).join("-")));
  return [...new Set([name, ...deeper, `python-${name}`, `py-${name}`, `py${name}`, `${name}-python`, `${name}-py`])];
}

/** Normalised name → the groups that declare it, null for what is always installed; null where nobody can say. */
function declaredNames({ pyproject, locks }: ProjectDeclarations): ReadonlyMap<string, readonly (string | null)[]> | null {
  const names = new Map<string, (string | null)[]>();
  const add = (name: string, group: string | null) => names.set(name, [...(names.get(name) ?? []), group]);
  const requirements = locks.find(({ path }) => path === "requirements.txt");
  if (pyproject?.problem != null) return null;
  if (pyproject === null || pyproject.hasDynamicDependencies) {
    if (requirements === undefined) return null;
    for (const name of requirements.packages.keys()) add(name, null);
  }
  for (const { name, group } of pyproject?.dependencies ?? []) add(name, group);
  return names;
}

/** Module → distributions, where the names differ. */
const BROUGHT_BY: ReadonlyMap<string, string> = new Map(Object.entries({
  _pytest: "pytest",
  attr: "attrs",
  Bio: "biopython",
  bs4: "beautifulsoup4",
  cairo: "pycairo",
  community: "python-louvain",
  Crypto: "pycryptodome pycrypto",
  cv2: "opencv-python opencv-python-headless opencv-contrib-python",
  "dask.distributed": "distributed dask",
  dateutil: "python-dateutil",
  docx: "python-docx",
  dotenv: "python-dotenv",
  faiss: "faiss-cpu faiss-gpu",
  fitz: "pymupdf",
  gi: "pygobject",
  git: "gitpython",
  "google.protobuf": "protobuf",
  grpc: "grpcio",
  igraph: "igraph python-igraph",
  jose: "python-jose",
  jwt: "pyjwt",
  "jwt.api_jwt": "pyjwt",
  kafka: "kafka-python",
  Levenshtein: "levenshtein python-levenshtein",
  lightning: "lightning pytorch-lightning",
  lightning_fabric: "lightning",
  magic: "python-magic",
  "matplotlib.pyplot": "matplotlib",
  mpl_toolkits: "matplotlib",
  msgpack: "msgpack msgpack-python",
  OpenSSL: "pyopenssl",
  osgeo: "gdal",
  PIL: "pillow",
  pkg_resources: "setuptools",
  pptx: "python-pptx",
  psycopg2: "psycopg2 psycopg2-binary",
  pylab: "matplotlib",
  ruamel: "ruamel-yaml",
  sc: "sciris",
  serial: "pyserial",
  skimage: "scikit-image",
  sklearn: "scikit-learn",
  skopt: "scikit-optimize",
  sksurv: "scikit-survival",
  slugify: "python-slugify",
  snappy: "python-snappy",
  stan: "pystan",
  tables: "tables pytables",
  tensorflow: "tensorflow tensorflow-cpu",
  tlz: "toolz cytoolz",
  umap: "umap-learn",
  websocket: "websocket-client",
  win32api: "pywin32",
  wx: "wxpython",
  xdist: "pytest-xdist",
  yaml: "pyyaml",
  zmq: "pyzmq",
}));
