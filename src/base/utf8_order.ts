/**
 * The one order of this program: by the UTF-8 bytes of a string. JavaScript's own `<` compares UTF-16 units, which puts
 * U+FF00 after U+10000; hashed bytes must not depend on that.
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

/** Surrogates stand for code points above U+FFFF, so they come after every other unit. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
