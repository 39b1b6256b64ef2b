/** Durations, moments and rates as people write them on a command line. null is what a text gets that is none. */

const UNITS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `1h30m`, `1.5h`, `2d`, in milliseconds. Larger units first, each once; a bare number could be anything. */
export function duration(text: string): number | null {
  const parts = [...text.trim().toLowerCase().matchAll(/(\d+(?:\.\d+)?)\s*(ms|min|[smhd])\s*/gy)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== text.trim().toLowerCase()) return null;
  let total = 0;
  let last = Infinity;
  for (const [, figure, unit] of parts) {
    const size = UNITS[unit as keyof typeof UNITS];
    if (size >= last) return null;
    last = size;
    total += Number(figure) * size;
  }
  return total > 0 && total < 1e12 ? total : null;
}

/**
 * A moment, in milliseconds since the epoch: `2026-11-28T20:00`, with seconds and a zone if wanted; without one it is local time, as
 * `squeue -o %e` prints it. A date alone is refused: it is midnight somewhere.
 */
export function moment(text: string): number | null {
  const shape = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;
  if (!shape.test(text.trim())) return null;
  const at = Date.parse(text.trim().replace(" ", "T").replace(/\s+/g, "").replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(at) ? null : at;
}

const PREFIXES = ["", "k", "m", "g", "t"];

/**
 * `10MB/s`, `500k`, `2MiB`, `1.5g`, in bytes a second. Units with an i are binary, all others decimal, as the units say; letters may be
 * small or capital. Bits are refused, since nobody knows from `Mb` which of the two is meant.
 */
export function rate(text: string): number | null {
  const found = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)(b?)(?:\/s|ps)?$/i.exec(text.trim());
  if (found === null) return null;
  const [, figure, prefix, binary, byte] = found as unknown as [string, string, string, string, string];
  if (binary !== "" && prefix === "") return null;
  if (byte === "b" && /^[KMGT]$/.test(prefix)) return null; // Mb, Kb: bits to most people
  const bytes = Number(figure) * (binary === "" ? 1000 : 1024) ** PREFIXES.indexOf(prefix.toLowerCase());
  return bytes >= 1 && bytes < 1e15 ? bytes : null;
}
