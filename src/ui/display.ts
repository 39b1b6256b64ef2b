/** What all ways to show progress have in common: the door that events come through, time, and the stretches of work that go on now. */
import type { Activity, Event } from "../bundle/events.ts";
import { Stretch } from "./progress_line.ts";

/** Time, as tests set it. */
export interface Clock {
  /** Milliseconds since some moment. */
  now(): number;
  /** Calls back once, unless the returned function is called first. Never keeps the program alive. */
  after(milliseconds: number, callback: () => void): () => void;
}

type Message = "warning" | "detail";
export type MessageEvent = Extract<Event, { kind: Message }>;
export type WorkEvent = Exclude<Event, { kind: Message | "waiting" }>;
export type WaitingEvent = Extract<Event, { kind: "waiting" }>;

export interface Display {
  work(event: WorkEvent): void;
  waiting(event: WaitingEvent): void;
  /** A warning or a detail that is to be shown. */
  message(event: MessageEvent): void;
  stop(): void;
}

/** No half minute without a sign of life; a busy event loop is late (ms). */
export const HEARTBEAT_MS = 25_000;

/** All stretches that go on now, oldest first, and the hosts that want to be left alone. */
export class Stretches {
  readonly active = new Map<Activity, Stretch>();
  #rest: { readonly host: string; readonly status: number; readonly until: number } | null = null;

  /** Returns the stretch when the event began or ended it. */
  count(event: WorkEvent, now: number): Stretch | undefined {
    const known = this.active.get(event.activity);
    if (event.kind === "bytes") return void known?.moved(event.count, now);
    if (event.kind === "item") return void known?.finishedItem(now);
    if (event.kind === "end") {
      this.active.delete(event.activity);
      return known;
    }
    const stretch = known ?? new Stretch(event.activity, now);
    this.active.set(event.activity, stretch);
    stretch.expect(event.items, event.bytes);
    return known === undefined ? stretch : undefined;
  }

  /** false when it is no news: the same wish reaches every request that is under way. */
  rest({ host, status, milliseconds }: WaitingEvent, now: number): boolean {
    const until = now + milliseconds;
    if (this.#rest !== null && this.#rest.host === host && until < this.#rest.until + 1000) return false;
    this.#rest = { host, status, until };
    return true;
  }

  /** The host that is waited for now, and for how many milliseconds more. */
  resting(now: number): { readonly host: string; readonly status: number; readonly milliseconds: number } | null {
    if (this.#rest === null || this.#rest.until <= now) return null;
    const { host, status, until } = this.#rest;
    return { host, status, milliseconds: until - now };
  }
}
