/** Temporary folders for tests, removed afterwards whatever happens. */
import { join } from "node:path";

/** Runs `work` in a folder of its own. */
export async function inFolder(work: (folder: string) => void | Promise<void>): Promise<void> {
  const folder = Deno.realPathSync(Deno.makeTempDirSync());
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Names in a folder, sorted. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

export function writeFile(folder: string, path: string, content: string | Uint8Array): string {
  const file = join(folder, path);
  Deno.mkdirSync(join(file, ".."), { recursive: true });
  if (typeof content === "string") Deno.writeTextFileSync(file, content);
  else Deno.writeFileSync(file, content);
  return file;
}

/** Makes a file look as if it had been written an hour ago. */
export function age(file: string, seconds = 3600): void {
  const time = new Date(Date.now() - seconds * 1000);
  Deno.utimeSync(file, time, time);
}
