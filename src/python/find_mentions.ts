/**
 * Calls and joined paths that may name a file or a module, found in an expression: the outermost of each. What is not a value (a lambda's
 * body, a comparison) is looked into again, so that nothing is hidden by what stands around it.
 */
import type { Loop, Value } from "./outline.ts";
import type { ValueReader } from "./read_value.ts";

export interface Found {
  /** @param loops of the comprehensions around it, outermost first. */
  readonly mention: (value: Value, isInLambda: boolean, loops: readonly Loop[]) => void;
  /** The name before a `:=`, by its node. */
  readonly bind: (name: number) => void;
  /** `super().__init__(…)`, or `Base.__init__(self, …)`. */
  readonly superInit: () => void;
}

/** Last names of calls that open, list, load or import something. */
const READS =
  /^(?:f?open|open_\w+|read_\w+|scan_\w+|load\w*|from_csv|from_?file|genfromtxt|imread|(?:Pure)?(?:Posix|Windows)?Path|joinpath|i?glob|rglob|iterdir|with_name|with_suffix|import_module|__import__|find_spec|module_from_spec|resolve_name|locate|import_string|dictConfig|fileConfig|f?chdir|run_module|run_path|files|as_file|contents|get_data|resource_\w+|spec_from_file_location|addsitedir|connect|listdir|scandir|iter_modules|walk_packages|entry_points|iter_entry_points|importorskip|\w+FileLoader|File|Dataset|ZipFile|TarFile|ExcelFile|HDFStore|ParquetFile|memmap|Unpickler|P?popen|exec|eval|globals|setattr)$/;
/** Those that mean something only as part of a longer name. */
/** What imports by a name, where it is handed on instead of being called. */
const IMPORTERS = /^(?:import_module|__import__)$/;

const LONGER = /(?:^|\.)(?:path\.(?:join|insert|append|extend)|os\.walk|resources\.\w+|subprocess\.\w+|os\.system)$/;

/** Modules whose functions are mentions under any name that an import gives them: `from subprocess import run`, `import os.path as osp`. */
const WHOLE_MODULES =
  /^(?:subprocess|os\.path|posixpath|importlib(?:\.\w+)?|importlib_resources|runpy|pkgutil|pkg_resources|pickle|dill|cloudpickle|joblib|glob|pathlib)$/;

export class MentionFinder {
  readonly #aliases = new Set<string>();
  /** Names of `import_module` and `__import__` in this file. */
  readonly #importers = new Set(["import_module", "__import__"]);

  readonly #mayHandOn: boolean;

  constructor(readonly values: ValueReader) {
    this.#mayHandOn = /import_module|__import__/.test(values.tree.text);
  }

  /** Tells of an import that gives something another name: `from module import name as alias`, `import module as alias`. */
  learn(module: string, name: string | null, alias: string): void {
    if (name !== null && IMPORTERS.test(name)) this.#importers.add(alias);
    if (WHOLE_MODULES.test(module) || (module === "os" && name !== null) || (name !== null && READS.test(name))) this.#aliases.add(alias);
  }

