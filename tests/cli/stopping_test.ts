/** What a command does that is stopped before it is done: how it ends, what it says, and what the next one finds. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { Desk } from "../support/program.ts";

const BIG = 200_000; // bytes

interface Registry extends AsyncDisposable {
  readonly port: number;
  readonly asked: string[];
  /** Sizes of blobs that arrived. */
  readonly stored: number[];
  /** Lets through what is held. */
  open(): void;
  /** So many big uploads are held at the same time. */
  held(count: number): Promise<void>;
  /** How many big uploads were held at the same time at most. */
  readonly most: () => number;
}

/** A registry that takes small blobs at once, and holds big ones until it is opened. */
function slowRegistry(options: { readonly downloads?: boolean } = {}): Registry {
  const asked: string[] = [];
  const stored: number[] = [];
  const blobs = new Map<string, Uint8Array<ArrayBuffer>>();
  const waiting = new Set<() => void>();
  let watch = (): void => {};
  let isOpen = false;
  let now = 0;
  let most = 0;
  const hold = async (): Promise<void> => {
    if (isOpen) return;
    now++;
    most = Math.max(most, now);
    const gone = new Promise<void>((resolve) => waiting.add(resolve));
    watch();
    await gone;
    now--;
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {}, onError: () => new Response(null, { status: 500 }) },
    async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      asked.push(`${request.method} ${pathname}`);
      const name = pathname.split("/").at(-1)!;
      if (pathname === "/v2/") return new Response("{}");
      if (request.method === "POST") {
        return new Response(null, {
          status: 202,
          headers: { location: `/v2/lab/model/blobs/uploads/${crypto.randomUUID()}` },
        });
      }
      if (request.method === "PUT") {
        if (options.downloads !== true && Number(request.headers.get("content-length")) >= BIG) await hold();
        let bytes: Uint8Array<ArrayBuffer>;
        try {
          bytes = await request.bytes();
        } catch (error) {
          if (error instanceof Error) return new Response(null, { status: 400 }); // the client has gone
          throw error;
        }
        stored.push(bytes.byteLength);
        blobs.set(pathname.includes("/manifests/") ? name : searchParams.get("digest")!, bytes);
        if (pathname.includes("/manifests/")) {
          const digest = `sha256:${
            [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))].map((byte) => byte.toString(16).padStart(2, "0")).join("")
          }`;
          blobs.set(digest, bytes);
          return new Response(null, { status: 201, headers: { "docker-content-digest": digest } });
        }
        return new Response(null, { status: 201 });
      }
      const bytes = blobs.get(name);
      if (bytes === undefined) return new Response("{}", { status: 404 });
      if (request.method === "GET" && options.downloads === true && bytes.byteLength >= BIG) await hold();
      const headers = { "content-length": String(bytes.byteLength), "content-type": "application/vnd.oci.image.manifest.v1+json" };
      return new Response(request.method === "HEAD" ? null : bytes, { headers });
    },
  );
  const open = (): void => {
    isOpen = true;
    for (const go of waiting) go();
    waiting.clear();
  };
  return {
    port: (server.addr as Deno.NetAddr).port,
    asked,
    stored,
    open,
    held: (count) =>
      new Promise((resolve) => {
        watch = () => waiting.size >= count ? resolve() : undefined;
        watch();
      }),
    most: () => most,
    async [Symbol.asyncDispose]() {
      open();
      await server.shutdown();
    },
  };
}

async function project(desk: Desk, port: number): Promise<void> {
  desk.write("model/a.txt", "a\n");
  for (const name of ["b", "c", "d"]) desk.write(`model/${name}.bin`, new Uint8Array(BIG).fill(name.charCodeAt(0)));
  await desk.mops(["init", ".", "--remote", `127.0.0.1:${port}/lab/model`], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
}

async function ended(child: Deno.ChildProcess): Promise<{ code: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await child.output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr).replace(INSPECTOR, "") };
}

/** Deno 2.9 takes SIGUSR1 for a wish to debug when it runs from source, as node does; the compiled program (2.6) does not. */
const INSPECTOR = /^(Debugger listening on|Visit chrome:\/\/inspect|Failed to start inspector).*\n/gm;

function nothingLeft(desk: Desk): void {
  const names = [...Deno.readDirSync(join(desk.path, "model/.modelops-bundle"))].map(({ name }) => name);
  assert.deepEqual(names.filter((name) => name === "lock" || name === "journal.json"), []);
}

