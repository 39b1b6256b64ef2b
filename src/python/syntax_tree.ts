/** The tree of a Python text in arrays, and how it is walked without recursion. */

/**
 * Nodes stand in the order of the text, each before its children, and `ends` says where a node's descendants end. So the first child of `i`
 * is `i + 1` (if that is before `ends[i]`), and the next sibling of `c` is `ends[c]`.
 */
export interface SyntaxTree {
  /** As it was parsed: names and literals are read here. */
  readonly text: string;
  readonly kinds: readonly string[];
  readonly starts: readonly number[];
  /** Offsets into the text. */
  readonly stops: readonly number[];
  /** Indexes of nodes. */
  readonly ends: readonly number[];
}

export class TreeReader {
  constructor(readonly tree: SyntaxTree) {}

  kind(node: number): string {
    return this.tree.kinds[node]!;
  }

  /** What stands in the text, which `grammar_gaps.ts` may have said in other words to the parser. */
  source(node: number): string {
    return this.tree.text.slice(this.tree.starts[node], this.tree.stops[node]);
  }

  children(node: number): number[] {
    const { ends } = this.tree;
    const found: number[] = [];
    for (let child = node + 1; child < ends[node]!; child = ends[child]!) found.push(child);
    return found;
  }
}
