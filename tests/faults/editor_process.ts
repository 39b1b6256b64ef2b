/**
 * An editor at work in a project folder, as a process of its own: at each line on stdin it saves each file that the line names once, in one
 * manner, in a short while. It answers when all are saved.
 */
import { TextLineStream } from "./text_lines.ts";

export interface Saves {
  readonly manner: "overwrite" | "rename" | "append";
  /** Absolute. */
  readonly files: readonly string[];
  readonly text: string;
  /** Between two files (ms). */
  readonly pause: number;
  /** Epoch milliseconds. */
  readonly when: number;
}

if (import.meta.main) {
  for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream()).pipeThrough(new TextLineStream())) {
    const { manner, files, text, pause, when } = JSON.parse(line) as Saves;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, when - Date.now())));
    for (const file of files) {
      if (manner === "overwrite") Deno.writeTextFileSync(file, text);
      else if (manner === "append") Deno.writeTextFileSync(file, text, { append: true });
      else {
        Deno.writeTextFileSync(`${file}~`, text);
        Deno.renameSync(`${file}~`, file);
      }
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
    console.log("{}");
  }
}
