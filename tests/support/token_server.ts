/**
 * A token server (distribution, "Token Authentication Specification") for tests: signs RS256 tokens that docker-registry believes.
 * Users and their rights are given; nobody may do anything else.
 */
import { Buffer } from "node:buffer";
import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from "node:crypto";
import { join } from "node:path";

export interface TokenServer extends AsyncDisposable {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** File with the certificate that signs. */
  readonly certificate: string;
  /** When the newest token was or will be over, for the registry too (milliseconds since the epoch). */
  readonly end: number;
  /** Every request, without its credentials. */
  readonly asked: { readonly user: string | null; readonly scopes: readonly string[]; readonly grant: string | null }[];
}

export interface TokenServerOptions {
  /** Rights by user name; "" is whoever shows no credential. */
  readonly rights: Readonly<Record<string, readonly string[]>>;
  readonly passwords: Readonly<Record<string, string>>;
  /** Refresh tokens and whose they are. */
  readonly refreshTokens?: Readonly<Record<string, string>>;
  /** Seconds. Default 300. */
  readonly life?: number;
  /** Seconds, as the answer tells it to the client. Default: the truth. */
  readonly toldLife?: number;
  /** Seconds for which the registry believes a token after its end, taken off here. Default 0; docker-registry has 60. */
  readonly leeway?: number;
}

const ISSUER = "mops-test-issuer";
const SERVICE = "mops-test";

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const folder = await Deno.makeTempDir({ prefix: "mops-token-" });
  const { key, certificate } = await makeCertificate(folder);
  const asked: { user: string | null; scopes: readonly string[]; grant: string | null }[] = [];
  let end = 0;
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const form = request.method === "POST" ? new URLSearchParams(await request.text()) : new URL(request.url).searchParams;
    const scopes = form.getAll("scope").flatMap((scope) => scope.split(" "));
    const user = whoAsks(request, form, options);
    asked.push({ user, scopes, grant: form.get("grant_type") });
    if (user === null) return Response.json({ errors: [{ code: "UNAUTHORIZED", message: "wrong password" }] }, { status: 401 });
    const rights = options.rights[user] ?? [];
    const access = scopes.map((scope) => {
      const [type, name, actions] = scope.split(":");
      return { type, name, actions: (actions ?? "").split(",").filter((action) => rights.includes(action)) };
    });
    const life = options.life ?? 300;
    const token = makeToken(key, certificate, user, access, life - (options.leeway ?? 0));
    end = Date.now() + life * 1000;
    const expires_in = options.toldLife ?? life;
    return Response.json(request.method === "POST" ? { access_token: token, expires_in } : { token, expires_in });
  });
  return {
    realm: `http://127.0.0.1:${server.addr.port}/token`,
    service: SERVICE,
    issuer: ISSUER,
    certificate: join(folder, "token.pem"),
    asked,
    get end() {
      return end;
    },
    async [Symbol.asyncDispose]() {
      await server.shutdown();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** null: the credential is wrong. */
function whoAsks(request: Request, form: URLSearchParams, options: TokenServerOptions): string | null {
  if (form.get("grant_type") === "refresh_token") return options.refreshTokens?.[form.get("refresh_token") ?? ""] ?? null;
  const header = request.headers.get("authorization");
  if (header === null) return "";
  const [user = "", ...rest] = Buffer.from(header.replace(/^Basic /, ""), "base64").toString().split(":");
  return options.passwords[user] === rest.join(":") ? user : null;
}

function makeToken(key: string, certificate: string, subject: string, access: unknown, life: number): string {
  const now = Math.floor(Date.now() / 1000);
  const x5c = [certificate.replace(/-----[A-Z ]+-----|\s/g, "")];
  const head = { alg: "RS256", typ: "JWT", kid: keyId(key), x5c };
  const body = { iss: ISSUER, sub: subject, aud: SERVICE, exp: now + life, nbf: now - 10, iat: now, jti: randomUUID(), access };
  const text = [head, body].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), createPrivateKey(key)).toString("base64url")}`;
}

/** How docker-registry names a key: base32 of the first 30 bytes of the hash of its public half, in groups of four. */
function keyId(key: string): string {
  const spki = createPublicKey(key).export({ type: "spki", format: "der" });
  const bytes = createHash("sha256").update(spki).digest().subarray(0, 30);
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const letters = bits.match(/.{5}/g)!.map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[parseInt(five, 2)]).join("");
  return letters.match(/.{4}/g)!.join(":");
}

async function makeCertificate(folder: string): Promise<{ key: string; certificate: string }> {
  const [keyFile, certificateFile] = [join(folder, "token.key"), join(folder, "token.pem")];
  await openssl(
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-keyout",
    keyFile,
    "-out",
    certificateFile,
    "-days",
    "2",
    "-subj",
    "/CN=token",
  );
  return { key: await Deno.readTextFile(keyFile), certificate: await Deno.readTextFile(certificateFile) };
}

/** A private CA and a certificate of it for this machine: files, and the CA's text. */
export async function makeTls(folder: string): Promise<{ readonly certificate: string; readonly key: string; readonly ca: string }> {
  const file = (name: string) => join(folder, name);
  const [ca, caKey, key, request, certificate, extensions] = ["ca.pem", "ca.key", "tls.key", "tls.csr", "tls.pem", "tls.ext"].map(file) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  await openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", caKey, "-out", ca, "-days", "2", "-subj", "/CN=mops test CA");
  await openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=localhost");
  await Deno.writeTextFile(extensions, "basicConstraints=CA:FALSE\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n");
  const sign = ["x509", "-req", "-in", request, "-CA", ca, "-CAkey", caKey, "-CAcreateserial", "-days", "2", "-extfile", extensions];
  await openssl(...sign, "-out", certificate);
  return { certificate, key, ca: await Deno.readTextFile(ca) };
}

async function openssl(...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("openssl", { args, stdin: "null", stdout: "null", stderr: "piped" }).output();
  if (!success) throw new Error(`openssl ${args[0]}: ${new TextDecoder().decode(stderr)}`);
}
