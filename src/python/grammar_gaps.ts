/**
 * Python that CPython accepts and our grammar does not (@lezer/python 1.1.19: a bare `yield`, `1.`, `with x as (a, b)`, `case C():`, `/` in
 * a lambda, decorators that are any expression, …) said in words that it knows. Places stay: what is replaced keeps its length, and what is
 * put in is written down. Whoever reads a name or a literal reads it in the text as it was; here only the shape counts.
 */
import { readPattern } from "./patterns.ts";
import {
  DEDENT,
  FORMAT_SPEC,
  FORMAT_START,
  FORMAT_TEXT,
  INDENT,
  NAME,
  NEWLINE,
  NUMBER,
  OPERATOR,
  STRING,
  type SyntaxFault,
  type Tokens,
} from "./tokens.ts";

export interface PlainerText {
  readonly text: string;
  /** Offsets of the names that patterns bind, in order. */
  readonly captures: readonly number[];
  /** Offsets in `text` where something was put in, and how much, in order. */
  readonly insertions: readonly { readonly at: number; readonly length: number }[];
  readonly fault: SyntaxFault | null;
}

/** The name that stands for a decorator which is no dotted name; its argument is the decorator. */
export const ANY_DECORATOR = "_";

export function plainerText(text: string, tokens: Tokens): PlainerText {
  const gaps = new Gaps(text, tokens);
  gaps.find();
  return { ...applied(text, gaps.edits), captures: gaps.captures, fault: gaps.fault };
}

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly by: string;
}

class Gaps {
  readonly edits: Edit[] = [];
  readonly captures: number[] = [];
  fault: SyntaxFault | null = null;
  /** What each open bracket is: "[" of a list, "x[" of a subscript. */
  readonly #open: string[] = [];
  #level = 0;
  /** Levels on which only `case` may stand. */
  readonly #matches: number[] = [];
  readonly #isAscii: boolean;
  readonly #hasBackslash: boolean;

  constructor(readonly text: string, readonly tokens: Tokens) {
    // deno-lint-ignore no-control-regex
    this.#isAscii = !/[^\x00-\x7f]/.test(text);
    this.#hasBackslash = text.includes("\\");
  }

