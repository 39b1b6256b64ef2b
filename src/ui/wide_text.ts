/** Columns of a text that is more than plain letters. The one room that knows the library, which is loaded where there is such a text. */
import fastStringWidth from "fast-string-width";

/** Columns on a terminal: wide characters count two, accents, styles and control characters none. */
export function wideTextWidth(text: string): number {
  // Composed, since the library counts each part of a Hangul syllable, which is how macOS writes the names of files.
  return fastStringWidth(text.normalize("NFC"), { tabWidth: 0 });
}
