/**
 * The `console` blocks of a page, as what they are: commands after `$ `, their expected output below them. `# exit 3` at the end of a
 * command says how it ends (it is a comment for the shell, too). In expected output, `…` stands for any text, and on a line of its own
 * for any lines.
 */

export interface Step {
  readonly command: string;
  readonly exit: number;
  readonly expected: readonly string[];
  /** Of the command, from 1. */
  readonly line: number;
}

export function stepsOf(page: string): Step[] {
  const steps: { command: string; exit: number; expected: string[]; line: number }[] = [];
  let inside = false;
  for (const [index, line] of page.split("\n").entries()) {
    if (line.startsWith("```")) inside = !inside && line === "```console";
    else if (!inside) continue;
    else if (line.startsWith("$ ")) {
      const exit = Number(/# exit (\d+)$/.exec(line)?.[1] ?? 0);
      steps.push({ command: line.slice(2), exit, expected: [], line: index + 1 });
    } else {
      const step = steps.at(-1);
      if (step === undefined) throw new Error(`line ${index + 1}: output before the first command`);
      step.expected.push(line);
    }
  }
  return steps.map((step) => ({ ...step, expected: withoutBlankEnds(step.expected) }));
}

/** Whether output is what the page says; compared line by line, blank lines left aside. */
export function matches(expected: readonly string[], output: string): boolean {
  const pattern = expected.filter((line) => line !== "").map((line) => line === "…" ? "(?:.*\n)*" : `${pieces(line)}\n`).join("");
  const lines = output.split("\n").map((line) => line.trimEnd()).filter((line) => line !== "");
  return new RegExp(`^${pattern}$`).test(lines.map((line) => `${line}\n`).join(""));
}

function pieces(line: string): string {
  return line.trimEnd().split("…").map((piece) => piece.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")).join(".*");
}

function withoutBlankEnds(lines: string[]): string[] {
  const kept = [...lines];
  while (kept.at(-1) === "") kept.pop();
  return kept;
}