for (const [name, code] of [["SIGUSR1", 6], ["SIGTERM", 143]] as const) {
  Deno.test(`${name} lets what was begun end, begins nothing new, and says what is left and how to go on`, async () => {
    using desk = new Desk();
    await using registry = slowRegistry();
    await project(desk, registry.port);
    const child = desk.start(["bundle", "push", "--max-concurrency", "1", "-m", "two words"], { cwd: "model" });
    await registry.held(1);
    const before = registry.asked.length;
    child.kill(name);
    await new Promise((resolve) => setTimeout(resolve, 200)); // the signal is there
    registry.open();
    const { code: found, stdout, stderr } = await ended(child);
    assert.equal(found, code, stderr);
    assert.equal(stdout, "");
    assert.match(
      stderr,
      new RegExp(
        `^error: stopped by ${name}; uploaded \\d+ of \\d+ files, \\d+ KiB of \\d+ KiB; \\d files?, \\d+ KiB are left\n` +
          `hint: mops bundle push --max-concurrency 1 -m 'two words'   \\(goes on from here\\)\n$`,
      ),
    );
    assert.deepEqual(registry.asked.slice(before), [], "the one that was held got its answer, and nothing else was asked");
    assert.equal(registry.stored.filter((size) => size === BIG).length, 1);
    assert.equal(registry.most(), 1);
    nothingLeft(desk);
    await desk.mops(["push"], { cwd: "model" });
    assert.equal((await desk.json(["status"], { cwd: "model" })).relation, "in-step");
  });
}

Deno.test("Ctrl-C stops at once, whatever is under way: exit 130, nothing tagged, no lock left", async () => {
  using desk = new Desk();
  await using registry = slowRegistry();
  await project(desk, registry.port);
  const child = desk.start(["bundle", "push", "--json", "--max-concurrency", "2"], { cwd: "model" });
  await registry.held(2);
  child.kill("SIGINT");
  const { code, stdout, stderr } = await ended(child);
  assert.equal(code, 130, stderr);
  assert.equal(stdout, "");
  const failure = JSON.parse(stderr.trim().split("\n").at(-1)!);
  assert.equal(failure.code, "interrupted");
  assert.equal(failure.facts.signal, "SIGINT");
  assert.equal(failure.facts.checkpoint, true);
  assert.equal(failure.facts.activity, "uploading");
  assert.ok(failure.facts.left.files >= 3 && failure.facts.left.bytes >= 2 * BIG, JSON.stringify(failure.facts));
  assert.equal(failure.hint, "mops bundle push --json --max-concurrency 2   (goes on from here)");
  assert.deepEqual(registry.asked.filter((line) => line.includes("/manifests/") && line.startsWith("PUT")), []);
  assert.equal(registry.most(), 2);
  nothingLeft(desk);
});

Deno.test("Ctrl-C cuts short the time that a first signal gave", async () => {
  using desk = new Desk();
  await using registry = slowRegistry();
  await project(desk, registry.port);
  const child = desk.start(["bundle", "push"], { cwd: "model" });
  await registry.held(3);
  child.kill("SIGUSR1");
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.kill("SIGINT");
  const { code, stderr } = await ended(child);
  assert.equal(code, 6, stderr); // the first reason counts
  assert.match(stderr, /^error: stopped by SIGUSR1; /);
  nothingLeft(desk);
});

Deno.test("a deadline ends a push that would never end: exit 6, with what is done, what is left, and the command that goes on", async () => {
  using desk = new Desk();
  await using registry = slowRegistry();
  await project(desk, registry.port);
  const at = new Date(Date.now() + 8_000).toISOString();
  const { code, stderr } = await ended(desk.start(["bundle", "push", "--deadline", at, "--progress", "json"], { cwd: "model" }));
  assert.equal(code, 6, stderr);
  const lines = stderr.trim().split("\n").map((line) => JSON.parse(line));
  const failure = lines.at(-1);
  assert.equal(failure.schema, "mops.failure");
  assert.equal(failure.facts.deadline, at);
  assert.match(failure.message, /^stopped ahead of the deadline \S+Z; uploaded \d+ of \d+ files/);
  assert.equal(failure.hint, "mops bundle push --progress json   (goes on from here)", "without the deadline that is past");
  nothingLeft(desk);
  registry.open();
  await desk.mops(["push", "--deadline", "1h"], { cwd: "model" });
});

