/** Pipes and terminals: who reads what, and in which dress. */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";
import { Shell } from "../support/shell.ts";

// deno-lint-ignore no-control-regex -- that is what they are
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/;

async function project(shell: Shell): Promise<void> {
  await shell.run("mkdir p && cd p && printf 'x = 1\\n' > x.py && mops bundle init . && mops bundle add . && mops bundle push");
  assert.ok(shell.standing.endsWith("/p"));
  await shell.run("printf 'x = 2\\n' > x.py");
}

Deno.test("in pipes: no control characters, results on stdout, the rest on stderr", async () => {
  using desk = new Desk();
  const shell = new Shell(desk);
  await project(shell);
  for (const command of ["status", "diff", "diff -p", "push --dry-run", "manifest", "manifest latest", "log", "env show", "add ."]) {
    const { code, stdout, stderr } = await shell.run(`mops bundle ${command} | cat`);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout + stderr, CONTROL, command);
    assert.notEqual(stdout, "", command);
    assert.equal(stderr, "", command);
  }
  const refused = await shell.run("mops bundle manifest v9 2>log; cat log >&2");
  assert.equal(refused.stdout, "");
  assert.match(refused.stderr, /^error: /);
  assert.doesNotMatch(refused.stderr, CONTROL);
});

Deno.test("a reader that goes away ends the output, not the work", async () => {
  using desk = new Desk();
  const shell = new Shell(desk);
  await project(shell);
  assert.equal((await shell.run("mops bundle manifest latest --full | head -1")).stderr, "");
  const { stdout, stderr } = await shell.run("mops bundle push | head -1 && mops bundle status --check > /dev/null && echo pushed");
  assert.match(stdout, /pushed\n$/);
  assert.equal(stderr, "");
  const closed = await shell.run("mops bundle status >&-");
  assert.equal(closed.code === 0 || closed.code === 70, true);
});

Deno.test({
  name: "JSON is read by python's json.tool",
  ignore: !await canRun("python3"),
  fn: async () => {
    using desk = new Desk();
    const shell = new Shell(desk);
    await project(shell);
    for (const command of ["status", "push --dry-run", "manifest", "manifest latest", "diff -p", "env show", "log", "push", "pull"]) {
      const { code, stderr } = await shell.run(`mops bundle ${command} --json | python3 -m json.tool > /dev/null`);
      assert.deepEqual([code, stderr], [0, ""], command);
    }
  },
});

Deno.test({
  name: "on a terminal there are colours, unless NO_COLOR, --no-color or TERM=dumb say no",
  ignore: Deno.build.os !== "linux" || !await canRun("script"),
  fn: async () => {
    using desk = new Desk();
    const shell = new Shell(desk);
    await project(shell);
    const onTerminal = async (line: string) => (await shell.run(`script -qec "${line}" /dev/null < /dev/null`)).stdout;
    assert.ok((await onTerminal("TERM=xterm mops bundle status")).includes("\u001b[33m"));
    for (
      const plain of [
        "NO_COLOR=1 TERM=xterm mops bundle status",
        "TERM=xterm mops bundle status --no-color",
        "TERM=dumb mops bundle status",
      ]
    ) {
      const output = (await onTerminal(plain)).replaceAll("\r\n", "\n");
      assert.doesNotMatch(output, CONTROL, plain);
      assert.match(output, /M {2}modified {2}x\.py/);
    }
    assert.ok((await onTerminal("NO_COLOR= TERM=xterm mops bundle status")).includes("\u001b["), "set but empty does not count");
    const hostile = await onTerminal("touch 'a\u009bb' && TERM=xterm mops bundle status --untracked --no-color");
    assert.doesNotMatch(hostile, /\u009b/);
  },
});

Deno.test({
  name: "narrow terminals lose no digest and no reference",
  ignore: Deno.build.os !== "linux" || !await canRun("script"),
  fn: async () => {
    using desk = new Desk();
    const shell = new Shell(desk);
    await project(shell);
    const { digest } = JSON.parse((await shell.run("mops bundle manifest latest --json")).stdout);
    for (const columns of [80, 60, 40]) {
      const line =
        `stty cols ${columns}; mops bundle manifest --no-color; mops bundle manifest latest --full --no-color; mops bundle env show --no-color`;
      const { stdout } = await shell.run(`script -qec '${line}' /dev/null < /dev/null`);
      assert.equal(stdout.split(digest).length, 4, `${columns} columns: the digest of the tag, the reference and the bundle`);
      assert.ok(stdout.includes(`oci:${desk.home}/.local/share/mops/bundles/p`));
    }
  },
});

Deno.test("a remote that never answers costs status two seconds, and is no error", async () => {
  using desk = new Desk();
  desk.write("p/x.py", "x = 1\n");
  await desk.mops(["init", "."], { cwd: "p" });
  using silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of silent) held.push(connection);
  })().catch(() => {});
  const began = performance.now();
  const status = await desk.json(["status", "--remote", `localhost:${silent.addr.port}/lab/p`], { cwd: "p" });
  const seconds = (performance.now() - began) / 1000;
  assert.equal(status.relation, "unreachable");
  assert.match(status.reason, /no answer within 2 s|did not answer in time/);
  assert.ok(seconds < 6, `${seconds} s`);
  assert.equal(
    (await desk.mops(["status", "--check", "--remote", `localhost:${silent.addr.port}/lab/p`], { cwd: "p", expect: 6 })).stderr,
    "",
  );
  for (const connection of held) connection.close();
  silent.close();
  await accepting;
});

async function canRun(program: string): Promise<boolean> {
  try {
    await new Deno.Command(program, { args: ["--version"], stdout: "null", stderr: "null", stdin: "null" }).output();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("a result that cannot be written is a failure with a reason, and no bug", { ignore: Deno.build.os !== "linux" }, async () => {
  using desk = new Desk();
  const shell = new Shell(desk);
  await project(shell);
  for (const command of ["status", "status --json", "version"]) {
    const { code, stderr } = await shell.run(`mops bundle ${command} > /dev/full`);
    assert.equal(code, 8, `${command}: ${stderr}`);
    if (!command.includes("--json")) assert.match(stderr, /^error: cannot write the result: /);
  }
  assert.equal((await shell.run("mops version > /dev/full")).code, 8);
  assert.equal((await shell.run("mops bundle show latest:nothing 2> /dev/full")).code, 4);
});
