/**
 * What is happening, shown on stderr while it happens. On a terminal one live bar; elsewhere plain lines: one when work turns out to
 * be long, one when it is done, and a sign of life in between, so that no CI job is killed for silence.
 */
import type { Activity, Emit, Event } from "../bundle/events.ts";
import type { Console, Screen } from "./console.ts";
import type { LiveBar } from "./live_bar.ts";
import { safeText } from "./safe_text.ts";
import { barLine, Stretch } from "./progress_line.ts";
import { duration, styles } from "./text.ts";

export interface ProgressOptions {
  /** No bars, lines or signs of life; warnings stay. */
  readonly quiet?: boolean | undefined;
  /** Shows `detail` events. */
  readonly verbose?: boolean | undefined;
  /** A program reads the result: plain lines, even on a terminal that somebody wrapped around it. */
  readonly json?: boolean | undefined;
  readonly clock?: Clock | undefined;
}

/** Time, as tests set it. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls back once, unless the returned function is called first. Never keeps the program alive. */
  after(milliseconds: number, callback: () => void): () => void;
}

export interface Progress {
  readonly emit: Emit;
  /** Takes a bar off the screen and ends all timers. Must be called before results or failures are printed; may be called again. */
  stop(): void;
}

const BAR_AFTER_MS = 500; // shorter work is over before anyone has read the bar
const LINE_AFTER_MS = 2_000;
const HEARTBEAT_MS = 25_000; // the promise is 30 s; a busy event loop is late

export function makeProgress(console: Console, options: ProgressOptions = {}): Progress {
  const clock = options.clock ?? realClock;
  const live = options.quiet || options.json ? undefined : console.screen;
  const shown: Display = options.quiet ? silent : live !== undefined ? new BarDisplay(live, clock) : new LineDisplay(console, clock);
  const { yellow, dim } = styles(console.colourErr ?? console.colour);
  const warned = new Set<string>();

  function emit(event: Event): void {
    switch (event.kind) {
      case "warning":
        if (warned.has(event.message)) return;
        warned.add(event.message);
        return shown.aside(() => console.err(`${yellow("warning:")} ${safeText(event.message)}`));
      case "detail":
        if (options.verbose) shown.aside(() => console.err(dim(safeText(event.message))));
        return;
      case "waiting":
        return;
      default:
        shown.work(event);
    }
  }
  return { emit, stop: () => shown.stop() };
}

type WorkEvent = Exclude<Event, { kind: "warning" | "detail" | "waiting" }>;

interface Display {
  work(event: WorkEvent): void;
  /** Prints something else without spoiling what is drawn. */
  aside(print: () => void): void;
  stop(): void;
}

const silent: Display = { work() {}, aside: (print) => print(), stop() {} };

/** All stretches that go on now, oldest first. */
class Stretches {
  readonly active = new Map<Activity, Stretch>();

  /** Returns the stretch when the event began or ended it. */
  count(event: WorkEvent, now: number): Stretch | undefined {
    const known = this.active.get(event.activity);
    if (event.kind === "begin") {
      const stretch = known ?? new Stretch(event.activity, now);
      this.active.set(event.activity, stretch);
      stretch.expect(event.items, event.bytes);
      return known === undefined ? stretch : undefined;
    }
    if (event.kind === "end") {
      this.active.delete(event.activity);
      return known;
    }
    if (event.kind === "bytes") known?.moved(event.count, now);
    else known?.finishedItem(now);
    return undefined;
  }
}

class LineDisplay implements Display {
  readonly #stretches = new Stretches();
  /** When each stretch was last spoken of; one that is not here has been too short to mention. */
  readonly #spokenOf = new Map<Stretch, number>();
  readonly #began: number;
  #lastLine: number;
  #due = 0;
  #cancel: () => void = () => {};
  #stopped = false;

  constructor(readonly console: Console, readonly clock: Clock) {
    this.#began = this.#lastLine = clock.now();
    this.#schedule();
  }

  work(event: WorkEvent): void {
    const now = this.clock.now();
    const stretch = this.#stretches.count(event, now);
    if (event.kind === "end" && stretch !== undefined && this.#spokenOf.delete(stretch)) this.#say(stretch.endLine(now));
    if (event.kind === "begin" || event.kind === "end") this.#schedule();
    // Work that never gives way to timers still tells its progress in events.
    else if (now >= this.#due) this.#speak();
  }

  aside(print: () => void): void {
    print();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #speak(): void {
    const now = this.clock.now();
    for (const stretch of this.#stretches.active.values()) {
      if (now < this.#dueOf(stretch)) continue;
      this.#say(this.#spokenOf.has(stretch) ? stretch.heartbeatLine(now) : stretch.beginLine());
      this.#spokenOf.set(stretch, now);
    }
    if (now >= this.#lastLine + HEARTBEAT_MS) this.#say(`still working, ${duration(now - this.#began)} so far`);
    this.#schedule();
  }

  #dueOf(stretch: Stretch): number {
    const spoken = this.#spokenOf.get(stretch);
    return spoken === undefined ? stretch.began + LINE_AFTER_MS : spoken + HEARTBEAT_MS;
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

class BarDisplay implements Display {
  readonly #stretches = new Stretches();
  #cancel: () => void = () => {};
  #bar: LiveBar | undefined;
  #stopped = false;

  constructor(readonly screen: Screen, readonly clock: Clock) {}

  work(event: WorkEvent): void {
    const stretch = this.#stretches.count(event, this.clock.now());
    if (stretch === undefined) return;
    if (event.kind === "begin" && this.#stretches.active.size === 1) {
      this.#cancel();
      this.#cancel = this.clock.after(BAR_AFTER_MS, () => void this.#draw());
    } else if (event.kind === "end" && this.#stretches.active.size === 0) this.#remove();
  }

  aside(print: () => void): void {
    const drawn = this.#bar !== undefined;
    this.#bar?.remove();
    this.#bar = undefined;
    print();
    if (drawn) void this.#draw();
  }

  stop(): void {
    this.#stopped = true;
    this.#remove();
  }

  async #draw(): Promise<void> {
    const { showBar } = await import("./live_bar.ts");
    // While the library was being loaded, work may have ended or another call may have drawn.
    if (this.#stopped || this.#bar !== undefined || this.#stretches.active.size === 0) return;
    this.#bar = showBar(this.screen, (columns) => {
      const newest = [...this.#stretches.active.values()].at(-1);
      return newest === undefined ? "" : barLine(newest, this.clock.now(), columns);
    });
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
