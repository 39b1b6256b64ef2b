/** How many columns a text takes, and texts made to fit. */
import { wideTextWidth } from "./wide_text.ts";

const PLAIN = /^[\u0020-\u007e]*$/;

/** Columns on a terminal: wide characters count two, accents, styles and control characters none. */
export function displayWidth(text: string): number {
  return PLAIN.test(text) ? text.length : wideTextWidth(text);
}

/** Cuts out of the middle, so that a path keeps its beginning and its file name: `data/…/cases.csv`. Never for digests or references. */
export function truncateMiddle(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? "…" : "";
  const room = columns - 1;
  const characters = graphemes(text);
  const name = graphemes(text.slice(text.lastIndexOf("/")));
  // The file name matters most; a directory gets what is left, and half of all when the name alone is too long.
  const tailRoom = widthOf(name) <= room - 1 ? Math.max(widthOf(name), Math.ceil(room / 2)) : Math.ceil(room / 2);
  const tail = takeWhileFits(characters.toReversed(), tailRoom).toReversed();
  const head = takeWhileFits(characters, room - widthOf(tail));
  return `${head.join("")}…${tail.join("")}`;
}

/** Breaks at spaces; a word that is longer than a line (a path, a digest, a URL) is left whole, since somebody may paste it. */
export function wrap(text: string, columns: number, indent = ""): string {
  const room = Math.max(1, columns - displayWidth(indent));
  return text.split("\n").flatMap((line) => wrapLine(line, room)).map((line) => line === "" ? "" : indent + line).join("\n");
}

/** Fills with spaces on the right, or on the left when asked to. */
export function padded(text: string, columns: number, side: "left" | "right" = "right"): string {
  const fill = " ".repeat(Math.max(0, columns - displayWidth(text)));
  return side === "right" ? text + fill : fill + text;
}

function wrapLine(line: string, room: number): string[] {
  const result: string[] = [];
  let current = "";
  for (const word of line.split(" ")) {
    const longer = current === "" ? word : `${current} ${word}`;
    if (current !== "" && displayWidth(longer) > room) {
      result.push(current.trimEnd());
      current = word;
    } else current = longer;
  }
  return [...result, current.trimEnd()];
}

function graphemes(text: string): string[] {
  if (PLAIN.test(text)) return text.split("");
  return [...new Intl.Segmenter("en", { granularity: "grapheme" }).segment(text)].map(({ segment }) => segment);
}

function widthOf(characters: readonly string[]): number {
  return characters.reduce((sum, character) => sum + displayWidth(character), 0);
}

function takeWhileFits(characters: readonly string[], room: number): string[] {
  const taken: string[] = [];
  let left = room;
  for (const character of characters) {
    left -= displayWidth(character);
    if (left < 0) break;
    taken.push(character);
  }
  return taken;
}
