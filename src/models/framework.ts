/**
 * What the framework calls its things, and where from it may be imported (docs/model-forms.md §1). A name counts by what it is bound to and
 * never by its text: `pydantic.BaseModel` is no model.
 */

const PACKAGE = "modelops_calabaria";
/** Third-party guides write `from calabaria import …`; no such package was ever published. */
const ALIAS = "calabaria";

/** Names that `modelops_calabaria` and its modules give, as far as discovery looks at them. */
const NAMES: ReadonlySet<string> = new Set([
  "BaseModel",
  "ParameterSpec",
  "ParameterSpace",
  "ConfigSpec",
  "ConfigurationSpace",
  "ScenarioSpec",
  "model_output",
  "model_scenario",
  "calibration_target",
  "LossTarget",
  "LikelihoodTarget",
]);

export interface FrameworkName {
  /** `BaseModel`, `model_output`, … */
  readonly name: string;
  /** own: from the package itself · alias: from `calabaria` · assumed: called BaseModel, from a package that nobody here knows. */
  readonly manner: "own" | "alias" | "assumed";
}

/** What an outside dotted name is to the framework; null where it has nothing to do with it. */
export function frameworkName(dotted: string): FrameworkName | null {
  const parts = dotted.split(".");
  const name = parts[parts.length - 1]!;
  if (parts.length < 2 || !NAMES.has(name)) return null;
  if (parts[0] === PACKAGE) return { name, manner: "own" };
  if (parts[0] === ALIAS) return { name, manner: "alias" };
  return null;
}

/** The same for a base class: one that is called `BaseModel` and comes from a package that is not known for another thing counts, too. */
export function frameworkBase(dotted: string, isStandardLibrary: boolean): FrameworkName | null {
  const exact = frameworkName(dotted);
  if (exact !== null) return exact.name === "BaseModel" ? exact : null;
  if (!dotted.endsWith(".BaseModel") || isStandardLibrary || otherBaseModel(dotted) !== null) return null;
  return { name: "BaseModel", manner: "assumed" };
}

/** Packages whose `BaseModel` is something else: data classes, tables, neural networks. */
const OTHER_BASE_MODELS: readonly string[] = [
  "pydantic",
  "pydantic_core",
  "pydantic_settings",
  "pydantic_ai",
  "pydantic_xml",
  "sqlmodel",
  "ninja",
  "beanie",
  "odmantic",
  "tortoise",
  "ormar",
  "piccolo",
  "mongoengine",
  "peewee",
  "django",
  "fastapi",
  "openai",
  "anthropic",
  "langchain",
  "langchain_core",
  "instructor",
  "redis_om",
  "hydra_zen",
  "keras",
  "torch",
  "tensorflow",
  "sklearn",
  "mmengine",
  "gensim",
  "darts",
  "unittest",
];

/** The package whose own `BaseModel` a dotted name is; null for none that is known. */
export function otherBaseModel(dotted: string): string | null {
  const top = dotted.split(".")[0]!;
  return dotted.endsWith(".BaseModel") && OTHER_BASE_MODELS.includes(top) ? top : null;
}

export function isFrameworkModule(module: string): boolean {
  return module === PACKAGE || module.startsWith(`${PACKAGE}.`);
}

export function isFrameworkExport(name: string): boolean {
  return NAMES.has(name);
}

/** Decorators that give back the function itself, or copy its `__dict__`: a mark below them is kept. */
const KEEPING: ReadonlySet<string> = new Set([
  "functools.lru_cache",
  "functools.cache",
  "functools.wraps",
  "functools.update_wrapper",
  "abc.abstractmethod",
  "typing.override",
  "typing.final",
  "typing.no_type_check",
  "typing_extensions.override",
  "typing_extensions.final",
  "typing_extensions.deprecated",
  "warnings.deprecated",
]);

/** Decorators that put another object in its place: a mark below them is lost. */
const DROPPING: ReadonlySet<string> = new Set([
  "staticmethod",
  "classmethod",
  "property",
  "functools.cached_property",
  "functools.singledispatchmethod",
  "functools.partialmethod",
  "contextlib.contextmanager",
]);

export function markBelow(decorator: string): "kept" | "lost" | "unknown" {
  if (KEEPING.has(decorator)) return "kept";
  return DROPPING.has(decorator) ? "lost" : "unknown";
}

export function isAbstractMethod(decorator: string): boolean {
  return /^abc\.abstract(method|property|classmethod|staticmethod)$/.test(decorator);
}

/** What is imported from a module below the package, and not from the package itself (docs/model-forms.md §1). */
const BELOW: ReadonlyMap<string, string> = new Map([
  ["LossTarget", "core.target"],
  ["LikelihoodTarget", "core.target"],
  ["LossTargetSet", "core.target"],
  ["LikelihoodTargetSet", "core.target"],
  ["JoinAlignment", "core.alignment"],
  ["ExactJoin", "core.alignment"],
  ["AsofJoin", "core.alignment"],
  ["mean_signal_mse", "core.evaluation"],
  ["annealed_mse", "core.evaluation"],
  ["LossEvaluator", "core.evaluation"],
  ["LikelihoodEvaluator", "core.evaluation"],
]);

/** The module that gives a name which the package itself does not; null for every other one. */
export function moduleBelow(module: string, name: string): string | null {
  const below = module === PACKAGE ? BELOW.get(name) : undefined;
  return below === undefined ? null : `${PACKAGE}.${below}`;
}

/** `Target(…, evaluation=…)` went away in 2025-12 (docs/model-forms.md §6). */
export function isOldTarget(dotted: string): boolean {
  return isFrameworkModule(dotted) && dotted.endsWith(".Target");
}
