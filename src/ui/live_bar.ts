/**
 * A line that is drawn again and again on a terminal. The one room that knows the bar library; it is loaded only when work lasts long
 * enough for a bar to be seen.
 */
import cliProgress from "cli-progress";
import type { Screen } from "./console.ts";
import { usableWidth } from "./console.ts";

export interface LiveBar {
  /** Takes the bar off the screen; nothing of it stays. */
  remove(): void;
}

/** Shows `line(columns)` ten times a second until removed. */
export function showBar(screen: Screen, line: (columns: number) => string): LiveBar {
  const bar = new cliProgress.SingleBar({
    stream: streamFor(screen),
    format: () => line(usableWidth(screen.columns)),
    clearOnComplete: true,
    forceRedraw: true,
    fps: 10,
    // The interrupt belongs to the command, which stops its work first and the bar with it.
    gracefulExit: false,
    hideCursor: false,
  });
  bar.start(1, 0);
  return { remove: () => bar.stop() };
}

/** What the library asks of a stream, on our screen. */
function streamFor(screen: Screen): unknown {
  return {
    isTTY: true,
    get columns() {
      return usableWidth(screen.columns);
    },
    write(text: string, ...rest: unknown[]): boolean {
      screen.write(text);
      const done = rest.at(-1);
      if (typeof done === "function") done();
      return true;
    },
  };
}