  /** Looks at the nodes from one index up to another one, in the order of the text. */
  look(from: number, to: number, found: Found, isInLambda = false, around: readonly number[] = []): void {
    const { kinds, ends } = this.values.tree;
    const open = [...around]; // comprehensions, and argument lists that may be one
    let covered = from; // nodes before it are part of a mention already
    let lambdaEnd = isInLambda ? to : from;
    for (let i = from; i < to; i++) {
      const kind = kinds[i]!;
      while (open.length > 0 && ends[open.at(-1)!]! <= i) open.pop();
      if (kind === "ArgList" || kind.endsWith("ComprehensionExpression")) open.push(i);
      if (i < covered && this.#isOpaque(i)) {
        this.look(i + 1, ends[i]!, found, i < lambdaEnd || kind === "LambdaExpression", open);
        i = ends[i]! - 1;
        continue;
      }
      if (kind === "LambdaExpression") lambdaEnd = Math.max(lambdaEnd, ends[i]!);
      else if (kind === "CallExpression" && this.#isSuperInit(i)) found.superInit();
      else if ((kind === "AssignOp" || kind === "or") && this.values.source(i) === ":=") found.bind(i - 1); // a name has no children
      if (i >= covered && this.#isImporter(i)) {
        // Called, it is the call that is a mention; that was looked at before.
        found.mention(this.values.value(i), i < lambdaEnd, open.flatMap((node) => this.values.loopsOf(node)));
        covered = ends[i]!;
        continue;
      }
      if (i >= covered && ((kind === "CallExpression" && this.#isMention(i)) || (kind === "BinaryExpression" && this.#isJoinedPath(i)))) {
        found.mention(this.values.value(i), i < lambdaEnd, open.flatMap((node) => this.values.loopsOf(node)));
        covered = ends[i]!;
      }
    }
  }

  /** `other` as a value, so that a mention inside of it is not part of the mention around it. */
  #isOpaque(node: number): boolean {
    const { values } = this;
    const kind = values.kind(node);
    if (kind === "LambdaExpression" || kind === "AwaitExpression" || kind === "YieldExpression") return true;
    if (kind === "UnaryExpression") return !/^[-+]/.test(values.source(node + 1));
    if (kind !== "BinaryExpression") return false;
    const operator = values.kind(values.tree.ends[node + 1]!);
    return operator !== "ArithOp" && operator !== "or";
  }

  #isMention(call: number): boolean {
    const { values } = this;
    const callee = call + 1;
    const list = values.tree.ends[callee]!;
    const name = this.#lastName(callee);
    if (name !== null && READS.test(name)) return true;
    if (name === "getattr" && /(["'])(?:import_module|__import__)\1/.test(values.source(list).slice(0, 200))) return true;
    if (this.#mayHandOn && this.#handsOnImporter(list)) return true;
    if (this.#aliases.size > 0 && this.#aliases.has(/^[^.\s(]*/.exec(values.source(callee).slice(0, 100))![0])) return true;
    if (values.kind(callee) === "MemberExpression" && LONGER.test(values.source(callee).slice(-200))) return true;
    return this.#hasSlash(list);
  }

  #lastName(callee: number): string | null {
    const { values } = this;
    if (values.kind(callee) === "VariableName") return values.source(callee);
    const last = values.tree.ends[callee]! - 1;
    return values.kind(callee) === "MemberExpression" && values.kind(last) === "PropertyName" ? values.source(last) : null;
  }

  /** `map(import_module, NAMES)`, `partial(importlib.import_module, package="p")`. */
  #handsOnImporter(list: number): boolean {
    const { values } = this;
    return values.children(list).some((node) => this.#isImporter(node));
  }

  #isImporter(node: number): boolean {
    if (!this.#mayHandOn) return false;
    const { values } = this;
    const kind = values.kind(node);
    if (kind === "VariableName") {
      // A keyword's name, as in `f(import_module=1)`, is none; nor is what is bound.
      return this.#importers.has(values.source(node)) && values.kind(values.tree.ends[node]!) !== "AssignOp";
    }
    return kind === "MemberExpression" &&
      /^[\p{L}_][\p{L}\p{N}_.]*\.(?:import_module|__import__)$/u.test(values.source(node).slice(0, 200)) &&
      values.kind(values.tree.ends[node]!) !== "AssignOp";
  }

  /** A text with a slash among the arguments, or in a list or a dictionary among them. */
  #hasSlash(list: number): boolean {
    const { values } = this;
    const { kinds, ends } = values.tree;
    for (let i = list + 1; i < ends[list]!;) {
      const kind = kinds[i]!;
      if ((kind === "String" || kind === "FormatString") && values.source(i).includes("/")) return true;
      i = kind === "CallExpression" || kind === "LambdaExpression" || kind === "MemberExpression" || kind === "BinaryExpression"
        ? ends[i]!
        : i + 1;
    }
    return false;
  }

  /** `/` with a text, `__file__` or a call that gives a path among what is joined: no plain arithmetic. */
  #isJoinedPath(node: number): boolean {
    const { values } = this;
    const { kinds, ends } = values.tree;
    if (!this.#isDivision(node)) return false;
    for (let i = node + 1; i < ends[node]!;) {
      const kind = kinds[i]!;
      if (kind === "String" || kind === "FormatString") return true;
      if (kind === "VariableName" && values.source(i) === "__file__") return true;
      if (kind === "CallExpression" && this.#isMention(i)) return true;
      i = kind === "ArgList" || kind === "LambdaExpression" || kind === "BinaryExpression" && !this.#isDivision(i) ? ends[i]! : i + 1;
    }
    return false;
  }

  #isDivision(node: number): boolean {
    const operator = this.values.tree.ends[node + 1]!;
    return this.values.kind(operator) === "ArithOp" && this.values.source(operator) === "/";
  }

  #isSuperInit(call: number): boolean {
    const { values } = this;
    const callee = call + 1;
    if (values.kind(callee) !== "MemberExpression" || this.#lastName(callee) !== "__init__") return false;
    const object = callee + 1;
    if (values.kind(object) === "CallExpression") {
      return values.kind(object + 1) === "VariableName" && values.source(object + 1) === "super";
    }
    const list = values.tree.ends[callee]!;
    const first = list + 2;
    return first < values.tree.ends[list]! && values.kind(first) === "VariableName" && values.source(first) === "self";
  }
}
