/**
 * An expression of the tree as a `Value`, as far as it is of use. Never goes deeper than `MAX_DEPTH`: what lies below is `other`, so no text
 * can exhaust the stack.
 */
import { literalNumber, literalText, unescaped } from "./literals.ts";
import type { Keyword, Loop, Parameters, Value } from "./outline.ts";

import { Places } from "./places.ts";
import { type SyntaxTree, TreeReader } from "./syntax_tree.ts";

const MAX_DEPTH = 100;
const MAX_TEXT_BYTES = 4096;
const MAX_ITEMS = 2000;

const PUNCTUATION: ReadonlySet<string> = new Set(["(", ")", "[", "]", "{", "}", ","]);
const OPERATORS: ReadonlySet<string> = new Set(["+", "-", "*", "/", "//", "%", "**"]);

export class ValueReader extends TreeReader {
  readonly places: Places;

  constructor(tree: SyntaxTree) {
    super(tree);
    this.places = new Places(tree.text);
  }

  /** A name as Python compares it: identifiers are normalised (PEP 3131). */
  name(node: number): string {
    const source = this.source(node);
    // deno-lint-ignore no-control-regex
    return /[^\x00-\x7f]/.test(source) ? source.normalize("NFKC") : source;
  }

  place(node: number): Value["at"] {
    return this.places.of(this.tree.starts[node]!);
  }

  value(node: number, depth = 0): Value {
    if (depth > MAX_DEPTH) return this.other(node);
    const at = this.place(node);
    const below = depth + 1;
    switch (this.kind(node)) {
      case "VariableName":
        return { kind: "name", name: this.name(node), at };
      case "String":
        return this.#text(node, literalText(this.source(node)));
      case "FormatString":
        return this.#formatted(node, below);
      case "ContinuedString":
        return this.#joined(node, below);
      case "Number": {
        const number = literalNumber(this.source(node));
        return number === null ? this.other(node) : { kind: "number", ...number, at };
      }
      case "Boolean":
        return { kind: "boolean", value: this.source(node) === "True", at };
      case "None":
        return { kind: "none", at };
      case "ParenthesizedExpression": {
        const inner = this.children(node).filter((child) => !PUNCTUATION.has(this.kind(child)));
        return inner.length === 1 ? this.value(inner[0]!, below) : this.other(node);
      }
      case "TupleExpression":
        return this.#sequence(node, "tuple", below);
      case "ArrayExpression":
        return this.#sequence(node, "list", below);
      case "SetExpression":
        return this.#sequence(node, "set", below);
      case "DictionaryExpression":
        return this.#mapping(node, below);
      case "ComprehensionExpression":
        return this.#comprehension(node, this.children(node).slice(1, -1), "generator", below);
      case "ArrayComprehensionExpression":
        return this.#comprehension(node, this.children(node).slice(1, -1), "list", below);
      case "SetComprehensionExpression":
        return this.#comprehension(node, this.children(node).slice(1, -1), "set", below);
      case "DictionaryComprehensionExpression":
        return this.#comprehension(node, this.children(node).slice(1, -1), "mapping", below);
      case "CallExpression":
        return this.#call(node, below);
      case "MemberExpression":
        return this.#member(node, below);
      case "BinaryExpression":
        return this.#binary(node, below);
      case "UnaryExpression": {
        const [operator, operand] = this.children(node);
        const sign = this.source(operator!);
        if (sign !== "-" && sign !== "+") return this.other(node);
        return { kind: "operation", operator: sign, operands: [this.value(operand!, below)], at };
      }
      case "ConditionalExpression": {
        const [then, , , , otherwise] = this.children(node);
        return { kind: "choice", values: [this.value(then!, below), this.value(otherwise!, below)], at };
      }
      case "NamedExpression":
        return this.value(this.children(node).at(-1)!, below);
      case "LambdaExpression": {
        const list = this.children(node).find((child) => this.kind(child) === "ParamList");
        return { kind: "lambda", parameters: this.parameters(list ?? null), at };
      }
      default:
        return this.other(node);
    }
  }

  other(node: number): Value {
    return { kind: "other", at: this.place(node) };
  }