Deno.test("a deadline that is past: exit 6, nothing is sent; the variable does the same, and is told apart from the option when it is wrong", async () => {
  using desk = new Desk();
  await using registry = slowRegistry();
  await project(desk, registry.port);
  const past = await desk.mops(["push", "--deadline", "2020-01-01T00:00Z"], { cwd: "model", expect: 6 });
  assert.match(past.stderr, /^error: stopped ahead of the deadline 2020-01-01T00:00Z; /);
  await desk.mops(["push"], { cwd: "model", env: { MOPS_DEADLINE: "2020-01-01T00:00Z" }, expect: 6 });
  assert.deepEqual(registry.stored, []);
  const wrong = await desk.mops(["push"], { cwd: "model", env: { MOPS_BANDWIDTH: "fast" }, expect: 2 });
  assert.match(wrong.stderr, /^error: MOPS_BANDWIDTH: "fast" is not a rate in bytes a second/);
  const option = await desk.mops(["push", "--bandwidth", "10Mbit"], { cwd: "model", expect: 2 });
  assert.match(option.stderr, /^error: --bandwidth: "10Mbit" is not a rate in bytes a second/);
});

Deno.test("Ctrl-C during a clone leaves no file of the bundle behind, and the same command clones it", async () => {
  using desk = new Desk();
  await using registry = slowRegistry({ downloads: true });
  await project(desk, registry.port);
  await desk.mops(["push"], { cwd: "model" });
  const clone = ["bundle", "pull", "--ref", `127.0.0.1:${registry.port}/lab/model:latest`, "--into", "copy"];
  const child = desk.start(clone);
  await registry.held(3);
  child.kill("SIGINT");
  const { code, stderr } = await ended(child);
  assert.equal(code, 130, stderr);
  assert.match(stderr, /^error: interrupted; downloaded \d+ of \d+ files, /);
  const there = [...Deno.readDirSync(join(desk.path, "copy"))].map(({ name }) => name);
  assert.deepEqual(there.filter((name) => name !== ".modelops-bundle"), [], "no file of the bundle");
  registry.open();
  await desk.run(clone);
  assert.deepEqual(Deno.readFileSync(join(desk.path, "copy/b.bin")), Deno.readFileSync(join(desk.path, "model/b.bin")));
});

Deno.test("Ctrl-C while a big file is hashed: exit 130, nothing is sent, no lock left, the books are as they were", async () => {
  using desk = new Desk();
  await using registry = slowRegistry();
  desk.write("model/a.txt", "a\n");
  desk.write("model/huge.bin", "");
  await desk.mops(["init", ".", "--remote", `127.0.0.1:${registry.port}/lab/model`], { cwd: "model" });
  await desk.mops(["add", "."], { cwd: "model" });
  Deno.truncateSync(join(desk.path, "model/huge.bin"), 64 * 1024 ** 3); // no block of it is on the disk
  const books = () => ["state.json", "tracked.txt"].map((name) => desk.read(`model/.modelops-bundle/${name}`));
  const before = books();
  const child = desk.start(["bundle", "push", "--progress", "json"], { cwd: "model" });
  const output = child.stderr.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  let pressed = false;
  for (;;) {
    const { done, value } = await output.read();
    if (done) break;
    said += value;
    const isUnderWay = said.includes('"kind":"progress","activity":"hashing"');
    if (isUnderWay && !pressed) child.kill("SIGINT");
    pressed ||= isUnderWay;
  }
  const { code } = await child.status;
  await child.stdout.cancel();
  assert.equal(code, 130, said);
  const failure = JSON.parse(said.trim().split("\n").at(-1)!);
  assert.equal(failure.facts.activity, "hashing");
  assert.ok(failure.facts.done.bytes > 0 && failure.facts.left.files >= 1, said);
  assert.match(failure.message, /^interrupted; hashed \d of \d files?, .* of 64 GiB; 1 file, 6\d GiB are left$/);
  assert.deepEqual(registry.stored, []);
  assert.deepEqual(books(), before);
  nothingLeft(desk);
});

Deno.test("a second Ctrl-C ends the process, whatever hangs", async () => {
  const room = new URL("../../src/cli/stopping.ts", import.meta.url).href;
  const program = `
    import { Stopping } from ${JSON.stringify(room)};
    const stopping = new Stopping(() => Deno.exit(130));
    stopping.listen();
    stopping.signal.addEventListener("abort", () => console.log("stopped"));
    console.log("ready");
    setInterval(() => {}, 1000); // never ends
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `data:application/typescript,${encodeURIComponent(program)}`],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = "";
  const until = async (word: string): Promise<void> => {
    while (!said.includes(word)) {
      const { done, value } = await output.read();
      assert.ok(!done, said);
      said += value;
    }
  };
  await until("ready");
  child.kill("SIGINT");
  await until("stopped");
  child.kill("SIGINT");
  assert.equal((await child.status).code, 130);
  await output.cancel();
});
