/**
 * What our grammar takes and CPython's does not, found in the tree: targets that nothing can be assigned to, parameters and arguments in a
 * wrong order, statements that lack a part. Rules are those of CPython's grammar (Grammar/python.gram, 3.12 to 3.14) and few of its compiler:
 * a `return` outside of a function is read.
 */
import { isKeyword } from "./grammar_gaps.ts";
import { type SyntaxTree, TreeReader } from "./syntax_tree.ts";
import type { SyntaxFault } from "./tokens.ts";

/** The first one in the text; null when there is none. */
export function refusalOf(tree: SyntaxTree): SyntaxFault | null {
  const refusals = new Refusals(tree);
  for (let node = 0; node < tree.kinds.length; node++) {
    const check = CHECKS.get(tree.kinds[node]!);
    const message = check === undefined ? null : check(refusals, node);
    if (message !== null) return { offset: tree.starts[refusals.culprit ?? node]!, message };
    refusals.culprit = null;
  }
  return null;
}

class Refusals extends TreeReader {
  /** The node that a message is about, where it is not the node that was checked. */
  culprit: number | null = null;

  /** What is wrong with nodes that something is assigned to; `starred`: whether `*x` may stand among them. */
  target(nodes: readonly number[], starred: boolean): string | null {
    for (const node of nodes) {
      const kind = this.kind(node);
      if (kind === "," || (kind === "*" && starred)) continue;
      if (kind === "VariableName" || kind === "MemberExpression") continue;
      const isGroup = kind === "TupleExpression" || kind === "ArrayExpression" || kind === "ParenthesizedExpression";
      const message = isGroup ? this.target(this.children(node).slice(1, -1), kind !== "ParenthesizedExpression" && starred) : NO_TARGET;
      if (message !== null) return this.blame(isGroup ? this.culprit ?? node : node, message);
    }
    return null;
  }

  blame(node: number, message: string): string {
    this.culprit = node;
    return message;
  }

  groups(nodes: readonly number[]): number[][] {
    const groups: number[][] = [[]];
    for (const node of nodes) {
      if (this.kind(node) === ",") groups.push([]);
      else groups.at(-1)!.push(node);
    }
    return groups;
  }
}

const NO_TARGET = "nothing can be assigned to this";

type Check = (tree: Refusals, node: number) => string | null;

const CHECKS: ReadonlyMap<string, Check> = new Map<string, Check>([
  ["AssignStatement", assignment],
  ["UpdateStatement", update],
  ["DeleteStatement", (tree, node) => tree.target(tree.children(node).slice(1), false)],
  ["ForStatement", loops],
  ["ArgList", callArguments],
  ["ArrayComprehensionExpression", comprehension],
  ["SetComprehensionExpression", comprehension],
  ["DictionaryComprehensionExpression", comprehension],
  ["ComprehensionExpression", comprehension],
  ["TryStatement", tryStatement],
  ["IfStatement", ifStatement],
  ["RaiseStatement", (tree, node) => tree.children(node).some((child) => tree.kind(child) === ",") ? "raise takes one exception" : null],
  ["AssertStatement", assertStatement],
  ["ParamList", parameters],
  ["ImportStatement", importStatement],
  ["ScopeStatement", (tree, node) => tree.kind(tree.children(node).at(-1)!) === "," ? "a name is missing after the comma" : null],
  ["ParenthesizedExpression", (tree, node) => tree.kind(node + 1 + 1) === "*" ? "a starred expression cannot stand alone" : null],
  ["NamedExpression", (tree, node) => tree.kind(node + 1) === "VariableName" ? null : NO_TARGET],
  ["ContinuedString", mixedStrings],
  ["PropertyName", (tree, node) => isKeyword(tree.source(node)) ? "a keyword cannot be the name of an attribute" : null],
  ["BinaryExpression", operation],
]);

/** Without the parentheses around it. */
function single(tree: Refusals, node: number): number {
  return tree.kind(node) === "ParenthesizedExpression" ? single(tree, tree.children(node)[1]!) : node;
}

