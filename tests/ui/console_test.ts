import assert from "node:assert/strict";
import { usableWidth } from "../../src/ui/console.ts";

const here = new URL("../../src/ui/console.ts", import.meta.url).href;

/** Runs a line of code that has a `console` of ours, through a shell, so that its streams can be pipes that close early. */
async function shell(code: string, tail: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = `import { realConsole } from "${here}"; const c = realConsole({ env: {} }); ${code}`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(file, program);
    const config = new URL("../../deno.json", import.meta.url).pathname;
    const command = new Deno.Command("bash", {
      args: ["-c", `set -o pipefail; "$0" run -A --no-check --config "$1" "$2" ${tail}`, Deno.execPath(), config, file],
    });
    const result = await command.output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code: result.code, stdout: text(result.stdout), stderr: text(result.stderr) };
  } finally {
    await Deno.remove(file);
  }
}

Deno.test("a reader that goes away ends the output, not the program", async () => {
  const { code, stdout, stderr } = await shell(
    'for (let i = 0; i < 200000; i++) c.out("line " + i); c.err(`closed: ${c.outClosed}`); Deno.exitCode = 3;',
    "| head -n 2",
  );
  assert.equal(stdout, "line 0\nline 1\n");
  assert.equal(stderr, "closed: true\n");
  assert.equal(code, 3);
});

Deno.test("pipes get every byte, no styles and 80 columns", async () => {
  const { stdout, stderr } = await shell(
    'c.out("a\\r\\x1b"); c.outBytes(new Uint8Array([0, 255, 10])); c.err(JSON.stringify([c.width, c.colour, c.isTerminal, c.screen ?? null]));',
    "| od -An -tx1 </dev/stdin",
  );
  assert.equal(stdout.replace(/\s+/g, " ").trim(), "61 0d 1b 0a 00 ff 0a");
  assert.equal(stderr, '[80,false,{"out":false,"err":false},null]\n');
});

Deno.test("a terminal that knows no columns has 80", () => {
  assert.equal(usableWidth(0), 80);
  assert.equal(usableWidth(NaN), 80);
  assert.equal(usableWidth(61), 61);
});
