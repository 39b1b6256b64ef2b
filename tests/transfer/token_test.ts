/**
 * A token that ends while a big file is on its way, at a real registry with a real token server: whole commands as processes, and the bytes
 * on the line are counted. The line holds the file up until the registry would refuse the token, however fast this machine is.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { hashFile } from "../../src/disk/hash_file.ts";
import { openLine } from "../support/line.ts";
import { serverTest, startDockerRegistry } from "../support/servers.ts";
import { startTokenServer, type TokenServer } from "../support/token_server.ts";
import { Desk } from "./desk.ts";

const MiB = 1024 * 1024;
/** More than a piece (128 MiB) of a blob that goes in pieces. */
const SIZE = 160 * MiB;
/** What may be under way in the system's buffers when an answer ends the sending (bytes). */
const UNDER_WAY = 12 * MiB;

/** Holds one way of a line after so many bytes, once, until no token is good any more. */
function holding(tokens: TokenServer, way: "up" | "down", place: number): (up: number, down: number) => Promise<void> | void {
  let held = false;
  return (up, down) => {
    if (held || (way === "up" ? up : down) < place) return;
    held = true;
    return new Promise((resolve) => setTimeout(resolve, Math.max(0, tokens.end - Date.now()) + 1500)); // the registry counts in whole seconds
  };
}

const PASSWORD = "pa55";

serverTest(
  "a token that ends in the middle of a big file, though it was said to live for an hour: up and down, it goes on where it was",
  "docker-registry",
  async () => {
    using desk = new Desk(SIZE);
    await using tokens = await startTokenServer({
      rights: { me: ["pull", "push"] },
      passwords: { me: PASSWORD },
      life: 4,
      toldLife: 3600,
      leeway: 60,
    });
    await using server = await startDockerRegistry({ token: tokens });
    await using up = openLine(server.host, { onBytes: holding(tokens, "up", SIZE / 2) });
    desk.variables = { REGISTRY_USERNAME: "me", REGISTRY_PASSWORD: PASSWORD };
    await desk.run(desk.project, "init", ".", "--remote", `${up.host}/me/big`);
    await desk.run(desk.project, "add", ".");
    await desk.run(desk.project, "push");
    const askedUp = tokens.asked.length;
    assert.ok(up.up <= SIZE + UNDER_WAY, `${up.up} bytes went up for ${SIZE}`);

    // Cut after the wait: what follows needs a token again.
    await using down = openLine(server.host, { cutAfter: SIZE / 2, onBytes: holding(tokens, "down", SIZE / 2) });
    await desk.run(desk.path, "pull", "--ref", `${down.host}/me/big:latest`, "--into", "clone");
    const askedDown = tokens.asked.length - askedUp;
    assert.ok(down.down <= SIZE + UNDER_WAY, `${down.down} bytes came down for ${SIZE}`);
    assert.ok(askedUp >= 2 && askedDown >= 2, `a new one is asked for in each direction: ${askedUp} and ${askedDown}`);
    const [sent, got] = await Promise.all([desk.project, join(desk.path, "clone")].map((folder) => hashFile(join(folder, "big.bin"))));
    assert.equal(got!.digest, sent!.digest);
    const [sentTimes, gotTimes] = [up.up, down.down].map((bytes) => (bytes / SIZE).toFixed(3));
    console.log(`a token that ends: ${sentTimes} × up with ${askedUp} tokens, ${gotTimes} × down with ${askedDown}`);
  },
);
