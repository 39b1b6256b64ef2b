/**
 * Python text as tokens, as CPython 3.12 and later cut it: INDENT, DEDENT and NEWLINE are tokens, f-strings are taken apart. Refuses what
 * CPython's tokenizer refuses, with the place: tabs that contradict spaces, open brackets and strings, bad numbers, foreign characters.
 */

/** What is wrong, by offset into the text. */
export interface SyntaxFault {
  readonly offset: number;
  readonly message: string;
}

/** Kinds of tokens; numbers, since there are hundreds of thousands. */
export const NAME = 1;
export const NUMBER = 2;
export const STRING = 3; // with prefix and quotes; no f-string and no t-string
export const OPERATOR = 4;
export const NEWLINE = 5;
export const INDENT = 6;
export const DEDENT = 7;
export const FORMAT_START = 8; // f" rf''' t"
export const FORMAT_TEXT = 9;
export const FORMAT_SPEC = 10; // text after the colon of a field
export const FORMAT_END = 11;

export interface Tokens {
  readonly kinds: readonly number[];
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Comments and backslashes before a line's end, as pairs of offsets. */
  readonly blanks: readonly number[];
}

export function readTokens(text: string): Tokens | SyntaxFault {
  const reader = new TokenReader(text);
  reader.read();
  return reader.fault ?? reader;
}

export function isFault(value: object): value is SyntaxFault {
  return "offset" in value;
}

/** CPython's own limits (Parser/lexer/state.h: MAXLEVEL, MAXINDENT, MAXFSTRINGLEVEL). */
const MAX_BRACKETS = 200;
const MAX_INDENTS = 100;
const MAX_FORMATS = 150;

