/**
 * The statements of a tree as the lists of an outline: who imports, declares, binds, stores, returns and mentions what, and where that
 * stands. Goes down by the nesting of statements, which CPython limits to 100 levels; expressions are looked through without recursion.
 */
import { MentionFinder } from "./find_mentions.ts";
import type {
  Assignment,
  ClassOutline,
  FunctionOutline,
  Import,
  KeyedStore,
  Loop,
  Mention,
  Outline,
  Surroundings,
  Value,
} from "./outline.ts";
import type { ParsedText } from "./parse.ts";
import { ValueReader } from "./read_value.ts";

export function readStatements(parsed: ParsedText): Omit<Outline, "version" | "tokens"> {
  const reader = new StatementReader(parsed);
  reader.readBlock(0, { scope: "", inFunction: false, condition: "none", loops: [], inner: reader.module });
  const { imports, classes, functions, mentions, module } = reader;
  return { imports, classes, functions, assignments: module.assignments, stores: module.stores, mentions };
}

/** What a block adds to: the module's, a class's or a function's own lists. */
interface Inner {
  readonly what: "module" | "class" | "function";
  readonly assignments: Assignment[];
  readonly stores: KeyedStore[];
  readonly methods: FunctionOutline[];
  readonly returns: Value[];
  /** Names after `global`. */
  readonly globals: Set<string>;
  callsSuperInit: boolean;
}

interface Context extends Surroundings {
  readonly loops: readonly Loop[];
  readonly inner: Inner;
}

type Binding = Pick<Context, "condition" | "loops" | "inner">;

const inner = (what: Inner["what"]): Inner => ({
  what,
  assignments: [],
  stores: [],
  methods: [],
  returns: [],
  globals: new Set(),
  callsSuperInit: false,
});

class StatementReader {
  readonly imports: Import[] = [];
  readonly classes: ClassOutline[] = [];
  readonly functions: FunctionOutline[] = [];
  readonly mentions: Mention[] = [];
  readonly module = inner("module");
  readonly #values: ValueReader;
  readonly #finder: MentionFinder;
  readonly #captures: readonly number[];
  /** Names for `typing.TYPE_CHECKING` in this file, and for `typing`. */
  readonly #typeChecking = new Set(["TYPE_CHECKING"]);

  constructor(parsed: ParsedText) {
    this.#values = new ValueReader(parsed.tree);
    this.#finder = new MentionFinder(this.#values);
    this.#captures = parsed.captures;
  }

  /** The statements among a node's children. */
  readBlock(node: number, context: Context): void {
    for (const child of this.#values.children(node)) this.#readStatement(child, context);
  }

  #readStatement(node: number, context: Context, decorators: readonly number[] = []): void {
    const kind = this.#values.kind(node);
    switch (kind) {
      case "StatementGroup":
        return this.readBlock(node, context);
      case "DecoratedStatement":
        return this.#readDecorated(node, context);
      case "FunctionDefinition":
        return this.#readFunction(node, context, decorators);
      case "ClassDefinition":
        return this.#readClass(node, context, decorators);
      case "ImportStatement":
        return this.#readImport(node, context);
      case "AssignStatement":
        this.#readAssignment(node, context);
        return this.#look(node, context);
      case "UpdateStatement":
        this.#readUpdate(node, context);
        return this.#look(node, context);
      case "TypeDefinition":
        return this.#bindOther(this.#values.children(node)[1]!, context);
      case "ReturnStatement":
        this.#readReturn(node, context);
        return this.#look(node, context);
      case "IfStatement":
        return this.#readIf(node, context);
      case "TryStatement":
        return this.#readTry(node, context);
      case "ForStatement":
        return this.#readFor(node, context);
      case "WithStatement":
      case "WhileStatement":
        return this.#readHeaded(node, context);
      case ":":
        return;
      case "ScopeStatement":
        return this.#readScope(node, context);
      case "ExpressionStatement":
        this.#readFilling(node, context);
        return this.#look(node, context);
      default:
        return this.#look(node, context);
    }
  }

