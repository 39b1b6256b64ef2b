/** The lines that make git ignore a project's local files, and only those: the three files that travel stay versioned (D3). */

const LINES = [
  "/.modelops-bundle/*",
  "!/.modelops-bundle/config.yaml",
  "!/.modelops-bundle/manifest.yaml",
  "!/.modelops-bundle/registry.yaml",
];

/** The text with our lines in it; the same text when they are there. A line of the Python tool that hides everything gives way to them. */
export function gitignoreWith(text: string | null): string {
  const lines = (text ?? "").split("\n");
  if (LINES.every((line) => lines.includes(line))) return text!;
  const kept = lines.filter((line) => !/^\/?\.modelops-bundle\/?$/.test(line.trim()) && !LINES.includes(line));
  while (kept.length > 0 && kept.at(-1) === "") kept.pop();
  return [...kept, ...(kept.length > 0 ? [""] : []), "# mops: what is local to this folder stays out of git", ...LINES, ""].join("\n");
}
