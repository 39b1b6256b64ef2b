/** A console that remembers, for tests of whatever prints. */
import type { Console } from "../../src/ui/console.ts";

export interface FakeConsole extends Console {
  readonly stdout: string;
  readonly stderr: string;
  /** What was drawn on the terminal behind stderr, when there is one. */
  readonly drawn: string;
}

/** A pipe unless told otherwise; `terminal` makes both streams one terminal of so many columns. */
export function fakeConsole(options: { terminal?: number; colour?: boolean } = {}): FakeConsole {
  const said = { stdout: "", stderr: "", drawn: "" };
  const line = (text: string) => text.endsWith("\n") || text === "" ? text : `${text}\n`;
  const terminal = options.terminal !== undefined;
  return {
    out: (text) => void (said.stdout += line(text)),
    outBytes: (bytes) => void (said.stdout += new TextDecoder().decode(bytes)),
    err: (text) => void (said.stderr += line(text)),
    isTerminal: { out: terminal, err: terminal },
    width: options.terminal ?? 80,
    colour: options.colour ?? false,
    screen: terminal ? { write: (text) => void (said.drawn += text), columns: options.terminal! } : undefined,
    get stdout() {
      return said.stdout;
    },
    get stderr() {
      return said.stderr;
    },
    get drawn() {
      return said.drawn;
    },
  };
}
