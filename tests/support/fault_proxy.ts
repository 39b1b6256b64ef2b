/**
 * A TCP proxy on this machine that does one thing wrong, at one byte: for what lines do to those who speak over them. Between faults it
 * passes every byte as it comes. It listens on loopback only, and ends with everything that goes through it.
 */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type Way = "up" | "down";

/**
 * "cut": both ends are closed. "reset": both get an RST. "stall": nothing moves that way any more. "drip": the next 60 bytes come one by
 * one. "flip": one bit of one byte is another one. "truncate": the bytes that way end there, as if that were all.
 */
export type FaultKind = "cut" | "reset" | "stall" | "drip" | "flip" | "truncate";

export interface Fault {
  readonly kind: FaultKind;
  /** "up": to the server. */
  readonly way: Way;
  /** After so many bytes that way, counted over all connections since the fault was set. */
  readonly at: number;
  /** After each so many more bytes it happens again; null: once. */
  readonly again: number | null;
}

const DRIP_BYTES = 60;
const DRIP_PAUSE = 5; // ms

export class FaultProxy implements AsyncDisposable {
  readonly #open = new Set<Socket>();
  #server = createServer({ allowHalfOpen: true });
  #fault: Fault | null = null;
  #next = Infinity;
  /** Bytes since the fault was set. */
  moved: Record<Way, number> = { up: 0, down: 0 };
  /** How often the fault happened. */
  struck = 0;

  private constructor(readonly target: { readonly hostname: string; readonly port: number }) {}

  /** @param host `localhost:41234` */
  static async before(host: string): Promise<FaultProxy> {
    const [hostname = "", port = ""] = host.split(":");
    const proxy = new FaultProxy({ hostname: hostname === "localhost" ? "127.0.0.1" : hostname, port: Number(port) });
    proxy.#server.on("connection", (client) => void proxy.#serve(client));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get host(): string {
    return `localhost:${(this.#server.address() as { port: number }).port}`;
  }

  /** null: an honest line from now on. What stood still or dripped ends. */
  set(fault: Fault | null): void {
    for (const socket of this.#open) socket.destroy();
    this.#fault = fault;
    this.#next = fault?.at ?? Infinity;
    this.moved = { up: 0, down: 0 };
    this.struck = 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.set(null);
    this.#server.close();
    await once(this.#server, "close");
  }

  async #serve(client: Socket): Promise<void> {
    const server = connect({ host: this.target.hostname, port: this.target.port, allowHalfOpen: true });
    for (const socket of [client, server]) {
      this.#open.add(socket);
      socket.on("error", () => socket.destroy()); // either side may go away at any time
      socket.on("close", () => this.#open.delete(socket));
    }
    await Promise.all([this.#pass("up", client, server), this.#pass("down", server, client)]);
  }

  async #pass(way: Way, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const chunk of from) {
        if (await this.#move(way, chunk, from, to) === "ended") return;
      }
      to.end();
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      from.destroy();
      to.destroy();
    }
  }

  async #move(way: Way, chunk: Uint8Array, from: Socket, to: Socket): Promise<"passed" | "ended"> {
    const fault = this.#fault;
    const until = this.#next - this.moved[way];
    if (fault === null || fault.way !== way || until >= chunk.byteLength) {
      this.moved[way] += chunk.byteLength;
      await write(to, chunk);
      return "passed";
    }
    this.struck++;
    const [before, after] = [chunk.subarray(0, until), chunk.subarray(until)];
    this.#next = fault.again === null ? Infinity : this.#next + Math.max(1, fault.again);
    this.moved[way] += before.byteLength;
    if (before.byteLength > 0) await write(to, before);
    switch (fault.kind) {
      case "cut":
        from.destroy();
        to.destroy();
        return "ended";
      case "reset":
        from.resetAndDestroy();
        to.resetAndDestroy();
        return "ended";
      case "truncate":
        to.end();
        for await (const _ of from); // heard, and passed to nobody
        return "ended";
      case "stall":
        await new Promise((resolve) => from.once("close", resolve).once("end", resolve));
        return "ended";
      case "flip":
        after[0]! ^= 1;
        return await this.#move(way, after, from, to);
      case "drip": {
        const slow = after.subarray(0, DRIP_BYTES);
        for (let at = 0; at < slow.byteLength; at++) {
          await write(to, slow.subarray(at, at + 1));
          await new Promise((resolve) => setTimeout(resolve, DRIP_PAUSE));
        }
        this.moved[way] += slow.byteLength;
        return after.byteLength === slow.byteLength ? "passed" : await this.#move(way, after.subarray(DRIP_BYTES), from, to);
      }
    }
  }
}

async function write(to: Socket, bytes: Uint8Array): Promise<void> {
  if (to.destroyed) throw new Error("the other side is gone");
  if (to.write(bytes)) return;
  await Promise.race([once(to, "drain"), once(to, "close")]);
}
