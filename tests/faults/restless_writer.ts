/**
 * A worker that changes files while others read them, in the ways of editors, simulations and restorers of old times. It keeps a log of
 * every state that a file ever had, by digest: what is in no log was never there.
 */
import { createHash } from "node:crypto";
import { Chance } from "../support/torture.ts";

export interface Orders {
  readonly root: string;
  /** path → bytes that it has at the beginning. */
  readonly files: Readonly<Record<string, number>>;
  readonly seed: number;
  /** One number: 1 while it may write, 0 while it must not. */
  readonly gate: SharedArrayBuffer;
}

/** path → digests of all states; sent whenever the gate is found closed. */
export interface Log {
  readonly states: Readonly<Record<string, readonly string[]>>;
  readonly writes: number;
}

const WAYS = ["truncate and write", "rename over", "append", "overwrite, time set back"] as const;

const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<Orders>) => void;
  postMessage(log: Log): void;
  close(): void;
};
scope.onmessage = ({ data }) => work(data);

function work({ root, files, seed, gate }: Orders): void {
  const chance = new Chance(seed);
  const open = new Int32Array(gate);
  const paths = Object.keys(files);
  const now = new Map<string, Uint8Array<ArrayBuffer>>();
  const states = new Map<string, Set<string>>(paths.map((path) => [path, new Set()]));
  const had = (path: string, bytes: Uint8Array<ArrayBuffer>) => {
    now.set(path, bytes);
    states.get(path)!.add(`sha256:${createHash("sha256").update(bytes).digest("hex")}`);
  };
  const fresh = (size: number) => {
    const bytes = new Uint8Array(size);
    const word = new TextEncoder().encode(`${chance.next()}\n`);
    for (let at = 0; at < size; at += word.length) bytes.set(word.subarray(0, Math.min(word.length, size - at)), at);
    return bytes;
  };
  const past = new Date(1_700_000_000_000);
  for (const path of paths) {
    had(path, fresh(files[path]!));
    Deno.writeFileSync(`${root}/${path}`, now.get(path)!);
    Deno.utimeSync(`${root}/${path}`, past, past);
  }
  let writes = 0;
  while (true) {
    if (Atomics.load(open, 0) === 0) {
      scope.postMessage({ states: Object.fromEntries([...states].map(([path, all]) => [path, [...all]])), writes });
      Atomics.wait(open, 0, 0);
      continue;
    }
    if (Atomics.load(open, 0) === 2) return scope.close();
    const path = chance.pick(paths);
    const file = `${root}/${path}`;
    const before = now.get(path)!;
    writes++;
    switch (chance.pick(WAYS)) {
      case "truncate and write": {
        using handle = Deno.openSync(file, { write: true, truncate: true });
        had(path, new Uint8Array(0));
        const next = fresh(files[path]!);
        const middle = chance.below(next.length);
        for (const [from, to] of [[0, middle], [middle, next.length]] as const) {
          writeAll(handle, next.subarray(from, to));
          had(path, next.slice(0, to));
        }
        break;
      }
      case "rename over": {
        const next = fresh(1 + chance.below(2 * files[path]!));
        Deno.writeFileSync(`${root}/.modelops-bundle/.next`, next);
        had(path, next); // logged before it is so: a reader may be faster than this line
        Deno.renameSync(`${root}/.modelops-bundle/.next`, file);
        break;
      }
      case "append": {
        if (before.length > 4 * files[path]!) break;
        const more = fresh(1 + chance.below(300));
        const next = new Uint8Array(before.length + more.length);
        next.set(before);
        next.set(more, before.length);
        had(path, next);
        using handle = Deno.openSync(file, { append: true });
        writeAll(handle, more);
        break;
      }
      case "overwrite, time set back": {
        const next = fresh(before.length);
        had(path, next);
        using handle = Deno.openSync(file, { write: true });
        writeAll(handle, next);
        Deno.utimeSync(file, past, past);
        break;
      }
    }
    if (chance.below(3) > 0) Atomics.wait(open, 0, 1, chance.below(40));
  }
}

function writeAll(handle: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += handle.writeSync(bytes.subarray(done));
}
