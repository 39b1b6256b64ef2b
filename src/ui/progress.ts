/**
 * What is happening, shown on stderr while it happens: on a terminal one live bar, elsewhere lines of a log, and lines of JSON for
 * programs that ask for them.
 */
import type { Emit } from "../bundle/events.ts";
import type { Console, Screen } from "./console.ts";
import { type Clock, type Display, type MessageEvent, Stretches, type WaitingEvent, type WorkEvent } from "./display.ts";
import type { LiveBar } from "./live_bar.ts";
import { JsonDisplay } from "./progress_json.ts";
import { barLine } from "./progress_line.ts";
import { LogDisplay } from "./progress_log.ts";
import { safeText } from "./safe_text.ts";
import { duration, styles } from "./text.ts";

export type { Clock } from "./display.ts";

export interface ProgressOptions {
  /** No bars, lines or signs of life; warnings stay. */
  readonly quiet?: boolean | undefined;
  /** Shows `detail` events. */
  readonly verbose?: boolean | undefined;
  /** A program reads the result: plain lines, even on a terminal that somebody wrapped around it. */
  readonly json?: boolean | undefined;
  /** What a person asked for. `auto`: a bar on a terminal, lines elsewhere, and nothing of what is short. */
  readonly mode?: "auto" | "plain" | "json" | "none" | undefined;
  readonly clock?: Clock | undefined;
  /** ISO 8601, for lines of JSON. */
  readonly time?: (() => string) | undefined;
}

export interface Progress {
  readonly emit: Emit;
  /** Takes a bar off the screen and ends all timers. Must be called before results or failures are printed; may be called again. */
  stop(): void;
}

const BAR_AFTER_MS = 500; // shorter work is over before anyone has read the bar
const LINE_AFTER_MS = 2_000;

export function makeProgress(console: Console, options: ProgressOptions = {}): Progress {
  const shown = displayFor(console, options);
  const warned = new Set<string>();
  const emit: Emit = (event) => {
    switch (event.kind) {
      case "warning":
        if (warned.has(event.message)) return;
        warned.add(event.message);
        return shown.message(event);
      case "detail":
        return options.verbose ? shown.message(event) : undefined;
      case "waiting":
        return shown.waiting(event);
      default:
        shown.work(event);
    }
  };
  return { emit, stop: () => shown.stop() };
}

function displayFor(console: Console, options: ProgressOptions): Display {
  const { mode = "auto", clock = realClock, json, time = () => new Date().toISOString() } = options;
  const quiet = options.quiet === true || mode === "none";
  if (mode === "json") return new JsonDisplay(console, clock, time, quiet);
  const { yellow, dim } = styles(console.colourErr ?? console.colour);
  const print = (event: MessageEvent): void => {
    const text = safeText(event.message);
    console.err(event.kind === "warning" ? `${yellow("warning:")} ${text}` : dim(text));
  };
  if (quiet) return { work() {}, waiting() {}, message: print, stop() {} };
  if (mode === "auto" && !json && console.screen !== undefined) return new BarDisplay(console.screen, clock, print);
  return new LogDisplay(console, clock, mode === "plain" ? 0 : LINE_AFTER_MS, print);
}

class BarDisplay implements Display {
  readonly #stretches = new Stretches();
  #cancel: () => void = () => {};
  #bar: LiveBar | undefined;
  #stopped = false;

  constructor(readonly screen: Screen, readonly clock: Clock, readonly print: (event: MessageEvent) => void) {}

  work(event: WorkEvent): void {
    const stretch = this.#stretches.count(event, this.clock.now());
    if (stretch === undefined) return;
    if (event.kind === "begin" && this.#stretches.active.size === 1) this.#drawAfter(BAR_AFTER_MS);
    else if (event.kind === "end" && this.#line(80) === "") this.#remove();
  }

  waiting(event: WaitingEvent): void {
    if (event.milliseconds < 2 * BAR_AFTER_MS || !this.#stretches.rest(event, this.clock.now())) return;
    this.#drawAfter(BAR_AFTER_MS);
  }

  message(event: MessageEvent): void {
    const drawn = this.#bar !== undefined;
    this.#bar?.remove();
    this.#bar = undefined;
    this.print(event);
    if (drawn) void this.#draw();
  }

  stop(): void {
    this.#stopped = true;
    this.#remove();
  }

  #drawAfter(milliseconds: number): void {
    if (this.#bar !== undefined) return;
    this.#cancel();
    this.#cancel = this.clock.after(milliseconds, () => void this.#draw());
  }

  async #draw(): Promise<void> {
    const { showBar } = await import("./live_bar.ts");
    // While the library was being loaded, work may have ended or another call may have drawn.
    if (this.#stopped || this.#bar !== undefined || this.#line(80) === "") return;
    this.#bar = showBar(this.screen, (columns) => this.#line(columns));
  }

  /** Empty when there is nothing to be shown. */
  #line(columns: number): string {
    const now = this.clock.now();
    const resting = this.#stretches.resting(now);
    const newest = [...this.#stretches.active.values()].at(-1);
    const left = resting === null ? null : duration(Math.ceil(resting.milliseconds / 1000) * 1000).replace(".0 s", " s");
    if (newest !== undefined) return barLine(newest, now, columns, left === null ? null : `waiting ${left}`);
    return left === null ? "" : `waiting for ${safeText(resting!.host)}, ${left}`.slice(0, Math.max(0, columns - 1));
  }

  #remove(): void {
    this.#cancel();
    this.#bar?.remove();
    this.#bar = undefined;
  }
}

const realClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    Deno.unrefTimer(timer);
    return () => clearTimeout(timer);
  },
};