  /** Expressions with or without commas between them, as after `=`, `return` or `in`: a tuple, unless it is one alone. */
  listed(nodes: readonly number[]): Value | null {
    const first = nodes[0];
    if (first === undefined) return null;
    if (nodes.length === 1) return this.value(first);
    const items = nodes.filter((node) => this.kind(node) !== ",");
    if (items.length > MAX_ITEMS) return this.other(first);
    return { kind: "sequence", of: "tuple", items: this.#items(items, 1), at: this.place(first) };
  }

  /** The nodes of an ArgList; a generator that is the only argument is a comprehension. */
  arguments(list: number, depth = 0): { args: Value[]; keywords: Keyword[] } {
    const args: Value[] = [];
    const keywords: Keyword[] = [];
    const inside = this.children(list).slice(1, -1);
    if (inside.some((node) => this.kind(node) === "for")) {
      const parts = this.kind(inside.at(-1)!) === "," ? inside.slice(0, -1) : inside;
      return { args: [this.#comprehension(parts[0]!, parts, "generator", depth)], keywords };
    }
    for (const parts of this.#betweenCommas(inside)) {
      const [first, second, third] = parts as [number, number | undefined, number | undefined];
      if (args.length + keywords.length > MAX_ITEMS) break;
      if (this.kind(first) === "**" && second !== undefined) keywords.push({ name: null, value: this.value(second, depth) });
      else if (this.kind(first) === "*" && second !== undefined) args.push(this.#spread(first, second, depth));
      else if (second !== undefined && this.kind(second) === "AssignOp" && third !== undefined) {
        const value = this.value(third, depth);
        if (this.source(second) === "=") keywords.push({ name: this.name(first), value });
        else args.push(value);
      } else args.push(this.value(first, depth));
    }
    return { args, keywords };
  }

  /** `for TARGETS in ITERABLE`, from the node of the `for` on; gives also where it ended. */
  loop(nodes: readonly number[], from: number, depth = 0): { loop: Loop; next: number } {
    let at = from + 1;
    const targets: number[] = [];
    for (; at < nodes.length && this.kind(nodes[at]!) !== "in"; at++) targets.push(nodes[at]!);
    const iterable = nodes[at + 1];
    return {
      loop: { targets: this.targets(targets), iterable: iterable === undefined ? this.other(nodes[from]!) : this.value(iterable, depth) },
      next: at + 2,
    };
  }

  /** Plain names; "" for whatever else is bound. */
  targets(nodes: readonly number[]): string[] {
    const plain = nodes.filter((node) => this.kind(node) !== ",");
    if (plain.length === 1 && ["TupleExpression", "ArrayExpression", "ParenthesizedExpression"].includes(this.kind(plain[0]!))) {
      return this.targets(this.children(plain[0]!).slice(1, -1));
    }
    return plain.filter((node) => this.kind(node) !== "*").map((node) => this.kind(node) === "VariableName" ? this.name(node) : "");
  }

  parameters(list: number | null): Parameters {
    const positional: string[] = [];
    const keywordOnly: { name: string; hasDefault: boolean }[] = [];
    let [defaults, hasStar, hasDoubleStar, isAfterStar] = [0, false, false, false];
    const nodes = list === null ? [] : this.children(list).filter((child) => this.kind(child) !== "(" && this.kind(child) !== ")");
    for (const parts of this.#betweenCommas(nodes)) {
      const first = parts[0]!;
      if (this.kind(first) === "**") hasDoubleStar = true;
      else if (this.kind(first) === "*") [hasStar, isAfterStar] = [hasStar || parts.length > 1, true];
      else {
        const hasDefault = parts.some((part) => this.kind(part) === "AssignOp");
        if (isAfterStar) keywordOnly.push({ name: this.name(first), hasDefault });
        else {
          positional.push(this.name(first));
          if (hasDefault) defaults++;
        }
      }
    }
    return { positional, defaults, keywordOnly, hasStar, hasDoubleStar };
  }

  #text(node: number, text: string | null): Value {
    if (text === null || text.length > MAX_TEXT_BYTES) return this.other(node);
    if (text.length * 3 > MAX_TEXT_BYTES && new TextEncoder().encode(text).byteLength > MAX_TEXT_BYTES) return this.other(node);
    return { kind: "text", text, at: this.place(node) };
  }

  #formatted(node: number, depth: number): Value {
    const parts = this.#formattedParts(node, depth);
    return parts === null ? this.other(node) : { kind: "formatted", parts: withoutEmptyTexts(parts), at: this.place(node) };
  }

  #formattedParts(node: number, depth: number): (string | Value)[] | null {
    const { text, starts, stops } = this.tree;
    const source = this.source(node);
    if (source.length > MAX_TEXT_BYTES) return null;
    const quoteAt = source.search(/['"]/);
    const prefix = source.slice(0, quoteAt).toLowerCase();
    if (prefix.includes("t")) return null;
    const quotes = source.startsWith(source[quoteAt]!.repeat(3), quoteAt) && source.length >= quoteAt + 6 ? 3 : 1;
    const parts: (string | Value)[] = [];
    let read = starts[node]! + quoteAt + quotes;
    let isKnown = true;
    const takeText = (to: number) => {
      const body = text.slice(read, to).replaceAll("{{", "{").replaceAll("}}", "}");
      const plain = prefix.includes("r") ? body : unescaped(body);
      if (plain === null) isKnown = false;
      else parts.push(plain);
    };
    for (const child of this.children(node)) {
      if (this.kind(child) !== "FormatReplacement") continue;
      takeText(starts[child]!);
      const inside = this.children(child).slice(1, -1);
      parts.push(inside.length === 1 ? this.value(inside[0]!, depth) : this.other(child));
      read = stops[child]!;
    }
    takeText(stops[node]! - quotes);
    return isKnown ? parts : null;
  }

  #joined(node: number, depth: number): Value {
    const parts: (string | Value)[] = [];
    for (const child of this.children(node)) {
      if (this.kind(child) === "String") {
        const text = literalText(this.source(child));
        if (text === null) return this.other(node);
        parts.push(text);
      } else {
        const inside = this.#formattedParts(child, depth);
        if (inside === null) return this.other(node);
        parts.push(...inside);
      }
    }
    const texts = withoutEmptyTexts(parts);
    const isFormatted = this.children(node).some((child) => this.kind(child) === "FormatString");
    if (!isFormatted) return this.#text(node, parts.join(""));
    return { kind: "formatted", parts: texts, at: this.place(node) };
  }

  #sequence(node: number, of: "list" | "tuple" | "set", depth: number): Value {
    const nodes = this.children(node).filter((child) => !PUNCTUATION.has(this.kind(child)));
    if (nodes.length > MAX_ITEMS) return this.other(node);
    return { kind: "sequence", of, items: this.#items(nodes, depth), at: this.place(node) };
  }

  #items(nodes: readonly number[], depth: number): Value[] {
    const items: Value[] = [];
    for (let i = 0; i < nodes.length; i++) {
      items.push(
        this.kind(nodes[i]!) === "*" && i + 1 < nodes.length ? this.#spread(nodes[i]!, nodes[++i]!, depth) : this.value(nodes[i]!, depth),
      );
    }
    return items;
  }

  #spread(star: number, node: number, depth: number): Value {
    return { kind: "spread", value: this.value(node, depth + 1), at: this.place(star) };
  }

