/** Offsets into a text as lines and columns. */
import type { Place } from "./outline.ts";

export class Places {
  readonly #lineStarts: number[] = [0];
  #last = 0;

  constructor(text: string) {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.#lineStarts.push(at + 1);
  }

  of(offset: number): Place {
    const line = this.line(offset);
    return { line, column: offset - this.#lineStarts[line - 1]! + 1 };
  }

  /** From 1. Questions come mostly in the order of the text, so the search begins where the last one ended. */
  line(offset: number): number {
    const starts = this.#lineStarts;
    let low = starts[this.#last]! <= offset ? this.#last : 0;
    if (starts[low + 1] === undefined || starts[low + 1]! > offset) return (this.#last = low) + 1;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return (this.#last = low) + 1;
  }
}