function assignment(tree: Refusals, node: number): string | null {
  const children = tree.children(node);
  const annotation = children.findIndex((child) => tree.kind(child) === "TypeDef");
  const operators = [...children.keys()].filter((index) => tree.kind(children[index]!) === "AssignOp");
  if (annotation >= 0) {
    const target = annotation === 1 ? tree.kind(single(tree, children[0]!)) : ",";
    if (target !== "VariableName" && target !== "MemberExpression") return "only one name, attribute or item can have a type";
    return operators.length > 1 ? "a variable with a type is assigned once" : null;
  }
  let from = 0;
  for (const operator of operators) {
    const target = children.slice(from, operator);
    if (target.length === 2 && tree.kind(target[0]!) === "*") {
      return tree.blame(target[0]!, "a starred target must stand in a list or tuple");
    }
    const message = tree.target(target, true);
    if (message !== null) return message;
    from = operator + 1;
  }
  return null;
}

function update(tree: Refusals, node: number): string | null {
  const target = single(tree, node + 1);
  const isOne = tree.kind(tree.tree.ends[node + 1]!) === "UpdateOp";
  return isOne && (tree.kind(target) === "VariableName" || tree.kind(target) === "MemberExpression") ? null : NO_TARGET;
}

/** The targets after each `for` among the children. */
function loops(tree: Refusals, node: number): string | null {
  const children = tree.children(node);
  for (const [index, child] of children.entries()) {
    if (tree.kind(child) !== "for") continue;
    const end = children.findIndex((other, at) => at > index && tree.kind(other) === "in");
    const message = tree.target(children.slice(index + 1, end), true);
    if (message !== null) return message;
  }
  return null;
}

function comprehension(tree: Refusals, node: number): string | null {
  const first = tree.kind(node + 2);
  if (first === "*" || first === "**") return tree.blame(node + 2, "a comprehension cannot unpack");
  return loops(tree, node);
}

function callArguments(tree: Refusals, node: number): string | null {
  const inside = tree.children(node).slice(1, -1);
  const groups = tree.groups(inside);
  const hasLoop = inside.some((child) => tree.kind(child) === "for");
  const message = hasLoop ? loops(tree, node) : null;
  if (message !== null) return message;
  let [seenKeyword, seenDouble] = [false, false];
  for (const [first, second] of groups) {
    if (first === undefined) continue;
    const kind = tree.kind(first);
    if (kind === "**") seenDouble = true;
    else if (second !== undefined && tree.kind(second) === "AssignOp" && tree.source(second) === "=") {
      if (isKeyword(tree.source(first))) return tree.blame(first, NO_TARGET);
      seenKeyword = true;
    } else if (kind === "*") {
      if (seenDouble) return tree.blame(first, "an unpacked iterable follows an unpacked mapping");
    } else if (seenDouble || seenKeyword) return tree.blame(first, "a positional argument follows a named one");
  }
  return hasLoop ? looseGenerator(tree, inside) : null;
}

/** A generator without parentheses must be the only argument. */
function looseGenerator(tree: Refusals, inside: readonly number[]): string | null {
  const begin = inside.findIndex((child) => tree.kind(child) === "for" || tree.kind(child) === "async");
  if (inside.slice(0, begin).some((child) => [",", "*", "**", "AssignOp"].includes(tree.kind(child)) && tree.source(child) !== ":=")) {
    return tree.blame(inside[begin]!, "a generator among other arguments needs parentheses");
  }
  const last = inside.findLastIndex((child) => tree.kind(child) === "in");
  const comma = inside.findIndex((child, index) => index > last && tree.kind(child) === ",");
  return comma >= 0 ? tree.blame(inside[begin]!, "a generator among other arguments needs parentheses") : null;
}

