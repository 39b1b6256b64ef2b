/** The other ends of `race_process.ts` and `editor_process.ts`: processes that are given tasks, one after the other. */
import type { Saves } from "./editor_process.ts";
import { TextLineStream } from "./text_lines.ts";
import type { Done, Task } from "./race_process.ts";

class Worker implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #tasks: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;

  constructor(program: string) {
    const here = (path: string) => new URL(path, import.meta.url).pathname;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", "--config", here("../../deno.json"), here(program)],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#tasks = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream()).getReader();
  }

  protected async tell(task: unknown): Promise<unknown> {
    await this.#tasks.write(new TextEncoder().encode(`${JSON.stringify(task)}\n`));
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

export class Racer extends Worker {
  constructor() {
    super("race_process.ts");
  }

  async do(task: Omit<Task, "when"> & { readonly when?: number }): Promise<Done> {
    return await this.tell({ when: 0, ...task }) as Done;
  }
}

export class Editor extends Worker {
  constructor() {
    super("editor_process.ts");
  }

  async save(saves: Saves): Promise<void> {
    await this.tell(saves);
  }
}

/** Epoch milliseconds, a moment from now: for tasks that should begin together. */
export function soon(): number {
  return Date.now() + 15;
}
