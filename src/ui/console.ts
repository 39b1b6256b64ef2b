/**
 * The two streams that people and programs read. Every byte that this program prints goes through here: results to stdout, everything
 * else to stderr. Promises: a reader that goes away (`| head`) ends the output, never the work; and a terminal never receives control
 * characters that came from a file name or a server.
 */
import { Failure } from "../base/failure.ts";
import { safeLines } from "./safe_text.ts";

export interface Console {
  /** Writes a result; a missing newline at the end is added. */
  out(text: string): void;
  /** Writes file content exactly as it is. */
  outBytes(bytes: Uint8Array): void;
  /** Writes progress, warnings and failures; a missing newline at the end is added. */
  err(text: string): void;
  readonly isTerminal: { readonly out: boolean; readonly err: boolean };
  /** Columns of the terminal, 80 where nobody knows. */
  readonly width: number;
  /** Styles are welcome on stdout. */
  readonly colour: boolean;
  /** Styles are welcome on stderr; not set means as on stdout. */
  readonly colourErr?: boolean;
  /** The reader of stdout has gone: whoever still has much to say may stop. */
  readonly outClosed?: boolean;
  /** The terminal behind stderr, for those who draw on it; not set where lines are all there is. */
  readonly screen?: Screen | undefined;
}

/** A terminal that takes cursor movements. */
export interface Screen {
  write(text: string): void;
  readonly columns: number;
}

/** What decides about styles; the environment is read by the caller, never here. */
export interface ConsoleOptions {
  /** `--no-color` was given. */
  readonly noColour?: boolean | undefined;
  /** The values of these variables, undefined when not set. */
  readonly env?: { readonly NO_COLOR?: string | undefined; readonly TERM?: string | undefined } | undefined;
}

export function realConsole(options: ConsoleOptions = {}): Console {
  const stdout = new Stream(Deno.stdout, true);
  const stderr = new Stream(Deno.stderr, false);
  const dumb = options.env?.TERM === "dumb";
  // https://no-color.org: set and not empty.
  const styled = options.noColour !== true && (options.env?.NO_COLOR ?? "") === "" && !dumb;
  const screen: Screen | undefined = stderr.isTerminal && !dumb
    ? {
      write: (text) => stderr.write(encode(text)),
      get columns() {
        return terminalWidth();
      },
    }
    : undefined;
  return {
    out: (text) => stdout.write(encode(lines(text, stdout.isTerminal))),
    outBytes: (bytes) => stdout.write(bytes),
    err: (text) => stderr.write(encode(lines(text, stderr.isTerminal))),
    isTerminal: { out: stdout.isTerminal, err: stderr.isTerminal },
    get width() {
      return terminalWidth();
    },
    colour: styled && stdout.isTerminal,
    colourErr: styled && stderr.isTerminal,
    get outClosed() {
      return stdout.closed;
    },
    screen,
  };
}

/** A terminal may say that it has 0 columns (a pty that nobody sized); dividing by that, or looping until it fits, never ends. */
export function usableWidth(columns: number): number {
  return Number.isFinite(columns) && columns > 0 ? Math.floor(columns) : 80;
}

function terminalWidth(): number {
  try {
    return usableWidth(Deno.consoleSize().columns);
  } catch {
    return 80; // no stream is a terminal: whatever the error is called on this system, nobody knows a width
  }
}

/** The same text for a pipe (a patch may hold any character), and one without surprises for a terminal. */
function lines(text: string, terminal: boolean): string {
  const whole = text.endsWith("\n") || text === "" ? text : `${text}\n`;
  return terminal ? safeLines(whole) : whole;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Synchronous, so that output keeps its order and nothing is lost when the program ends. */
class Stream {
  readonly isTerminal: boolean;
  closed = false;

  /** @param isResult what cannot be written fails the command; of anything else there is nowhere left to say it */
  constructor(readonly file: { isTerminal(): boolean; writeSync(bytes: Uint8Array): number }, readonly isResult: boolean) {
    this.isTerminal = file.isTerminal();
  }

  write(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.byteLength > 0 && !this.closed) {
      try {
        rest = rest.subarray(this.file.writeSync(rest));
      } catch (error) {
        if (error instanceof Deno.errors.BrokenPipe) this.closed = true;
        else if (error instanceof Deno.errors.WouldBlock) pause(5); // a parent made the pipe non-blocking, and its buffer is full
        else this.#giveUp(error);
      }
    }
  }

  /** A full disk behind a redirection. Once, since the failure is told by the same streams. */
  #giveUp(error: unknown): void {
    this.closed = true;
    if (!this.isResult) return;
    const words = error instanceof Error ? error.message : String(error);
    throw new Failure("not-ready", `cannot write the result: ${words}`, {
      hint: "df -h   (the result goes to a file or a device that takes no more)",
      cause: error,
    });
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
