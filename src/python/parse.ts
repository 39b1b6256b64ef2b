/**
 * Text to tree, and the one room that knows which parser does it (@lezer/python). That parser never fails, CPython does: what CPython
 * refuses is refused here too, by the tokens (`tokens.ts`), by the tree's error nodes, and by `refusals.ts` where the grammar is too kind.
 * The other way round, `grammar_gaps.ts` says in other words what the grammar does not know.
 */
import type { Tree } from "@lezer/common";
import { parser } from "@lezer/python";
import { plainerText } from "./grammar_gaps.ts";
import { refusalOf } from "./refusals.ts";
import type { SyntaxTree } from "./syntax_tree.ts";
import { isFault, readTokens, type SyntaxFault, type Tokens } from "./tokens.ts";

export interface ParsedText {
  readonly tree: SyntaxTree;
  readonly tokens: Tokens;
  /** Offsets of the names that patterns of `match` bind, in order: the tree does not have them. */
  readonly captures: readonly number[];
}

export type Parsed = ParsedText | { readonly fault: SyntaxFault };

export function parsePython(text: string): Parsed {
  const tokens = readTokens(text);
  if (isFault(tokens)) return { fault: tokens };
  const plainer = plainerText(text, tokens);
  if (plainer.fault !== null) return { fault: plainer.fault };
  const tree: SyntaxTree & Growing = { text, kinds: [], starts: [], stops: [], ends: [] };
  const error = grow(tree, plainer.text);
  for (const { at, length } of [...plainer.insertions].reverse()) shiftBack(tree, at, length);
  if (error >= 0) return { fault: { offset: originalOffset(error, plainer.insertions), message: "the syntax is not valid" } };
  const fault = refusalOf(tree);
  return fault === null ? { tree, tokens, captures: plainer.captures } : { fault };
}

interface Growing {
  readonly kinds: string[];
  readonly starts: number[];
  readonly stops: number[];
  readonly ends: number[];
}

/** The offset of the first error; negative when there is none. */
function grow(tree: Growing, text: string): number {
  const open: number[] = [];
  let error = -1;
  treeOf(text).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError && (error < 0 || from < error)) error = from;
      open.push(tree.kinds.push(type.name) - 1);
      tree.starts.push(from);
      tree.stops.push(to);
      tree.ends.push(0);
    },
    leave: () => {
      tree.ends[open.pop()!] = tree.kinds.length;
    },
  });
  return error;
}

/**
 * The parser breaks off an expression of 300 operators in a row, in order not to build a tree too deep to recurse through; CPython takes
 * them, and nobody here recurses. There is no option for it: the count that it keeps (@lezer/lr 1.4, `Parse.bigReductionCount`) is set back.
 */
function treeOf(text: string): Tree {
  const parse = parser.startParse(text);
  const count = parse as unknown as { bigReductionCount: number };
  while (true) {
    count.bigReductionCount = 0;
    const tree = parse.advance();
    if (tree !== null) return tree;
  }
}

function shiftBack({ starts, stops }: Growing, at: number, length: number): void {
  for (const places of [starts, stops]) {
    for (let i = 0; i < places.length; i++) {
      if (places[i]! > at) places[i] = Math.max(at, places[i]! - length);
    }
  }
}

function originalOffset(offset: number, insertions: readonly { readonly at: number; readonly length: number }[]): number {
  let before = 0;
  for (const { at, length } of insertions) if (at < offset) before += Math.min(length, offset - at);
  return offset - before;
}
