/**
 * What the events of a command add up to: how much of its work is done, and how much is left. For the message of a command that stops
 * before it is done.
 */
import type { Activity, Event } from "../bundle/events.ts";
import { DONE } from "./progress_line.ts";
import { bytes, count, grouped } from "./text.ts";

export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

export interface Work {
  readonly activity: Activity;
  readonly done: Amount;
  readonly left: Amount;
}

interface Sum {
  readonly activity: Activity;
  files: number;
  bytes: number;
  doneFiles: number;
  doneBytes: number;
  open: boolean;
}

export class Tally {
  /** The stretch that began last; those before it are done, or this one would not have begun. */
  #last: Sum | null = null;

  count(event: Event): void {
    if (event.kind === "begin") {
      const isSame = this.#last?.open === true && this.#last.activity === event.activity;
      const sum: Sum = isSame ? this.#last! : { activity: event.activity, files: 0, bytes: 0, doneFiles: 0, doneBytes: 0, open: true };
      sum.files += event.items;
      sum.bytes += event.bytes;
      this.#last = sum;
      return;
    }
    if (this.#last === null || !("activity" in event) || event.activity !== this.#last.activity) return;
    if (event.kind === "bytes") this.#last.doneBytes += event.count;
    else if (event.kind === "item") this.#last.doneFiles++;
    else this.#last.open = false;
  }

  /** null when nothing was begun that is counted. */
  work(): Work | null {
    if (this.#last === null) return null;
    const { activity, files, bytes, doneFiles, doneBytes } = this.#last;
    const filesLeft = Math.max(0, files - doneFiles);
    return {
      activity,
      done: { files: doneFiles, bytes: Math.max(0, doneBytes) },
      left: { files: filesLeft, bytes: filesLeft === 0 ? 0 : Math.max(0, bytes - doneBytes) },
    };
  }
}

/** `uploaded 3 of 20 files, 300 MiB of 2.0 GiB; 17 files, 1.7 GiB are left` */
export function workSentence({ activity, done, left }: Work): string {
  const files = done.files + left.files;
  const size = done.bytes + left.bytes;
  const parts = [
    `${DONE[activity]} ${grouped(done.files)} of ${count(files, "file")}`,
    ...(size > 0 && left.files > 0 ? [`${bytes(done.bytes)} of ${bytes(size)}`] : []),
  ];
  if (left.files === 0) return `${parts.join(", ")}; only the last steps are left`;
  const rest = [count(left.files, "file"), ...(left.bytes > 0 ? [bytes(left.bytes)] : [])].join(", ");
  return `${parts.join(", ")}; ${rest} ${left.files === 1 && left.bytes === 0 ? "is" : "are"} left`;
}
