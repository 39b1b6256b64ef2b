/** What our grammar accepts and CPython's parser does not, found in the tree. */
import type { SyntaxTree } from "./parse.ts";
import type { SyntaxFault } from "./tokens.ts";

export function refusalOf(_tree: SyntaxTree): SyntaxFault | null {
  return null;
}