const ASCII_NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const ANY_NAME = /[\p{XID_Start}_]\p{XID_Continue}*/uy;
const DIGITS =
  /0[xX](?:_?[\da-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?[jJ]?/y;
const WORD_AFTER_NUMBER = /(?:and|else|for|if|in|is|not|or)(?![A-Za-z0-9_])/y;
const STRING_PREFIX = /^(?:[rub]|br|rb|[ft]|[ft]r|r[ft])$/i;
const THREE = new Set(["**=", "//=", ">>=", "<<=", "..."]);
const TWO = new Set(["**", "//", ">>", "<<", "<=", ">=", "==", "!=", "->", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=", ":="]);
const ONE = new Set("+-*/%&|^~<>()[]{},:;.=@");
const CLOSES: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

/** A bracket, a format string, one of its fields, or a field's format. */
interface Open {
  readonly what: "(" | "[" | "{" | "format" | "field" | "spec";
  readonly at: number;
  readonly quote: string;
  readonly isRaw: boolean;
}

class TokenReader {
  readonly kinds: number[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly blanks: number[] = [];
  fault: SyntaxFault | null = null;
  #at = 0;
  #atLineStart = true;
  readonly #open: Open[] = [];
  /** Columns by tabs of eight and by tabs of one: both must agree on what is deeper. */
  readonly #indents: [number, number][] = [[0, 0]];

  constructor(readonly text: string) {}

  read(): void {
    while (this.fault === null) {
      const top = this.#open.at(-1);
      if (top?.what === "format") this.#readFormatText(top);
      else if (top?.what === "spec") this.#readFormatSpec(top);
      else if (this.#atLineStart && top === undefined) this.#readLineStart();
      else if (!this.#readToken()) break;
    }
  }

  #refuse(offset: number, message: string): void {
    this.fault ??= { offset, message };
  }

  #push(kind: number, start: number, end: number): void {
    this.kinds.push(kind);
    this.starts.push(start);
    this.ends.push(end);
    this.#at = end;
  }

  #readLineStart(): void {
    const { text } = this;
    let [column, other, at] = [0, 0, this.#at];
    let first = 0; // an indentation that a backslash breaks is what stands before it
    for (;; at++) {
      const char = text.charCodeAt(at);
      if (char === 32) [column, other] = [column + 1, other + 1];
      else if (char === 9) [column, other] = [(Math.floor(column / 8) + 1) * 8, other + 1];
      else if (char === 12) [column, other] = [0, 0];
      else if (char === 92 && text.charCodeAt(at + 1) === 10) {
        if (at + 2 >= text.length) return this.#refuse(at, "the file ends after a backslash");
        first ||= column;
        this.blanks.push(at, ++at + 1);
      } else break;
    }
    if (first > 0) [column, other] = [first, first];
    this.#at = at;
    this.#atLineStart = false;
    const char = text[at];
    if (char === undefined || char === "\n" || char === "#") return this.#skipBlankLine();
    const top = this.#indents.at(-1)!;
    if (column > top[0]) {
      if (other <= top[1]) return this.#refuse(at, "tabs and spaces are used inconsistently in the indentation");
      if (this.#indents.length >= MAX_INDENTS) return this.#refuse(at, "too many levels of indentation");
      this.#indents.push([column, other]);
      this.#push(INDENT, at, at);
    } else {
      while (column < this.#indents.at(-1)![0]) {
        this.#indents.pop();
        this.#push(DEDENT, at, at);
      }
      const now = this.#indents.at(-1)!;
      if (column !== now[0]) return this.#refuse(at, "the indentation matches no outer level");
      if (other !== now[1]) return this.#refuse(at, "tabs and spaces are used inconsistently in the indentation");
    }
  }

  #skipBlankLine(): void {
    this.#skipComment();
    if (this.#at >= this.text.length) return;
    this.#at++;
    this.#atLineStart = true;
  }

  #skipComment(): void {
    if (this.text[this.#at] !== "#") return;
    const start = this.#at;
    const end = this.text.indexOf("\n", start);
    this.#at = end < 0 ? this.text.length : end;
    this.blanks.push(start, this.#at);
  }

  /** false at the end of the text. */
  #readToken(): boolean {
    const { text } = this;
    let char = text.charCodeAt(this.#at);
    while (char === 32 || char === 9 || char === 12) char = text.charCodeAt(++this.#at);
    const at = this.#at;
    if (at >= text.length) {
      this.#end();
      return false;
    }
    if (char === 10) {
      if (this.#open.length > 0) this.#at++;
      else {
        this.#push(NEWLINE, at, at + 1);
        this.#atLineStart = true;
      }
    } else if (char === 35) this.#skipComment();
    else if (char === 92) this.#skipContinuation();
    else if ((char >= 97 && char <= 122) || (char >= 65 && char <= 90) || char === 95) this.#readName(ASCII_NAME);
    else if ((char >= 48 && char <= 57) || (char === 46 && isDigit(text.charCodeAt(at + 1)))) this.#readNumber();
    else if (char === 34 || char === 39) this.#readString(at);
    else if (char > 127) this.#readName(ANY_NAME);
    else this.#readOperator();
    return true;
  }

  #end(): void {
    const open = this.#open.at(-1);
    if (open !== undefined) {
      const what = open.what === "field" ? "{" : open.what;
      return this.#refuse(open.at, `"${what}" is never closed`);
    }
    const last = this.kinds.at(-1);
    if (last !== undefined && last !== NEWLINE && last !== DEDENT) this.#push(NEWLINE, this.text.length, this.text.length);
    for (let i = this.#indents.length; i > 1; i--) this.#push(DEDENT, this.text.length, this.text.length);
  }

  #skipContinuation(): void {
    if (this.text.charCodeAt(this.#at + 1) !== 10) return this.#refuse(this.#at, "a character follows the backslash at the end of a line");
    if (this.#at + 2 >= this.text.length) return this.#refuse(this.#at, "the file ends after a backslash");
    this.blanks.push(this.#at, this.#at + 2);
    this.#at += 2;
  }

  #readName(pattern: RegExp): void {
    const start = this.#at;
    pattern.lastIndex = start;
    const match = pattern.exec(this.text);
    if (match === null) return this.#refuseCharacter();
    const end = start + match[0].length;
    const next = this.text.charCodeAt(end);
    if (next > 127 && pattern === ASCII_NAME) return this.#readName(ANY_NAME);
    if (end - start <= 2 && (next === 34 || next === 39) && STRING_PREFIX.test(match[0])) {
      this.#at = end;
      return this.#readString(start);
    }
    this.#push(NAME, start, end);
  }

  #readNumber(): void {
    const start = this.#at;
    DIGITS.lastIndex = start;
    const digits = DIGITS.exec(this.text)![0];
    const end = start + digits.length;
    if (/^0[0-9_]*[1-9][0-9_]*$/.test(digits)) {
      return this.#refuse(start, "leading zeros are not allowed in an integer; an octal one begins with 0o");
    }
    const next = this.text.charCodeAt(end);
    WORD_AFTER_NUMBER.lastIndex = end;
    if ((isNameCharacter(next) || next > 127) && !WORD_AFTER_NUMBER.test(this.text)) return this.#refuse(start, "a number is not valid");
    this.#push(NUMBER, start, end);
  }

  /** `this.#at` is at the quote, `start` at the prefix. */
  #readString(start: number): void {
    const { text } = this;
    const prefix = text.slice(start, this.#at).toLowerCase();
    const char = text[this.#at]!;
    const quote = text.startsWith(char.repeat(3), this.#at) ? char.repeat(3) : char;
    const body = this.#at + quote.length;
    const isRaw = prefix.includes("r");
    if (prefix.includes("f") || prefix.includes("t")) {
      if (this.#open.filter(({ what }) => what === "format").length >= MAX_FORMATS) {
        return this.#refuse(start, "f-strings are nested too deeply");
      }
      this.#open.push({ what: "format", at: start, quote, isRaw });
      return this.#push(FORMAT_START, start, body);
    }
    const end = endOfString(text, body, quote);
    if (end < 0) {
      return this.#refuse(start, quote.length === 3 ? "a string in three quotes is never closed" : "a string is not closed on its line");
    }
    const inside = text.slice(body, end);
    // deno-lint-ignore no-control-regex
    if (prefix.includes("b") && /[^\x00-\x7f]/.test(inside)) return this.#refuse(start, "bytes can hold ASCII characters only");
    if (!isRaw && inside.includes("\\")) this.#checkEscapes(start, inside, prefix.includes("b"));
    this.#push(STRING, start, end + quote.length);
  }

  #checkEscapes(start: number, inside: string, isBytes: boolean): void {
    const withoutPairs = inside.replaceAll("\\\\", "  ");
    if ((isBytes ? BAD_BYTES_ESCAPE : BAD_ESCAPE).test(withoutPairs)) {
      this.#refuse(start, "a string holds an escape that is cut off (\\x, \\u, \\U or \\N)");
    }
  }

  #readFormatText(top: Open): void {
    const { text } = this;
    const start = this.#at;
    for (let at = start; at < text.length; at++) {
      const char = text[at];
      if (char === "{") {
        if (text[at + 1] === "{") at++;
        else return this.#takeFormatText(FORMAT_TEXT, start, at, () => this.#openField());
      } else if (char === "}") {
        if (text[at + 1] !== "}") return this.#refuse(at, 'a single "}" stands in an f-string');
        at++;
      } else if (char === "\\") {
        if (!top.isRaw && text.startsWith("N{", at + 1)) {
          const close = text.indexOf("}", at);
          if (close > 0) at = close;
        } else if (text[at + 1] !== "{" && text[at + 1] !== "}") at++;
      } else if (char === "\n" && top.quote.length === 1) {
        break;
      } else if (text.startsWith(top.quote, at)) {
        return this.#takeFormatText(FORMAT_TEXT, start, at, () => {
          this.#open.pop();
          this.#push(FORMAT_END, at, at + top.quote.length);
        });
      }
    }
    this.#refuse(top.at, "an f-string is never closed");
  }

  #readFormatSpec(top: Open): void {
    const { text } = this;
    const start = this.#at;
    for (let at = start; at < text.length; at++) {
      const char = text[at];
      if (char === "{") return this.#takeFormatText(FORMAT_SPEC, start, at, () => this.#openField());
      if (char === "}") {
        return this.#takeFormatText(FORMAT_SPEC, start, at, () => {
          this.#open.length -= 2; // the spec and its field
          this.#push(OPERATOR, at, at + 1);
        });
      }
      if (char === "\\" && !top.isRaw && text[at + 1] !== "{" && text[at + 1] !== "}") at++;
      else if ((char === "\n" && top.quote.length === 1) || text.startsWith(top.quote, at)) break;
    }
    this.#refuse(top.at, 'a field of an f-string lacks its "}"');
  }

  #takeFormatText(kind: number, start: number, end: number, then: () => void): void {
    if (end > start) this.#push(kind, start, end);
    then();
  }

  #openField(): void {
    const { quote, isRaw } = this.#open.at(-1)!;
    if (this.#open.length >= 2 * MAX_BRACKETS) return this.#refuse(this.#at, "too many nested brackets");
    this.#open.push({ what: "field", at: this.#at, quote, isRaw });
    this.#push(OPERATOR, this.#at, this.#at + 1);
  }

  #readOperator(): void {
    const { text } = this;
    const at = this.#at;
    const char = text[at]!;
    const top = this.#open.at(-1);
    if (top?.what === "field" && this.#readFieldMark(top, char)) return;
    if (char === "(" || char === "[" || char === "{") {
      if (this.#open.length >= MAX_BRACKETS) return this.#refuse(at, "too many nested brackets");
      this.#open.push({ what: char, at, quote: "", isRaw: false });
    } else if (Object.hasOwn(CLOSES, char)) {
      if (top?.what !== CLOSES[char]) {
        return this.#refuse(
          at,
          top === undefined ? `"${char}" closes nothing` : `"${char}" does not close "${top.what === "field" ? "{" : top.what}"`,
        );
      }
      this.#open.pop();
    } else if (text.startsWith("<>", at)) return this.#refuse(at, '"<>" is Python 2; it is "!=" now');
    const three = text.substr(at, 3);
    const length = THREE.has(three) ? 3 : TWO.has(three.slice(0, 2)) ? 2 : ONE.has(char) ? 1 : 0;
    if (length === 0) return this.#refuseCharacter();
    this.#push(OPERATOR, at, at + length);
  }

  /** `}`, `!r` and `:` of a field of an f-string. */
  #readFieldMark(top: Open, char: string): boolean {
    const at = this.#at;
    if (char === "}") this.#open.pop();
    else if (char === ":") this.#open.push({ what: "spec", at: top.at, quote: top.quote, isRaw: top.isRaw });
    else if (char !== "!" || this.text[at + 1] === "=") return false;
    this.#push(OPERATOR, at, at + 1);
    return true;
  }

  #refuseCharacter(): void {
    const code = this.text.codePointAt(this.#at)!;
    const name = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    this.#refuse(
      this.#at,
      code > 32 && code !== 127
        ? `the character "${String.fromCodePoint(code)}" (${name}) has no meaning here`
        : `the character ${name} has no meaning here`,
    );
  }
}

const BAD_BYTES_ESCAPE = /\\x(?![\da-fA-F]{2})/;
const BAD_ESCAPE = /\\(?:x(?![\da-fA-F]{2})|u(?![\da-fA-F]{4})|U(?!(?:000[\da-fA-F]|0010)[\da-fA-F]{4})|N(?!\{[^{}\n]+\}))/;

/** The offset of the closing quote; negative when there is none. */
function endOfString(text: string, from: number, quote: string): number {
  const mark = quote.charCodeAt(0);
  for (let at = from; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === 92) at++;
    else if (char === mark && (quote.length === 1 || text.startsWith(quote, at))) return at;
    else if (char === 10 && quote.length === 1) return -1;
  }
  return -1;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isNameCharacter(code: number): boolean {
  return isDigit(code) || (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95;
}