  #mapping(node: number, depth: number): Value {
    const groups = this.#betweenCommas(this.children(node).slice(1, -1));
    if (groups.length > MAX_ITEMS) return this.other(node);
    const entries = groups.map(([first, second, third]) =>
      this.kind(first!) === "**" || third === undefined
        ? { key: null, value: this.value(second ?? first!, depth) }
        : { key: this.value(first!, depth), value: this.value(third, depth) }
    );
    return { kind: "mapping", entries, at: this.place(node) };
  }

  /** Of a mapping, the element is the tuple of key and value. */
  /** The `for` parts of a comprehension, or of a generator that is the only argument; none for other nodes. */
  loopsOf(node: number): Loop[] {
    const parts = this.children(node);
    const loops: Loop[] = [];
    for (let i = 0; i < parts.length;) {
      if (this.kind(parts[i]!) !== "for") i++;
      else {
        const { loop, next } = this.loop(parts, i, 0);
        loops.push(loop);
        i = Math.max(next, i + 1);
      }
    }
    return loops;
  }

  #comprehension(node: number, parts: readonly number[], of: "list" | "set" | "mapping" | "generator", depth: number): Value {
    const begin = parts.findIndex((part) => this.kind(part) === "for" || this.kind(part) === "async");
    const head = parts.slice(0, begin).filter((part) => this.kind(part) !== ":");
    if (begin < 0 || head.length === 0) return this.other(node);
    const loops: Loop[] = [];
    let isFiltered = false;
    for (let i = begin; i < parts.length;) {
      if (this.kind(parts[i]!) === "for") {
        const { loop, next } = this.loop(parts, i, depth);
        loops.push(loop);
        i = next;
      } else {
        isFiltered ||= this.kind(parts[i]!) === "if";
        i++;
      }
    }
    const items = this.#items(head.map((part) => part), depth);
    const element: Value = of === "mapping" && items.length === 2
      ? { kind: "sequence", of: "tuple", items, at: this.place(head[0]!) }
      : items[0]!;
    return { kind: "comprehension", of, element, loops, isFiltered, at: this.place(node) };
  }

  #call(node: number, depth: number): Value {
    const callee = node + 1;
    const list = this.tree.ends[callee]!;
    return { kind: "call", callee: this.value(callee, depth), ...this.arguments(list, depth), at: this.place(node) };
  }

  #member(node: number, depth: number): Value {
    const [object, mark, ...rest] = this.children(node) as [number, number, ...number[]];
    const of = this.value(object, depth);
    const at = this.place(node);
    if (this.kind(mark) === ".") {
      const name = this.name(rest[0]!);
      return of.kind === "name" ? { kind: "name", name: `${of.name}.${name}`, at } : { kind: "attribute", of, name, at };
    }
    const inside = rest.slice(0, -1);
    const isSlice = inside.some((part) => this.kind(part) === ":" || this.kind(part) === "AssignOp");
    const index = isSlice ? this.other(inside[0]!) : inside.some((part) => this.kind(part) === ",")
      ? {
        kind: "sequence" as const,
        of: "tuple" as const,
        items: this.#items(inside.filter((part) => this.kind(part) !== ","), depth),
        at: this.place(inside[0]!),
      }
      : this.value(inside[0]!, depth);
    return { kind: "subscript", of, index, at };
  }

  #binary(node: number, depth: number): Value {
    const parts = this.children(node);
    const [left, operator, right] = parts as [number, number, number];
    const at = this.place(node);
    if (parts.length === 3 && this.kind(operator) === "or") {
      if (this.source(operator) !== "or") return this.value(right, depth); // a `:=` or an `as` in disguise
      const first = this.value(left, depth);
      const rest = this.value(right, depth);
      return {
        kind: "choice",
        values: first.kind === "choice" && this.kind(left) === "BinaryExpression" ? [...first.values, rest] : [first, rest],
        at,
      };
    }
    const sign = this.source(operator);
    if (parts.length !== 3 || this.kind(operator) !== "ArithOp" || !OPERATORS.has(sign)) return this.other(node);
    return { kind: "operation", operator: sign, operands: [this.value(left, depth), this.value(right, depth)], at };
  }

  #betweenCommas(nodes: readonly number[]): number[][] {
    const groups: number[][] = [];
    let group: number[] = [];
    for (const node of nodes) {
      if (this.kind(node) !== ",") {
        group.push(node);
        continue;
      }
      if (group.length > 0) groups.push(group);
      group = [];
    }
    if (group.length > 0) groups.push(group);
    return groups;
  }
}

function withoutEmptyTexts(parts: readonly (string | Value)[]): (string | Value)[] {
  const joined: (string | Value)[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (typeof part === "string" && typeof last === "string") joined[joined.length - 1] = last + part;
    else if (part !== "") joined.push(part);
  }
  return joined;
}
