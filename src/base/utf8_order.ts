/**
 * The one order of this program: by the UTF-8 bytes of a string. JavaScript's own `<` compares UTF-16 units, which puts
 * U+FFxx after U+1xxxx; hashed bytes must not depend on that.
 */

/** Negative, zero or positive, as `Array.sort` takes it. Equals comparing code points, since UTF-8 keeps their order. */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}

/**
 * The texts in this order; the same list when they are in it already. What is sorted once is sorted for ever, and looking is ten times
 * faster than sorting: where no text has a unit from U+D800 on, JavaScript's own `<` is the same order.
 */
export function sortedUtf8<Text extends string>(texts: readonly Text[]): readonly Text[] {
  for (let at = 1; at < texts.length; at++) {
    const [before, text] = [texts[at - 1]!, texts[at]!];
    if (HIGH_UNITS.test(text) ? compareUtf8(before, text) > 0 : before > text) {
      return [...texts].sort(compareUtf8);
    }
  }
  return texts;
}

const HIGH_UNITS = /[\ud800-\uffff]/;

/** Surrogates stand for code points above U+FFFF, so they come after every other unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
