/**
 * Which proxy a request goes through, from the values of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY (either case). The rules are
 * curl's, so that uploads and `fetch`, which reads the same variables itself, take the same road.
 */
import { Failure } from "../base/failure.ts";

export type ProxyVariables = Readonly<Record<string, string | undefined>>;

/** null: straight to the host. @throws Failure("usage") for a proxy that is no http:// URL. */
export function proxyFor(url: URL, variables: ProxyVariables): URL | null {
  const names = url.protocol === "https:" ? ["HTTPS_PROXY", "ALL_PROXY"] : ["HTTP_PROXY", "ALL_PROXY"];
  const name = names.find((candidate) => valueOf(variables, candidate) !== "");
  if (name === undefined || isExempt(url, valueOf(variables, "NO_PROXY"))) return null;
  const text = valueOf(variables, name);
  const proxy = URL.parse(/^[a-z0-9+.-]+:\/\//i.test(text) ? text : `http://${text}`);
  if (proxy !== null && /^(https?|socks5h?):$/.test(proxy.protocol)) return proxy;
  throw new Failure("usage", `the variable ${name} names no proxy`, { hint: `${name}=http://PROXY:PORT mops bundle …` });
}

/** `host`, `.domain`, `host:port`, `10.0.0.0/8`, `*`; separated by commas or spaces. */
function isExempt(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return list.split(/[\s,]+/).filter(Boolean).some((entry) => {
    if (entry === "*") return true;
    if (entry.includes("/")) return isInside(host, entry);
    const [, name = "", only] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase().replace(/^\*?\./, "")) ?? [];
    return (only === undefined || only === port) && (host === name || host.endsWith(`.${name}`));
  });
}

/** IPv4 only. */
function isInside(host: string, range: string): boolean {
  const [base, bits] = range.split("/");
  const [address, network, length] = [toNumber(host), toNumber(base ?? ""), Number(bits)];
  if (address === null || network === null || !Number.isInteger(length) || length < 0 || length > 32) return false;
  const size = 2 ** (32 - length);
  return Math.floor(address / size) === Math.floor(network / size);
}

function toNumber(address: string): number | null {
  const parts = address.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

function valueOf(variables: ProxyVariables, name: string): string {
  return (variables[name.toLowerCase()] || variables[name] || "").trim();
}
