/** Numbers as people read them, the same in every message. */

/** Digits in groups of three: `10,000`. The same on every machine, whatever its locale. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 file`, `3 files`, `0 files`; `many` for words that do not just take an s. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${grouped(value)} ${value === 1 ? one : many}`;
}
