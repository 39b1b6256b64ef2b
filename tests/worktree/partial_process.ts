/** Takes a partial when it is told to, and says how much was in it. */
import { parseDigest } from "../../src/base/digest.ts";
import { lstatIfThere } from "../../src/disk/file_stamp.ts";
import { takePartial } from "../../src/worktree/partials.ts";

const [folder, digest] = Deno.args;
await Deno.stdin.read(new Uint8Array(1));
console.log(lstatIfThere(takePartial(folder!, parseDigest(digest!)))?.size ?? 0);
await Deno.stdin.read(new Uint8Array(1)); // alive until the others have tried