  /** Mentions, `:=` and `super().__init__` in an expression or a simple statement. */
  #look(node: number, { scope, inFunction, condition, loops, inner }: Context): void {
    this.#finder.look(node, this.#values.tree.ends[node]!, {
      mention: (value, isInLambda, inner) =>
        void this.mentions.push({ value, scope, inFunction: inFunction || isInLambda, condition, loops: [...loops, ...inner] }),
      bind: (name) => this.#bindOther(name, { condition, loops, inner }),
      superInit: () => void (inner.callsSuperInit = true),
    });
  }

  #readDecorated(node: number, context: Context): void {
    const children = this.#values.children(node);
    const decorators = children.filter((child) => this.#values.kind(child) === "Decorator");
    for (const child of children) {
      if (this.#values.kind(child) === "Decorator") this.#look(child, context);
      else this.#readStatement(child, context, decorators);
    }
  }

  #decorator(node: number): Value {
    const values = this.#values;
    const [, ...parts] = values.children(node);
    const list = parts.find((part) => values.kind(part) === "ArgList");
    const [first] = parts as [number];
    if (values.tree.starts[first] === values.tree.stops[first]) return values.value(list! + 2); // grammar_gaps.ts put a name before it
    const names = parts.filter((part) => values.kind(part) === "VariableName").map((part) => values.name(part));
    const callee: Value = { kind: "name", name: names.join("."), at: values.place(first) };
    return list === undefined ? callee : { kind: "call", callee, ...values.arguments(list), at: callee.at };
  }

  #readFunction(node: number, context: Context, decorators: readonly number[]): void {
    const values = this.#values;
    const children = values.children(node);
    const nameNode = children.find((child) => values.kind(child) === "VariableName")!;
    const list = children.find((child) => values.kind(child) === "ParamList")!;
    const body = children.find((child) => values.kind(child) === "Body")!;
    const name = values.name(nameNode);
    const qualifiedName = context.scope === "" ? name : `${context.scope}.${name}`;
    this.#lookAtDefaults(list, { ...context, scope: context.scope });
    for (const child of children) if (values.kind(child) === "TypeDef") this.#look(child, context);
    const own = inner("function");
    const place = this.#reserve(context.inner.what === "class" ? context.inner.methods : this.functions);
    this.readBlock(body, { scope: qualifiedName, inFunction: true, condition: context.condition, loops: [], inner: own });
    place({
      name,
      qualifiedName,
      scope: context.scope,
      inFunction: context.inFunction,
      condition: context.condition,
      isAsync: values.kind(children[0]!) === "async",
      parameters: values.parameters(list),
      decorators: decorators.map((decorator) => this.#decorator(decorator)),
      returns: own.returns,
      locals: own.assignments,
      stores: own.stores,
      callsSuperInit: own.callsSuperInit,
      at: values.place(node),
      endLine: this.#endLine(node),
    });
    for (const { name, at } of own.assignments) {
      if (!own.globals.has(name)) continue;
      const value = { kind: "other", at } as const;
      this.module.assignments.push({ name, value, operator: "other", condition: context.condition, loops: [], at });
    }
  }

  /** Defaults are evaluated where the function is defined; a text with a slash there is a mention. */
  #lookAtDefaults(list: number, context: Context): void {
    const values = this.#values;
    for (const child of values.children(list)) {
      this.#look(child, context);
      if (!["String", "ContinuedString", "FormatString"].includes(values.kind(child)) || !values.source(child).includes("/")) continue;
      const { scope, inFunction, condition, loops } = context;
      this.mentions.push({ value: values.value(child), scope, inFunction, condition, loops });
    }
  }

  #readClass(node: number, context: Context, decorators: readonly number[]): void {
    const values = this.#values;
    const children = values.children(node);
    const name = values.name(children[1]!);
    const list = children.find((child) => values.kind(child) === "ArgList");
    const body = children.find((child) => values.kind(child) === "Body")!;
    const qualifiedName = context.scope === "" ? name : `${context.scope}.${name}`;
    if (list !== undefined) this.#look(list, context);
    const own = inner("class");
    const { args, keywords } = list === undefined ? { args: [], keywords: [] } : values.arguments(list);
    const place = this.#reserve(this.classes);
    this.readBlock(body, { scope: qualifiedName, inFunction: context.inFunction, condition: context.condition, loops: [], inner: own });
    place({
      name,
      qualifiedName,
      scope: context.scope,
      inFunction: context.inFunction,
      condition: context.condition,
      bases: args,
      keywords,
      decorators: decorators.map((decorator) => this.#decorator(decorator)),
      methods: own.methods,
      attributes: own.assignments,
      stores: own.stores,
      at: values.place(node),
      endLine: this.#endLine(node),
    });
  }

  /** Lists are in the order of the text, but what stands inside is read before the whole is known. */
  #reserve<T>(list: T[]): (item: T) => void {
    const index = list.length;
    list.length = index + 1;
    return (item) => void (list[index] = item);
  }

  #endLine(node: number): number {
    const { ends, stops } = this.#values.tree;
    return this.#values.places.line(Math.max(0, stops[ends[node]! - 1]! - 1));
  }

  #readImport(node: number, { scope, inFunction, condition }: Context): void {
    const values = this.#values;
    const nodes = values.children(node).filter((child) => values.kind(child) !== "(" && values.kind(child) !== ")");
    const at = values.place(node);
    const surroundings = { scope, inFunction, condition };
    if (values.kind(nodes[0]!) === "from") {
      const split = nodes.findIndex((child) => values.kind(child) === "import");
      const before = nodes.slice(1, split);
      const dots = before.filter((child) => values.kind(child) === "." || values.kind(child) === "Ellipsis");
      const isAfterDots = (child: number) => values.kind(child) === "VariableName";
      const first = before.findIndex(isAfterDots);
      const leading = first < 0 ? dots : dots.filter((dot) => dot < before[first]!);
      const level = leading.reduce((sum, dot) => sum + (values.kind(dot) === "." ? 1 : 3), 0);
      const module = before.filter(isAfterDots).map((child) => values.name(child)).join(".");
      const names = values.kind(nodes[split + 1]!) === "*" ? "*" as const : this.#importedNames(nodes.slice(split + 1));
      if (names !== "*" && level === 0 && /^typing(_extensions)?$/.test(module)) {
        for (const { name, alias } of names) if (name === "TYPE_CHECKING") this.#typeChecking.add(alias ?? name);
      }
      if (names !== "*") { for (const { name, alias } of names) this.#finder.learn(level === 0 ? module : ".", name, alias ?? name); }
      this.imports.push({ module, level, names, alias: null, at, ...surroundings });
    } else {
      for (const { name, alias, at } of this.#importedNames(nodes.slice(1))) {
        if (alias !== null) this.#finder.learn(name, null, alias);
        this.imports.push({ module: name, level: 0, names: null, alias, at, ...surroundings });
      }
    }
  }

  #importedNames(nodes: readonly number[]): { name: string; alias: string | null; at: Value["at"] }[] {
    const values = this.#values;
    const found: { name: string; alias: string | null; at: Value["at"] }[] = [];
    let current: { parts: string[]; alias: string | null; at: Value["at"] } | null = null;
    let isAlias = false;
    for (const node of [...nodes, -1]) {
      const kind = node < 0 ? "," : values.kind(node);
      if (kind === ",") {
        if (current !== null) found.push({ name: current.parts.join("."), alias: current.alias, at: current.at });
        [current, isAlias] = [null, false];
      } else if (kind === "as") isAlias = true;
      else if (kind === "VariableName") {
        current ??= { parts: [], alias: null, at: values.place(node) };
        if (isAlias) current.alias = values.name(node);
        else current.parts.push(values.name(node));
      }
    }
    return found;
  }

  #readAssignment(node: number, context: Context): void {
    const values = this.#values;
    const groups: number[][] = [[]];
    let isAnnotated = false;
    for (const child of values.children(node)) {
      if (values.kind(child) === "TypeDef") isAnnotated = true;
      else if (values.kind(child) === "AssignOp") groups.push([]);
      else groups.at(-1)!.push(child);
    }
    const last = groups.length > 1 ? groups.pop()! : null;
    for (const target of groups) {
      if (last === null) {
        if (isAnnotated && target.length === 1 && values.kind(target[0]!) === "VariableName") {
          this.#assign(target[0]!, null, "=", context);
        }
      } else this.#assignTo(target, last, context);
    }
  }

  #assignTo(target: readonly number[], value: readonly number[], context: Context): void {
    const values = this.#values;
    const targets = this.#unpacked(target);
    if (targets === null) return this.#assignOne(this.#bare(target)[0]!, () => values.listed(value), "=", context);
    const given = this.#unpacked(value);
    const hasStar = [...targets, ...given ?? []].some((node) => values.kind(node) === "*");
    const isPairwise = given !== null && given.length === targets.length && !hasStar;
    targets.forEach((node, index) => {
      if (isPairwise) this.#assignOne(node, () => values.value(given[index]!), "=", context);
      else this.#assignOne(node, () => values.other(value[0]!), "other", context);
    });
  }

  #assignOne(node: number, value: () => Value | null, operator: Assignment["operator"], context: Context): void {
    const kind = this.#values.kind(node);
    if (kind === "VariableName") this.#assign(node, value(), operator, context);
    else if (kind === "MemberExpression") this.#store(node, value, context);
    else if (kind === "ParenthesizedExpression") this.#assignOne(this.#bare([node])[0]!, value, operator, context);
    else for (const name of this.#boundNames(node)) this.#bindOther(name, context);
  }

  /** Without the parentheses that group and mean nothing. */
  #bare(nodes: readonly number[]): readonly number[] {
    let bare = nodes;
    while (bare.length === 1 && this.#values.kind(bare[0]!) === "ParenthesizedExpression") {
      bare = this.#values.children(bare[0]!).slice(1, -1);
    }
    return bare;
  }

  /** The items of `a, b`, `(a, b)` and `[a, b]`; null for one expression alone. */
  #unpacked(nodes: readonly number[]): number[] | null {
    const values = this.#values;
    const bare = this.#bare(nodes);
    const isBracketed = bare.length === 1 && (values.kind(bare[0]!) === "TupleExpression" || values.kind(bare[0]!) === "ArrayExpression");
    if (bare.length === 1 && !isBracketed) return null;
    const items = isBracketed ? values.children(bare[0]!).slice(1, -1) : bare;
    return items.filter((node) => values.kind(node) !== ",");
  }

  #readUpdate(node: number, context: Context): void {
    const values = this.#values;
    const children = values.children(node);
    const operator = children.findIndex((child) => values.kind(child) === "UpdateOp");
    const target = children[0]!;
    const value = values.listed(children.slice(operator + 1));
    if (values.kind(target) === "MemberExpression") return this.#storeWhole(target, () => value, context);
    if (values.kind(target) !== "VariableName") return;
    this.#assign(target, value, values.source(children[operator]!) === "+=" ? "+=" : "other", context);
  }

  #assign(node: number, value: Value | null, operator: Assignment["operator"], { condition, loops, inner }: Binding): void {
    inner.assignments.push({ name: this.#values.name(node), value, operator, condition, loops, at: this.#values.place(node) });
  }

  #bindOther(node: number, context: Binding): void {
    this.#assign(node, this.#values.other(node), "other", context);
  }

  #store(node: number, given: () => Value | null, { condition, loops, inner }: Binding): void {
    const target = this.#values.value(node);
    if (target.kind !== "subscript") return this.#storeWhole(node, given, { condition, loops, inner });
    const value = given();
    if (value === null) return;
    const { of, index } = target;
    const isLocals = of.kind === "call" && of.callee.kind === "name" && of.callee.name === "locals" && of.args.length === 0;
    const isModules = of.kind === "name" && /^(?:sys\.)?modules$/.test(of.name);
    const into = isModules ? "sys.modules" : of.kind === "name" ? of.name : isLocals ? "locals()" : "";
    inner.stores.push({ into, key: index, value, condition, loops, at: this.#values.place(node) });
  }

  /** `sys.path = VALUE`, `sys.path += VALUE`, and the like of a package's `__path__`; other attributes are nobody's concern. */
  #storeWhole(node: number, given: () => Value | null, { condition, loops, inner }: Binding): void {
    const source = this.#values.source(node);
    const isRegistered = /^(?:sys\.)?modules\[/.test(source);
    const first = /^([\p{L}_][\p{L}\p{N}_]*)(?:\.[\p{L}_][\p{L}\p{N}_]*)+$/u.exec(source)?.[1];
    if (!isRegistered && first === undefined) return;
    const isOfModule = isRegistered ||
      this.imports.some(({ names, alias, module }) => names === null && (alias ?? module.split(".")[0]) === first);
    if (!isOfModule && !/\.(?:path|__path__)$/.test(source)) return;
    const value = given();
    if (value === null) return;
    const into = isRegistered ? "sys.modules" : source;
    const key = this.#values.other(node);
    inner.stores.push({ into: into.normalize("NFKC"), key, value, condition, loops, at: this.#values.place(node) });
  }

  /** `SPECS.append(…)`, `self._scenarios.update(…)`: a store under a key that is not to be seen, with the call as its value. */
  #readFilling(node: number, { condition, loops, inner }: Context): void {
    const values = this.#values;
    const [call] = values.children(node);
    if (call === undefined || values.kind(call) !== "CallExpression" || values.kind(call + 1) !== "MemberExpression") return;
    const into = /^([\p{L}_][\p{L}\p{N}_.]*)\.(?:append|extend|insert|update|setdefault|add|remove|pop|popitem|clear)$/u.exec(
      values.source(call + 1),
    )?.[1];
    if (into === undefined) return;
    inner.stores.push({
      into: into.normalize("NFKC"),
      key: values.other(call),
      value: values.value(call),
      condition,
      loops,
      at: values.place(call),
    });
  }

  /** Names that a target binds, at any depth. */
  #boundNames(node: number): number[] {
    const values = this.#values;
    if (values.kind(node) === "VariableName") return [node];
    if (!["TupleExpression", "ArrayExpression", "ParenthesizedExpression"].includes(values.kind(node))) return [];
    const found: number[] = [];
    for (let i = node + 1; i < values.tree.ends[node]!;) {
      const kind = values.kind(i);
      if (kind === "VariableName") found.push(i);
      i = kind === "MemberExpression" || kind === "CallExpression" ? values.tree.ends[i]! : i + 1;
    }
    return found;
  }

  /** `global a, b`; `nonlocal` is nothing of the module's. */
  #readScope(node: number, { inner }: Context): void {
    const values = this.#values;
    const [word, ...names] = values.children(node);
    if (word === undefined || values.source(word) !== "global") return;
    for (const name of names) if (values.kind(name) === "VariableName") inner.globals.add(values.name(name));
  }

  #readReturn(node: number, { inner }: Context): void {
    const values = this.#values;
    const value = values.listed(values.children(node).slice(1));
    inner.returns.push(value ?? { kind: "none", at: values.place(node) });
  }

  #readIf(node: number, context: Context): void {
    const values = this.#values;
    const children = values.children(node);
    let condition: Surroundings["condition"] = "if";
    let from = 0;
    for (const [index, child] of children.entries()) {
      const kind = values.kind(child);
      if (kind === "if" || kind === "elif" || kind === "else") from = index + 1;
      if (kind !== "Body") continue;
      const test = children[from]!;
      condition = from < index && this.#isTypeChecking(test) ? "type-checking" : "if";
      if (values.tree.text.startsWith("case", values.tree.starts[node])) {
        this.#bindCaptures(values.tree.starts[node]!, values.tree.starts[child]!, context);
      }
      if (from < index) this.#look(test, context);
      this.readBlock(child, within(context, condition));
    }
  }

  #isTypeChecking(test: number): boolean {
    const source = this.#values.source(test);
    return this.#typeChecking.has(source) || /^[\w.]+\.TYPE_CHECKING$/.test(source);
  }

  #bindCaptures(from: number, to: number, context: Context): void {
    const { text } = this.#values.tree;
    for (const offset of this.#captures) {
      if (offset < from || offset >= to) continue;
      const name = /^[\p{XID_Start}_]\p{XID_Continue}*/u.exec(text.slice(offset, offset + 1000))?.[0] ?? "";
      const at = this.#values.places.of(offset);
      const { loops, inner } = context;
      inner.assignments.push({ name: name.normalize("NFKC"), value: { kind: "other", at }, operator: "other", condition: "if", loops, at });
    }
  }

  #readTry(node: number, context: Context): void {
    const values = this.#values;
    const children = values.children(node);
    for (const [index, child] of children.entries()) {
      const kind = values.kind(child);
      if (kind === "Body") this.readBlock(child, within(context, "try"));
      else if (kind === "VariableName" && values.kind(children[index - 1]!) === "as") this.#bindOther(child, within(context, "try"));
      else if (index > 0) this.#look(child, context);
    }
  }

  #readFor(node: number, context: Context): void {
    const values = this.#values;
    const children = values.children(node);
    const start = children.findIndex((child) => values.kind(child) === "for");
    const bodyAt = children.findIndex((child) => values.kind(child) === "Body");
    const split = children.findIndex((child) => values.kind(child) === "in");
    const targets = children.slice(start + 1, split);
    const iterable = values.listed(children.slice(split + 1, bodyAt))!;
    for (const child of children.slice(split + 1, bodyAt)) this.#look(child, context);
    const loop: Loop = { targets: values.targets(targets), iterable };
    const looped = { ...context, loops: [...context.loops, loop] };
    for (const target of targets) for (const name of this.#boundNames(target)) this.#bindOther(name, looped);
    for (const [index, child] of children.entries()) {
      if (values.kind(child) === "Body") this.readBlock(child, index === bodyAt ? looped : context);
    }
  }

  /** `with` and `while`: neither decides more than the expression does, but for `with suppress(…)`, which is a `try`. */
  #readHeaded(node: number, context: Context): void {
    const values = this.#values;
    const children = values.children(node);
    const head = children.filter((child) => values.kind(child) !== "Body");
    const suppresses = values.kind(node) === "WithStatement" &&
      head.some((child) => /\bsuppress\s*\(/.test(values.source(child).slice(0, 200)));
    for (const child of children) {
      if (values.kind(child) === "Body") this.readBlock(child, suppresses ? within(context, "try") : context);
      else {
        this.#look(child, context);
        for (const name of this.#namesAfterAs(child)) this.#bindOther(name, context);
      }
    }
  }

  /** grammar_gaps.ts says `or` for the `as` of a `with`; the text still says `as`. */
  #namesAfterAs(node: number): number[] {
    const values = this.#values;
    const found: number[] = [];
    const { ends } = values.tree;
    for (let i = node; i < ends[node]!; i++) {
      if (values.kind(i) === "or" && values.source(i) === "as") found.push(...this.#boundNames(ends[i]!));
    }
    return found;
  }
}

/** What only a type checker sees stays so, whatever decides below. */
function within(context: Context, condition: Surroundings["condition"]): Context {
  return context.condition === "type-checking" ? context : { ...context, condition };
}
