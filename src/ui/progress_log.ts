/**
 * Progress as lines of a log: one when a stretch of work turns out to be long, one when it is done, one when a host asks for patience,
 * and a sign of life in between, so that no job is killed for silence. Nothing is said of single files, however many there are.
 */
import type { Console } from "./console.ts";
import { type Clock, type Display, HEARTBEAT_MS, type MessageEvent, Stretches, type WaitingEvent, type WorkEvent } from "./display.ts";
import type { Stretch } from "./progress_line.ts";
import { safeText } from "./safe_text.ts";
import { duration } from "./text.ts";

/** Shorter waits are part of the work (ms). */
const WORTH_A_LINE_MS = 2_000;

export class LogDisplay implements Display {
  readonly #stretches = new Stretches();
  /** When each stretch was last spoken of; one that is not here has been too short to mention. */
  readonly #spokenOf = new Map<Stretch, number>();
  readonly #began: number;
  #lastLine: number;
  #due = 0;
  #cancel: () => void = () => {};
  #stopped = false;

  /** @param lineAfter how long a stretch may be without being mentioned, milliseconds */
  constructor(readonly console: Console, readonly clock: Clock, readonly lineAfter: number, readonly print: (event: MessageEvent) => void) {
    this.#began = this.#lastLine = clock.now();
    this.#schedule();
  }

  work(event: WorkEvent): void {
    const now = this.clock.now();
    const stretch = this.#stretches.count(event, now);
    if (event.kind === "end" && stretch !== undefined && this.#spokenOf.delete(stretch)) this.#say(stretch.endLine(now));
    if (event.kind === "begin" && this.lineAfter === 0) this.#speak();
    else if (event.kind === "begin" || event.kind === "end") this.#schedule();
    // Work that never gives way to timers still tells its progress in events.
    else if (now >= this.#due) this.#speak();
  }

  waiting(event: WaitingEvent): void {
    if (event.milliseconds < WORTH_A_LINE_MS || !this.#stretches.rest(event, this.clock.now())) return;
    this.#say(`${safeText(event.host)} asks for patience (${event.status}): nothing is sent there for ${duration(event.milliseconds)}`);
    this.#schedule();
  }

  message(event: MessageEvent): void {
    this.print(event);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #speak(): void {
    const now = this.clock.now();
    const resting = this.#stretches.resting(now);
    const wait = resting === null ? null : `waiting for ${safeText(resting.host)}, ${duration(resting.milliseconds)} more`;
    for (const stretch of this.#stretches.active.values()) {
      if (now < this.#dueOf(stretch)) continue;
      this.#say(this.#spokenOf.has(stretch) ? stretch.heartbeatLine(now, wait) : stretch.beginLine());
      this.#spokenOf.set(stretch, now);
    }
    if (now >= this.#lastLine + HEARTBEAT_MS) this.#say(wait ?? `still working, ${duration(now - this.#began)} so far`);
    this.#schedule();
  }

  #dueOf(stretch: Stretch): number {
    const spoken = this.#spokenOf.get(stretch);
    return spoken === undefined ? stretch.began + this.lineAfter : spoken + HEARTBEAT_MS;
  }

  #schedule(): void {
    this.#cancel();
    if (this.#stopped) return;
    this.#due = Math.min(this.#lastLine + HEARTBEAT_MS, ...[...this.#stretches.active.values()].map((stretch) => this.#dueOf(stretch)));
    this.#cancel = this.clock.after(Math.max(1, this.#due - this.clock.now()), () => this.#speak());
  }

  #say(line: string): void {
    this.console.err(line);
    this.#lastLine = this.clock.now();
  }
}
