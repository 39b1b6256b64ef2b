/**
 * Progress for programs: one JSON object a line on stderr, schema `mops.progress` (docs/formats.md). At most one line a second for each
 * stretch of work, at least one in half a minute, and none for single files.
 */
import type { Console } from "./console.ts";
import { type Clock, type Display, HEARTBEAT_MS, type MessageEvent, Stretches, type WaitingEvent, type WorkEvent } from "./display.ts";
import type { Stretch } from "./progress_line.ts";
import { jsonLine, withoutSecrets } from "./safe_text.ts";

const TICK_MS = 1_000;

export class JsonDisplay implements Display {
  readonly #stretches = new Stretches();
  readonly #toldItems = new Map<Stretch, string>();
  readonly #began: number;
  #lastLine: number;
  #due = Infinity;
  #cancel: () => void = () => {};
  #stopped = false;

  /** @param quiet only warnings and details */
  constructor(readonly console: Console, readonly clock: Clock, readonly time: () => string, readonly quiet: boolean) {
    this.#began = this.#lastLine = clock.now();
    this.#schedule();
  }

  work(event: WorkEvent): void {
    if (this.quiet) return;
    const now = this.clock.now();
    const stretch = this.#stretches.count(event, now);
    if (event.kind === "begin" && stretch !== undefined) {
      const { activity, items, bytes } = event;
      this.#say({ kind: "begin", activity, files: items, bytes });
    } else if (event.kind === "end" && stretch !== undefined) {
      this.#toldItems.delete(stretch);
      const { activity, doneItems, doneBytes } = stretch;
      this.#say({ kind: "end", activity, doneFiles: doneItems, doneBytes, seconds: seconds(now - stretch.began) });
    } else if (now >= this.#due) return this.#tick();
    else return;
    this.#schedule();
  }

  waiting(event: WaitingEvent): void {
    if (this.quiet || !this.#stretches.rest(event, this.clock.now())) return;
    this.#say({ kind: "waiting", host: event.host, status: event.status, seconds: seconds(event.milliseconds) });
  }

  message(event: MessageEvent): void {
    const message = withoutSecrets(event.message);
    this.#say(event.kind === "warning" ? { kind: "warning", code: event.code, message } : { kind: "detail", message });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #tick(): void {
    const now = this.clock.now();
    const isDue = now >= this.#lastLine + HEARTBEAT_MS;
    for (const stretch of this.#stretches.active.values()) {
      const { activity, doneItems, doneBytes, items, bytes } = stretch;
      const standing = `${doneItems} ${doneBytes} ${items} ${bytes}`;
      if (this.#toldItems.get(stretch) === standing && !isDue) continue;
      this.#toldItems.set(stretch, standing);
      this.#say({
        kind: "progress",
        activity,
        doneFiles: doneItems,
        files: items,
        doneBytes,
        bytes,
        bytesPerSecond: stretch.bytesPerSecond(now),
        secondsLeft: stretch.secondsLeft(now),
      });
    }
    if (isDue && this.#stretches.active.size === 0) {
      const resting = this.#stretches.resting(now);
      const waiting = resting === null ? {} : { waitingFor: resting.host, secondsLeft: seconds(resting.milliseconds) };
      this.#say({ kind: "heartbeat", seconds: seconds(now - this.#began), ...waiting });
    }
    this.#schedule();
  }

  #schedule(): void {
    this.#cancel();
    if (this.#stopped || this.quiet) return;
    const now = this.clock.now();
    this.#due = this.#stretches.active.size > 0 ? now + TICK_MS : Math.max(now + 1, this.#lastLine + HEARTBEAT_MS);
    this.#cancel = this.clock.after(this.#due - now, () => this.#tick());
  }

  #say(fields: Readonly<Record<string, unknown>>): void {
    this.console.err(jsonLine({ schema: "mops.progress", version: 1, time: this.time(), ...fields }));
    this.#lastLine = this.clock.now();
  }
}

/** To the millisecond. */
function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