  find(): void {
    const { text, tokens: { kinds, blanks } } = this;
    for (let i = 0; i < blanks.length; i += 2) {
      const [from, to] = [blanks[i]!, blanks[i + 1]!];
      // The grammar counts an indentation up to a form feed, CPython up to a backslash.
      const isInIndentation = text[from] === "\\" && /\n[ \t]+$/.test(text.slice(Math.max(0, from - 200), from));
      if (isInIndentation) this.edits.push({ from, to, by: "\f " });
      else this.#blank(from, to);
    }
    if (text.includes("\f")) {
      for (const { index, 0: line } of text.matchAll(/^[ \t\f]*\f[ \t\f]*$/gm)) this.#blank(index, index + line.length);
    }
    let isLineStart = true;
    for (let i = 0; i < kinds.length; i++) {
      const kind = kinds[i]!;
      if (kind === NEWLINE) isLineStart = true;
      else if (kind === INDENT) {
        this.#level++;
        if (!this.#is(i - 2, ":")) this.#refuse(i, "the line is indented, and nothing above asks for it");
      } else if (kind === DEDENT) {
        if (this.#matches.at(-1) === this.#level) this.#matches.pop();
        this.#level--;
      } else {
        if (isLineStart) {
          isLineStart = false;
          const next = this.#lookAtHeader(i);
          if (next !== i) {
            i = next - 1;
            continue;
          }
        }
        this.#lookAt(i, kind);
      }
    }
  }

  #lookAt(i: number, kind: number): void {
    if (kind === NAME) return this.#lookAtName(i);
    if (kind === OPERATOR) return this.#lookAtOperator(i);
    const { text, tokens: { starts, ends } } = this;
    const [start, end] = [starts[i]!, ends[i]!];
    if (kind === NUMBER) {
      const digits = text.slice(start, end);
      if (!/^\d+$/.test(digits)) this.#replace(i, (digits[0] === "." ? "." : "1").padEnd(end - start, "1"));
    } else if (kind === STRING) {
      if (this.#hasBackslash && text.slice(start, end).includes("\\")) this.#replace(i, `'${"x".repeat(end - start - 2)}'`);
    } else if (kind === FORMAT_START) {
      const prefix = text.slice(start, end);
      if (/t/i.test(prefix)) this.#replace(i, prefix.replace(/t/i, "f"));
    } else if (kind === FORMAT_TEXT) {
      if (/[\\{}]/.test(text.slice(start, end))) this.#replace(i, "x".repeat(end - start));
    } else if (kind === FORMAT_SPEC) {
      this.#blank(start, end);
    }
  }

  #lookAtName(i: number): void {
    const { text, tokens: { starts, ends } } = this;
    const [start, end] = [starts[i]!, ends[i]!];
    const word = text.slice(start, end);
    // deno-lint-ignore no-control-regex
    if (!this.#isAscii && /[^\x00-\x7f]/.test(word)) this.#replace(i, "_".repeat(end - start));
    else if (word === "print") this.#replace(i, "Print");
    else if (word === "yield") {
      if (!this.#endsAt(i + 1)) return;
      if (!this.#mayYieldAfter(i)) this.#refuse(i, "a yield needs parentheses here");
      this.#replace(i, "Yield");
    } else if (word === "lambda") this.#lookAtLambda(i);
    else if (word === "for" && this.#open.length > 0) {
      for (let j = i + 1, depth = 0; j < this.tokens.kinds.length && !(depth === 0 && this.#is(j, "in")); j++) {
        depth += this.#depthOf(j);
        if (depth < 0) break;
        if (depth === 0 && this.#is(j, "*") && (j === i + 1 || this.#is(j - 1, ","))) this.#blankStar(j);
      }
    }
  }

  #lookAtOperator(i: number): void {
    const { text, tokens: { starts, ends } } = this;
    const operator = text.slice(starts[i]!, ends[i]!);
    if (operator === "(" || operator === "{") this.#open.push(operator);
    else if (operator === "[") this.#open.push(this.#isOperandBefore(i) ? "x[" : "[");
    else if (operator === ")" || operator === "]" || operator === "}") this.#open.pop();
    else if (operator === ";" && this.#is(i + 1, ";")) this.#refuse(i + 1, "a statement is missing");
    else if (operator === ":=" && this.#open.at(-1) === "{") this.#replace(i, "or");
    else if (operator === "*" && this.#open.at(-1) === "x[" && (this.#is(i - 1, "[") || this.#is(i - 1, ","))) this.#blankStar(i);
    else if (this.#open.length === 0 && operator.length > 1 && operator.endsWith("=") && this.#is(i + 1, "*")) this.#blankStar(i + 1);
  }

  /** The index to go on from; `i` itself where the header's tokens are to be looked at one by one. */
  #lookAtHeader(i: number): number {
    const { text, tokens: { kinds, starts, ends } } = this;
    if (this.#is(i, "@") && kinds[i] === OPERATOR) this.#lookAtDecorator(i);
    if (kinds[i] !== NAME) return i;
    let word = text.slice(starts[i]!, ends[i]!);
    let at = i;
    if (word === "async" && kinds[i + 1] === NAME) word = text.slice(starts[++at]!, ends[at]!);
    if (this.#matches.at(-1) === this.#level && word !== "case") this.#refuse(i, 'a "case" is expected here');
    if (word === "with") this.#lookAtWith(at);
    else if (word === "for") this.#lookAtFor(at);
    else if (word === "except") this.#lookAtExcept(at);
    else if (word === "def" || word === "class") return this.#lookAtDefinition(at);
    else if (word === "type" && kinds[i + 1] === NAME && this.#is(i + 2, "[")) return this.#skipBrackets(i + 2);
    else if (word === "match") this.#lookAtMatch(i);
    else if (word === "case" && this.#matches.at(-1) === this.#level) return this.#lookAtCase(i);
    return i;
  }

  /** What stands after `as` may be any target, and the items may stand in parentheses. */
  #lookAtWith(at: number): void {
    const colon = this.#colonAfter(at);
    for (let j = at + 1; j < colon; j++) if (this.#is(j, "as")) this.#replace(j, "or");
    if (this.#is(colon - 1, ",")) this.#refuse(colon - 1, "an item is missing after the comma");
  }

  #lookAtFor(at: number): void {
    let isTarget = true;
    this.#forEachPlain(at + 1, this.#colonAfter(at), (j) => {
      if (isTarget && this.#is(j, "in")) isTarget = false;
      else if (!isTarget && this.#is(j, "*") && (this.#is(j - 1, "in") || this.#is(j - 1, ","))) this.#blankStar(j);
    });
  }

  /** Without parentheses since 3.14, but not together with `as`. */
  #lookAtExcept(at: number): void {
    const colon = this.#colonAfter(at);
    let hasName = false;
    this.#forEachPlain(at + 1, colon, (j) => void (hasName ||= this.#is(j, "as")));
    if (hasName) return;
    const joins = (j: number) => j > at + 1 && j + 1 < colon && this.#is(j, ",") && !this.#is(j + 1, ",");
    this.#forEachPlain(at + 1, colon, (j) => joins(j) && this.#replace(j, "+"));
  }

  #lookAtDefinition(at: number): number {
    let next = at + 2;
    if (this.#is(next, "[")) {
      next = this.#skipBrackets(next);
      this.#lookAt(at + 1, NAME);
    } else next = at;
    if (this.#is(at, "def")) this.#lookAtParameters(at);
    return next;
  }

  /** `*args: *Ts`, and the one `/`, which comes after something and before any `*`. */
  #lookAtParameters(at: number): void {
    const { kinds } = this.tokens;
    let hasStar = false;
    for (let j = at + 2, depth = 0; j < kinds.length && kinds[j] !== NEWLINE; j++) {
      depth += this.#depthOf(j);
      if (depth <= 0 && this.#is(j, ")")) return;
      if (depth !== 1) continue;
      const isFirst = this.#is(j - 1, ",") || (this.#is(j - 1, "(") && j === this.#openAfter(at) + 1);
      if (this.#is(j, "*") && isFirst) hasStar = true;
      else if (this.#is(j, ":") && this.#is(j - 2, "*") && this.#is(j + 1, "*")) this.#blankStar(j + 1);
      else if (this.#is(j, "/") && isFirst) {
        if (hasStar || !this.#is(j - 1, ",")) this.#refuse(j, "a / among parameters comes after one of them and before any *");
        hasStar = true; // there is one `/` only
      }
    }
  }

  #openAfter(at: number): number {
    let j = at + 2;
    if (this.#is(j, "[")) {
      let depth = 0;
      do depth += this.#depthOf(j++); while (depth > 0 && j < this.tokens.kinds.length);
    }
    return j;
  }

  /** Types between brackets name nothing that an outline holds. */
  #skipBrackets(open: number): number {
    let depth = 0;
    for (let j = open; j < this.tokens.kinds.length; j++) {
      depth += this.#depthOf(j);
      if (depth > 0) continue;
      if (j === open + 1) this.#refuse(open, "type parameters are missing");
      this.#blank(this.tokens.starts[open]!, this.tokens.ends[j]!);
      return j + 1;
    }
    return open;
  }

  #lookAtDecorator(i: number): void {
    const { kinds, starts, ends } = this.tokens;
    let j = i + 1;
    while (kinds[j] === NAME && this.#is(j + 1, ".")) j += 2;
    const isDotted = kinds[j] === NAME && !KEYWORDS.has(this.text.slice(starts[j]!, ends[j]!));
    j++;
    if (isDotted && this.#is(j, "(")) {
      let depth = 0;
      do depth += this.#depthOf(j++); while (depth > 0);
    }
    if (isDotted && kinds[j] === NEWLINE) return;
    const end = kinds.indexOf(NEWLINE, i);
    if (end <= i + 1) return;
    this.#forEachPlain(i + 1, end, (k) => (this.#is(k, ",") || this.#is(k, "=")) && this.#refuse(k, "a decorator is one expression"));
    this.edits.push({ from: ends[i]!, to: ends[i]!, by: `${ANY_DECORATOR}(` });
    this.edits.push({ from: ends[end - 1]!, to: ends[end - 1]!, by: ")" });
  }

  /** `match X:` becomes `with  X:`, and each `case P if C:` below it `if  _ or C:`. */
  #lookAtMatch(i: number): void {
    const colon = this.#colonAfter(i);
    const { kinds, starts, ends } = this.tokens;
    if (colon <= i + 1 || kinds[colon + 1] !== NEWLINE || kinds[colon + 2] !== INDENT || !this.#is(colon + 3, "case")) return;
    this.edits.push({ from: starts[i]!, to: ends[i]!, by: "with " });
    this.#forEachPlain(i + 1, colon, (j) => {
      if (this.#is(j, "*") && (j === i + 1 || this.#is(j - 1, ","))) this.#blankStar(j);
      if (this.#is(j, ":=")) this.#replace(j, "or");
    });
    this.#matches.push(this.#level + 1);
  }

  #lookAtCase(i: number): number {
    const { starts, ends } = this.tokens;
    const colon = this.#colonAfter(i);
    if (colon < 0) return i;
    let guard = colon;
    this.#forEachPlain(i + 1, colon, (j) => this.#is(j, "if") && (guard = Math.min(guard, j)));
    const [from, to] = [ends[i]!, starts[guard]!];
    const { captures, wrong } = readPattern(this.text, this.tokens, i + 1, guard, isKeyword);
    if (guard === i + 1 || wrong !== null) this.#refuse(wrong ?? guard, "the pattern is not valid");
    this.captures.push(...captures);
    this.edits.push({ from: starts[i]!, to: from, by: "if  " });
    this.edits.push({ from, to, by: "_".padEnd(to - from) });
    if (guard !== colon) this.#replace(guard, "or");
    this.#forEachPlain(guard + 1, colon, (j) => this.#is(j, ":=") && this.#replace(j, "or"));
    return guard === colon ? colon : guard + 1;
  }

  /** `/` and a comma at the end of its parameters. */
  #lookAtLambda(i: number): void {
    const { starts, ends } = this.tokens;
    const colon = this.#lambdaColon(i);
    if (colon < 0) return;
    this.#forEachPlain(i + 1, colon, (j) => {
      if (!this.#is(j, "/") || !this.#is(j - 1, ",")) return;
      const isLast = j + 1 === colon || (j + 2 === colon && this.#is(j + 1, ","));
      if (isLast) this.#blank(starts[j - 1]!, ends[colon - 1]!);
      else if (this.#is(j + 1, ",")) this.#blank(starts[j]!, ends[j + 1]!);
    });
    if (colon > i + 2 && this.#is(colon - 1, ",")) this.#blankToken(colon - 1);
  }

  /** Tokens in no bracket and in no lambda of the range. */
  #forEachPlain(from: number, to: number, look: (index: number) => unknown): void {
    for (let j = from, depth = 0; j < to; j++) {
      depth += this.#depthOf(j);
      if (depth !== 0) continue;
      look(j);
      if (this.tokens.kinds[j] === NAME && this.#is(j, "lambda")) {
        const colon = this.#lambdaColon(j);
        if (colon > 0 && colon < to) j = colon;
      }
    }
  }

  /** The colon that ends the header which begins at `i`; negative when there is none on its line. */
  #colonAfter(i: number): number {
    const { kinds } = this.tokens;
    for (let j = i + 1, depth = 0; j < kinds.length && kinds[j] !== NEWLINE; j++) {
      depth += this.#depthOf(j);
      if (depth !== 0) continue;
      if (this.#is(j, ":")) return j;
      if (kinds[j] === NAME && this.#is(j, "lambda")) {
        j = this.#lambdaColon(j);
        if (j < 0) return -1;
      }
    }
    return -1;
  }

  #lambdaColon(i: number): number {
    const { kinds } = this.tokens;
    let lambdas = 1;
    for (let j = i + 1, depth = 0; j < kinds.length && kinds[j] !== NEWLINE; j++) {
      depth += this.#depthOf(j);
      if (depth < 0) return -1;
      if (depth > 0) continue;
      if (kinds[j] === NAME && this.#is(j, "lambda")) lambdas++;
      if (this.#is(j, ":") && --lambdas === 0) return j;
    }
    return -1;
  }

  #depthOf(i: number): number {
    const { kinds, starts, ends } = this.tokens;
    if (kinds[i] !== OPERATOR || ends[i]! - starts[i]! !== 1) return 0;
    const char = this.text.charCodeAt(starts[i]!);
    if (char === 40 || char === 91 || char === 123) return 1;
    return char === 41 || char === 93 || char === 125 ? -1 : 0;
  }

  #is(i: number, text: string): boolean {
    const { kinds, starts, ends } = this.tokens;
    return (kinds[i] === OPERATOR || kinds[i] === NAME) && ends[i]! - starts[i]! === text.length && this.text.startsWith(text, starts[i]!);
  }

  #isOperandBefore(i: number): boolean {
    const { kinds, starts, ends } = this.tokens;
    const before = this.text.slice(starts[i - 1], ends[i - 1]);
    if (i === 0 || kinds[i - 1] === NEWLINE || kinds[i - 1] === INDENT || kinds[i - 1] === DEDENT) return false;
    if (kinds[i - 1] === NAME) return !KEYWORDS.has(before);
    return kinds[i - 1] !== OPERATOR || [")", "]", "}", "..."].includes(before);
  }

  #endsAt(i: number): boolean {
    const { kinds, starts, ends } = this.tokens;
    return kinds[i] === NEWLINE || (kinds[i] === OPERATOR && /^[)\]};:!]$/.test(this.text.slice(starts[i], ends[i])));
  }

  /** A bare `yield` stands alone, after an `=`, or in parentheses that are no call's. */
  #mayYieldAfter(i: number): boolean {
    const { kinds, starts, ends } = this.tokens;
    if (i === 0 || (kinds[i - 1] !== OPERATOR && kinds[i - 1] !== NAME)) return true;
    const before = this.text.slice(starts[i - 1], ends[i - 1]);
    if (before === "(") return !this.#isOperandBefore(i - 1);
    return before === ";" || before === "{" || (this.#open.length === 0 && (before === ":" || /^[^:=!<>]*=$/.test(before)));
  }

  #replace(i: number, by: string): void {
    this.edits.push({ from: this.tokens.starts[i]!, to: this.tokens.ends[i]!, by });
  }

  #blankToken(i: number): void {
    this.#blank(this.tokens.starts[i]!, this.tokens.ends[i]!);
  }

  /** What follows must be there all the same. */
  #blankStar(i: number): void {
    const { kinds, starts, ends } = this.tokens;
    if (kinds[i + 1] === OPERATOR && /^[,:)\]}=]$/.test(this.text.slice(starts[i + 1], ends[i + 1]))) {
      this.#refuse(i, "nothing follows the star");
    }
    this.#blankToken(i);
  }

  #blank(from: number, to: number): void {
    this.edits.push({ from, to, by: " ".repeat(to - from) });
  }

  #refuse(i: number, message: string): void {
    this.fault ??= { offset: this.tokens.starts[i]!, message };
  }
}

/** Words that are no names (Lib/keyword.py), without those that are values. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  ("and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or " +
    "pass raise return try while with yield").split(" "),
);

/** A word that can be no name. */
export function isKeyword(word: string): boolean {
  return KEYWORDS.has(word) || word === "None" || word === "True" || word === "False";
}

/** Where two edits overlap, the one that begins first holds the other. */
function applied(text: string, edits: Edit[]): Pick<PlainerText, "text" | "insertions"> {
  edits.sort((a, b) => a.from - b.from || (a.to === a.from ? -1 : b.to === b.from ? 1 : b.to - a.to));
  const parts: string[] = [];
  const insertions: { at: number; length: number }[] = [];
  let [read, written] = [0, 0];
  const put = (part: string) => {
    parts.push(part);
    written += part.length;
  };
  for (const { from, to, by } of edits) {
    if (from < read) continue;
    put(text.slice(read, from));
    if (by.length > to - from) insertions.push({ at: written, length: by.length - (to - from) });
    put(by);
    read = to;
  }
  put(text.slice(read));
  if (!text.endsWith("\n")) put("\n"); // the grammar takes blanks at the end of a text for an indentation
  return { text: parts.join(""), insertions };
}
