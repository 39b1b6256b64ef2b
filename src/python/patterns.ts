/** Patterns of `case`, by their tokens: whether CPython takes them (Grammar/python.gram, "Pattern Matching"), and which names they bind. */
import { NAME, NUMBER, OPERATOR, STRING, type Tokens } from "./tokens.ts";

export interface Pattern {
  /** Offsets of the names that it binds, in order. */
  readonly captures: readonly number[];
  /** The index of the token that is wrong; null when none is. */
  readonly wrong: number | null;
}

/** @param isKeyword words that cannot be bound. */
export function readPattern(text: string, tokens: Tokens, from: number, to: number, isKeyword: (word: string) => boolean): Pattern {
  const reader = new PatternReader(text, tokens, from, to, isKeyword);
  const isWhole = reader.sequence("") && reader.at === to;
  return { captures: reader.captures, wrong: isWhole ? null : reader.at };
}

class PatternReader {
  readonly captures: number[] = [];

  constructor(
    readonly text: string,
    readonly tokens: Tokens,
    public at: number,
    readonly to: number,
    readonly isKeyword: (word: string) => boolean,
  ) {}

  /** Patterns with commas between them, up to the bracket that closes them; it is not taken. */
  sequence(close: string): boolean {
    while (!this.#is(close)) {
      if (!(this.#take("*") ? this.#name(true) : this.#pattern())) return false;
      if (!this.#take(",")) break;
    }
    return close === "" ? this.at === this.to : this.#is(close);
  }

  /** `P | Q as name`. Depth is bounded by that of brackets. */
  #pattern(): boolean {
    do {
      if (!this.#closed()) return false;
    } while (this.#take("|"));
    return this.#take("as") ? this.#name(false) : true;
  }

  #closed(): boolean {
    const kind = this.at < this.to ? this.tokens.kinds[this.at] : undefined;
    if (kind === STRING) {
      while (this.at < this.to && this.tokens.kinds[this.at] === STRING) this.at++;
      return true;
    }
    if (kind === NUMBER || this.#is("-")) return this.#number();
    if (this.#take("(")) return this.sequence(")") && this.#take(")");
    if (this.#take("[")) return this.sequence("]") && this.#take("]");
    if (this.#take("{")) return this.#mapping();
    return kind === NAME && this.#named();
  }

  #number(): boolean {
    this.#take("-");
    if (!this.#takeKind(NUMBER)) return false;
    return this.#take("+") || this.#take("-") ? this.#takeKind(NUMBER) : true;
  }

  /** A value, a capture, a dotted name or a class. */
  #named(): boolean {
    const word = this.#word();
    if (word === "None" || word === "True" || word === "False") {
      this.at++;
      return true;
    }
    if (this.isKeyword(word)) return false;
    const start = this.tokens.starts[this.at++]!;
    let isDotted = false;
    while (this.#take(".")) {
      isDotted = true;
      if (!this.#takeKind(NAME)) return false;
    }
    if (this.#take("(")) return this.#classArguments();
    if (!isDotted && word !== "_") this.captures.push(start);
    return true;
  }

  #classArguments(): boolean {
    while (!this.#is(")")) {
      if (this.tokens.kinds[this.at] === NAME && this.#is("=", this.at + 1)) this.at += 2;
      if (!this.#pattern()) return false;
      if (!this.#take(",")) break;
    }
    return this.#take(")");
  }

  #mapping(): boolean {
    while (!this.#is("}")) {
      if (this.#take("**")) {
        if (!this.#name(false)) return false;
      } else {
        const bound = this.captures.length;
        if (!this.#closed() || this.captures.length > bound || !this.#take(":") || !this.#pattern()) return false;
      }
      if (!this.#take(",")) break;
    }
    return this.#take("}");
  }

  /** A name that is bound; `_` binds nothing. */
  #name(orNothing: boolean): boolean {
    const word = this.#word();
    if (this.tokens.kinds[this.at] !== NAME || this.isKeyword(word) || (word === "_" && !orNothing)) return false;
    if (word !== "_") this.captures.push(this.tokens.starts[this.at]!);
    this.at++;
    return true;
  }

  #word(): string {
    return this.text.slice(this.tokens.starts[this.at], this.tokens.ends[this.at]);
  }

  #is(text: string, at = this.at): boolean {
    const { kinds, starts, ends } = this.tokens;
    if (at >= this.to) return text === "";
    return (kinds[at] === OPERATOR || kinds[at] === NAME) && this.text.slice(starts[at], ends[at]) === text;
  }

  #take(text: string): boolean {
    if (!this.#is(text)) return false;
    this.at++;
    return true;
  }

  #takeKind(kind: number): boolean {
    if (this.at >= this.to || this.tokens.kinds[this.at] !== kind) return false;
    this.at++;
    return true;
  }
}
