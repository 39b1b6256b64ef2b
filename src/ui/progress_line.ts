/** One stretch of work, counted: how far it is, how fast it goes, when it may end, and the lines that say so. Pure: time comes in. */
import type { Activity } from "../bundle/events.ts";
import { bytes, count, duration, grouped } from "./text.ts";

export const DONE: Readonly<Record<Activity, string>> = {
  hashing: "hashed",
  packing: "packed",
  uploading: "uploaded",
  downloading: "downloaded",
  placing: "placed",
};
const WINDOW_MS = 10_000; // a rate over the last ten seconds follows the network, and does not jump
const SAMPLE_MS = 250;
/** From here on it may be told how long the rest takes: a part of the whole, or a time (ms). */
const [ENOUGH, ENOUGH_MS] = [0.01, 30_000];

export class Stretch {
  doneItems = 0;
  doneBytes = 0;
  items = 0;
  bytes = 0;
  readonly #samples: { readonly at: number; readonly bytes: number; readonly items: number }[];

  constructor(readonly activity: Activity, readonly began: number) {
    this.#samples = [{ at: began, bytes: 0, items: 0 }];
  }

  expect(items: number, bytes: number): void {
    this.items += items;
    this.bytes += bytes;
  }

  moved(count: number, now: number): void {
    this.doneBytes += count;
    this.#sample(now);
  }

  finishedItem(now: number): void {
    this.doneItems++;
    this.#sample(now);
  }

  /** 0 to 1; a stretch that knows no sizes counts items. */
  get fraction(): number {
    const ratio = this.bytes > 0 ? this.doneBytes / this.bytes : this.items > 0 ? this.doneItems / this.items : 0;
    return Math.min(1, Math.max(0, ratio));
  }

  /** `uploading 20 files, 2.0 GiB` */
  beginLine(): string {
    return [`${this.activity} ${this.items > 0 ? count(this.items, "file") : ""}`.trim(), ...(this.bytes > 0 ? [bytes(this.bytes)] : [])]
      .join(", ");
  }

  /** `uploading: 3 of 20 files, 300 MiB of 2.0 GiB, 50 MiB/s, 35 s left`; what is waited for stands in place of the outlook. */
  heartbeatLine(now: number, waiting: string | null = null): string {
    const outlook = waiting === null ? [this.rate(now), this.remaining(now)] : [waiting];
    return `${this.activity}: ${[this.itemsSoFar(), this.bytesSoFar(), ...outlook].filter(Boolean).join(", ")}`;
  }

  /** `uploaded 20 files, 2.0 GiB in 41 s (50 MiB/s)` */
  endLine(now: number): string {
    const elapsed = now - this.began;
    const size = this.doneBytes > 0 ? `, ${bytes(this.doneBytes)}` : "";
    const rate = this.doneBytes > 0 && elapsed > 0 ? ` (${bytes(this.doneBytes / elapsed * 1000)}/s)` : "";
    return `${DONE[this.activity]} ${count(this.doneItems, "file")}${size} in ${duration(elapsed)}${rate}`;
  }

  itemsSoFar(): string {
    return this.items > 0 ? `${grouped(this.doneItems)} of ${count(this.items, "file")}` : count(this.doneItems, "file");
  }

  bytesSoFar(): string {
    if (this.bytes > 0) return `${bytes(this.doneBytes)} of ${bytes(this.bytes)}`;
    return this.doneBytes > 0 ? bytes(this.doneBytes) : "";
  }

  /** Over the last seconds; null while nobody can tell. */
  bytesPerSecond(now: number): number | null {
    const first = this.#samples[0]!;
    const span = now - first.at;
    const moved = this.doneBytes - first.bytes;
    return span > 0 && moved > 0 ? Math.round(moved / span * 1000) : null;
  }

  /** If it goes on as in the last seconds; null while nobody can tell: the first bytes of big files say nothing. */
  secondsLeft(now: number): number | null {
    if (this.fraction < ENOUGH && now - this.began < ENOUGH_MS) return null;
    const first = this.#samples[0]!;
    const span = now - first.at;
    const [left, moved] = this.bytes > 0
      ? [this.bytes - this.doneBytes, this.doneBytes - first.bytes]
      : [this.items - this.doneItems, this.doneItems - first.items];
    return span > 0 && moved > 0 && left > 0 ? Math.max(1, Math.round(left / moved * span / 1000)) : null;
  }

  rate(now: number): string {
    const rate = this.bytesPerSecond(now);
    return rate === null ? "" : `${bytes(rate)}/s`;
  }

  remaining(now: number): string {
    const left = this.secondsLeft(now);
    return left === null ? "" : `${duration(left * 1000).replace(".0 s", " s")} left`;
  }

  #sample(now: number): void {
    if (now - this.#samples.at(-1)!.at < SAMPLE_MS) return;
    this.#samples.push({ at: now, bytes: this.doneBytes, items: this.doneItems });
    while (this.#samples.length > 2 && now - this.#samples[0]!.at > WINDOW_MS) this.#samples.shift();
  }
}

/**
 * One line of a live bar, never wider than `columns`; the less room, the fewer parts.
 * @param waiting what is waited for, in place of the rate and the time that is left
 */
export function barLine(stretch: Stretch, now: number, columns: number, waiting: string | null = null): string {
  const percent = `${Math.floor(stretch.fraction * 100)}%`.padStart(4);
  const outlook = waiting === null ? [stretch.rate(now), stretch.remaining(now)] : [waiting];
  const parts = [stretch.itemsSoFar(), stretch.bytesSoFar(), ...outlook].filter(Boolean);
  const room = columns - 1; // the last column makes some terminals scroll
  const head = `${stretch.activity} ${percent}`;
  const barLeast = room >= 50 ? 13 : 0; // on 50 columns and more a bar says more than a fourth number
  while (parts.length > 0 && `${head}  ${parts.join("  ")}`.length + barLeast > room) parts.shift();
  const text = parts.length > 0 ? `  ${parts.join("  ")}` : "";
  const bar = Math.min(30, room - head.length - text.length - 3);
  if (bar < 8) return `${head}${text}`.slice(0, Math.max(0, room));
  const full = Math.floor(stretch.fraction * bar);
  return `${stretch.activity} [${"=".repeat(full)}${" ".repeat(bar - full)}] ${percent}${text}`;
}
