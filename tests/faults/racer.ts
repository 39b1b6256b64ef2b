/** The other end of `race_process.ts`: a process that is given tasks, one after the other. */
import { TextLineStream } from "./text_lines.ts";
import type { Done, Task } from "./race_process.ts";

export class Racer implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #tasks: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  constructor() {
    const here = (path: string) => new URL(path, import.meta.url).pathname;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", here("../../deno.json"), here("race_process.ts")],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#tasks = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
  }

  async do(task: Omit<Task, "when"> & { readonly when?: number }): Promise<Done> {
    await this.#tasks.write(new TextEncoder().encode(`${JSON.stringify({ when: 0, ...task })}\n`));
    const { value } = await this.#answers.read();
    if (value === undefined) throw new Error("the process ended; its words stand above");
    return JSON.parse(value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
    await this.#child.status;
    await this.#answers.cancel();
  }
}

/** Epoch milliseconds, a moment from now: for tasks that should begin together. */
export function soon(): number {
  return Date.now() + 15;
}
