/** Addresses that only this machine or this site can reach. A public registry has no business to send us there with a credential. */

export function isPrivateHost(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  if (host.includes(":")) return host === "::1" || host === "::" || /^f[cd]|^fe[89ab]|^::ffff:/.test(host);
  const [a, b, ...rest] = host.split(".").map(Number);
  if (a === undefined || b === undefined || rest.length !== 2 || [a, b, ...rest].some(Number.isNaN)) return false;
  return a === 0 || a === 10 || a === 127 || (a === 169 && b === 254) || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
}
