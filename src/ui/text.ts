/**
 * Numbers as people read them, and styles. Pure and light: every command loads this room.
 * Sizes are in binary units (1 KiB = 1024 B) everywhere, as `du -h` and oras show them. Digests are never shortened here.
 */
import { count } from "../base/counted.ts";

export { safeText } from "./safe_text.ts";
export { count, grouped } from "../base/counted.ts";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** `0 B`, `512 B`, `1.5 KiB`, `12 MiB`, `2.0 GiB`. */
export function bytes(count: number): string {
  const sign = count < 0 ? "-" : "";
  let value = Math.abs(count);
  let unit = 0;
  // 1023.6 KiB would be rounded to "1024 KiB": such a value belongs to the next unit.
  while (unit < UNITS.length - 1 && (unit === 0 ? value >= 1024 : Math.round(value) >= 1024)) {
    value /= 1024;
    unit++;
  }
  const figure = unit === 0 ? String(Math.round(value)) : value < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return `${sign}${figure} ${UNITS[unit]}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(items: readonly string[]): string {
  if (items.length <= 1) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** How long ago something was, from two times in milliseconds: `just now`, `5 minutes ago`, `2 days ago`; after 60 days the date. */
export function age(then: number, now: number): string {
  const seconds = Math.floor((now - then) / 1000);
  if (seconds < -60 || seconds >= 60 * 86400) return new Date(then).toISOString().slice(0, 10);
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${count(seconds, "second")} ago`;
  if (seconds < 3600) return `${count(Math.floor(seconds / 60), "minute")} ago`;
  if (seconds < 86400) return `${count(Math.floor(seconds / 3600), "hour")} ago`;
  return `${count(Math.floor(seconds / 86400), "day")} ago`;
}

export interface Styles {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  cyan(text: string): string;
}

/** Styles that end where they should, or none at all: `styles(console.colour).red("gone")`. */
export function styles(colour: boolean): Styles {
  const style = (on: number, off: number) => colour ? (text: string) => text === "" ? "" : `\x1b[${on}m${text}\x1b[${off}m` : plain;
  return {
    bold: style(1, 22),
    dim: style(2, 22),
    red: style(31, 39),
    green: style(32, 39),
    yellow: style(33, 39),
    cyan: style(36, 39),
  };
}

function plain(text: string): string {
  return text;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