function tryStatement(tree: Refusals, node: number): string | null {
  const children = tree.children(node);
  const kinds = children.map((child) => tree.kind(child));
  if (!kinds.includes("except") && !kinds.includes("finally")) return "a try has neither except nor finally";
  if (kinds.includes("else") && !kinds.includes("except")) return "a try with else has no except";
  const excepts = [...kinds.keys()].filter((index) => kinds[index] === "except");
  const stars = excepts.filter((index) => kinds[index + 1] === "*");
  if (stars.length > 0 && stars.length < excepts.length) return "except and except* do not go together";
  for (const index of excepts) {
    const [next, after] = [kinds[index + 1], kinds[index + 2]];
    if (next === "Body" && index !== excepts.at(-1)) return tree.blame(children[index]!, "a bare except must be the last");
    if (next === "*" && after === "Body") return tree.blame(children[index]!, "except* lacks an exception");
  }
  return null;
}

function ifStatement(tree: Refusals, node: number): string | null {
  const children = tree.children(node);
  const bare = children.findIndex((child, index) => tree.kind(child) === "elif" && tree.kind(children[index + 1]!) === "Body");
  return bare < 0 ? null : tree.blame(children[bare]!, "an elif lacks its condition");
}

function assertStatement(tree: Refusals, node: number): string | null {
  const children = tree.children(node);
  if (tree.kind(children.at(-1)!) === ",") return "a message is missing after the comma";
  return children.length > 4 ? "assert takes a condition and a message" : null;
}

/** Of a function or a lambda. `/` does not stand in the tree. */
function parameters(tree: Refusals, node: number): string | null {
  const groups = tree.groups(tree.children(node).filter((child) => tree.kind(child) !== "(" && tree.kind(child) !== ")"));
  let [seenDefault, seenStar, seenDouble, needsName] = [false, false, false, false];
  for (const parts of groups) {
    const first = parts[0];
    if (first === undefined) continue;
    const kind = tree.kind(first);
    const hasDefault = parts.some((part) => tree.kind(part) === "AssignOp");
    if (seenDouble) return tree.blame(first, "a parameter follows **");
    if (kind === "**") {
      if (needsName) return tree.blame(first, "a name must follow a bare *");
      seenDouble = true;
    } else if (kind === "*") {
      if (seenStar) return tree.blame(first, "there are two * among the parameters");
      [seenStar, needsName] = [true, parts.length === 1];
    } else {
      if (!seenStar && seenDefault && !hasDefault) return tree.blame(first, "a parameter without a default follows one with a default");
      seenDefault ||= hasDefault;
      needsName = false;
    }
  }
  return needsName ? "a name must follow a bare *" : null;
}

function importStatement(tree: Refusals, node: number): string | null {
  const children = tree.children(node);
  const kinds = children.map((child) => tree.kind(child));
  const isFrom = kinds[0] === "from";
  const names = kinds.slice(isFrom ? kinds.indexOf("import") + 1 : 1);
  if (!isFrom && names[0] === "(") return "import takes no parentheses";
  if (names.at(-1) === ",") return "a name is missing after the comma";
  if (!isFrom) return null;
  if (names.includes(".")) return "from … import takes plain names";
  return names[0] === "(" && names.length === 2 ? "a name is missing" : null;
}

function mixedStrings(tree: Refusals, node: number): string | null {
  const isBytes = tree.children(node).map((child) => tree.kind(child) === "String" && /^[^'"]*b/i.test(tree.source(child)));
  return isBytes.includes(true) && isBytes.includes(false) ? "bytes and text are joined" : null;
}

function operation(tree: Refusals, node: number): string | null {
  const children = tree.children(node);
  const operator = children[1]!;
  if (tree.kind(operator) === "or") {
    if (tree.source(operator) === ":=") return tree.kind(operator - 1) === "VariableName" ? null : NO_TARGET; // a name has no children
    return tree.source(operator) === "as" ? tree.target([children[2]!], true) : null;
  }
  const isLogical = tree.kind(operator) === "and";
  const right = children.at(-1)!;
  const isNot = tree.kind(right) === "UnaryExpression" && tree.kind(right + 1) === "not";
  return isNot && !isLogical ? tree.blame(right, "not needs parentheses here") : null;
}
