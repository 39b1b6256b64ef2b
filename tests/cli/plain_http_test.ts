/** Without TLS only this machine's own addresses are spoken to, unless somebody says otherwise. A proxy sees which of both is asked for. */
import assert from "node:assert/strict";
import { Desk } from "../support/program.ts";

/** Notes what it is asked for first on each connection, and refuses it. */
function refusingProxy(): AsyncDisposable & { readonly url: string; readonly asked: Set<string> } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked = new Set<string>();
  const running = (async () => {
    for await (const connection of listener) {
      using open = connection;
      const head = new Uint8Array(4096);
      const count = await open.read(head) ?? 0;
      asked.add(new TextDecoder().decode(head.subarray(0, count)).split("\r\n")[0]!.replace(/ HTTP.*$/, ""));
      await open.write(new TextEncoder().encode("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      listener.close();
      await running;
    },
  };
}

Deno.test("another machine is spoken to by TLS only, unless --insecure or MODELOPS_BUNDLE_INSECURE says otherwise", async () => {
  using desk = new Desk();
  const asks = async (args: readonly string[], env: Readonly<Record<string, string>>): Promise<string[]> => {
    await using proxy = refusingProxy();
    const { url } = proxy;
    await desk.mops(["manifest", "registry.example/lab/m:v1", ...args], {
      env: { HTTP_PROXY: url, HTTPS_PROXY: url, DENO_NO_UPDATE_CHECK: "1", ...env },
      expect: null,
    });
    return [...proxy.asked];
  };
  const tls = ["CONNECT registry.example:443"];
  assert.deepEqual(await asks([], {}), tls);
  assert.deepEqual(await asks([], { MODELOPS_BUNDLE_INSECURE: "false" }), tls);
  for (const plain of [await asks(["--insecure"], {}), await asks([], { MODELOPS_BUNDLE_INSECURE: "true" })]) {
    assert.ok(plain.length > 0 && plain.every((line) => / http:\/\/registry\.example\//.test(line)), plain.join("\n"));
  }
});
