/** CPython as the judge of texts, where there is one. */
const decoder = new TextDecoder();

/** [3, 11] of the `python3` on the path; null where there is none. */
export function pythonVersion(): readonly [number, number] | null {
  try {
    const { success, stdout } = new Deno.Command("python3", { args: ["-c", "import sys; print(*sys.version_info[:2])"], stderr: "null" })
      .outputSync();
    const [major, minor] = decoder.decode(stdout).trim().split(" ").map(Number);
    return success ? [major!, minor!] : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** Texts to lines of JSON by a Python function `judge(text)`, in one process. */
export async function judged<T>(texts: readonly string[], judge: string): Promise<T[]> {
  const program = `
import ast, json, sys, warnings
warnings.simplefilter("ignore")
${judge}
for line in sys.stdin:
    print(json.dumps(judge(json.loads(line))))
`;
  const child = new Deno.Command("python3", {
    args: ["-X", "utf8", "-c", program],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(texts.map((text) => `${JSON.stringify(text)}\n`).join("")));
  await writer.close();
  const { success, stdout } = await output;
  if (!success) throw new Error("python3 failed");
  return decoder.decode(stdout).trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as T);
}

/** null: accepted; else what CPython's parser says. */
export const PARSES = `
def judge(text):
    try:
        ast.parse(text)
        return None
    except (SyntaxError, ValueError) as error:
        return str(error)
`;

/** null: the file could be imported as far as its text goes; else what CPython's compiler says. */
export const COMPILES = PARSES.replace("ast.parse(text)", 'compile(text, "x.py", "exec")');
