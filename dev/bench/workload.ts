/** The folders that every tool gets: the same bytes in every run, and none that a compressor makes smaller. */
import { createCipheriv } from "node:crypto";

export interface Workload {
  readonly files: number;
  /** Bytes of each. */
  readonly size: number;
}

const PIECE = 4 << 20;

/** @param folder is made if it is not there. */
export function makeWorkload(folder: string, workload: Workload): void {
  Deno.mkdirSync(folder, { recursive: true });
  const random = randomBytes();
  for (let number = 0; number < workload.files; number++) {
    if (number % 100 === 0) Deno.mkdirSync(`${folder}/${directoryOf(number)}`, { recursive: true });
    using file = Deno.openSync(`${folder}/${pathOf(number)}`, { write: true, createNew: true });
    for (let rest = workload.size; rest > 0; rest -= PIECE) writeWhole(file, random(Math.min(rest, PIECE)));
  }
  settle(folder, workload);
}

export function workloadPaths({ files }: Workload): string[] {
  return Array.from({ length: files }, (_, number) => pathOf(number));
}

/** Writes other bytes into the middle of `count` files, spread over the folder; other ones for every `salt`. */
export function changeSome(folder: string, workload: Workload, count: number, salt: number): void {
  for (let one = 0; one < count; one++) {
    const path = `${folder}/${pathOf(Math.floor((one * workload.files) / count))}`;
    using file = Deno.openSync(path, { write: true });
    file.seekSync(workload.size >> 1, Deno.SeekMode.Start);
    writeWhole(file, new TextEncoder().encode(`${salt}`));
    file.close();
    age(path);
  }
}

/** @throws Error when `copy` does not hold every byte of `folder`: a fast tool that loses files wins nothing. */
export async function checkCopy(folder: string, copy: string): Promise<void> {
  const args = ["-rq", "-x", ".modelops-bundle", "-x", ".git", "-x", ".modelopsignore", "-x", ".gitignore", folder, copy];
  const { code, stdout, stderr } = await new Deno.Command("diff", { args, stdin: "null" }).output();
  if (code === 0) return;
  throw new Error(`what came back is not what was put in: ${new TextDecoder().decode(code === 1 ? stdout : stderr).slice(0, 500)}`);
}

/** Files as old as a user's are: no tool need distrust their times. */
function settle(folder: string, workload: Workload): void {
  for (let number = 0; number < workload.files; number++) age(`${folder}/${pathOf(number)}`);
}

function age(path: string): void {
  const old = (Date.now() - 60_000) / 1000;
  Deno.utimeSync(path, old, old);
}

function directoryOf(number: number): string {
  return `data/d${String(Math.floor(number / 100)).padStart(4, "0")}`;
}

function pathOf(number: number): string {
  return `${directoryOf(number)}/f${String(number).padStart(6, "0")}.bin`;
}

function writeWhole(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.byteLength;) done += file.writeSync(bytes.subarray(done));
}

/** A stream of bytes that is the same in every run: a cipher over zeros, with a key that is no secret. */
function randomBytes(): (count: number) => Uint8Array {
  const cipher = createCipheriv("aes-128-ctr", new Uint8Array(16).fill(5), new Uint8Array(16));
  return (count) => cipher.update(new Uint8Array(count));
}
