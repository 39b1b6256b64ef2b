/**
 * Where an upload goes on: the Location that a registry answers with. It may be relative, carry state in its query, name the wrong
 * scheme or no port behind a proxy, or lead to another host (rules R1, R2). Pure.
 */
import { Failure } from "../base/failure.ts";
import { isPrivateHost } from "./private_host.ts";

/** @param asked the address that was asked, against which a relative one counts. @throws Failure("remote-error") for an unsafe one. */
export function uploadLocation(location: string | null, asked: URL, origin: URL): URL {
  const url = location === null ? null : URL.parse(location, asked);
  if (url === null || !/^https?:$/.test(url.protocol)) throw unusable(origin, "without saying where it goes on");
  url.username = url.password = url.hash = "";
  // A registry behind a proxy often knows neither its scheme nor its port.
  if (url.hostname === origin.hostname && (url.port === "" || url.protocol !== origin.protocol)) {
    url.protocol = origin.protocol;
    url.port = origin.port;
  }
  if (url.origin === origin.origin) return url;
  if (url.protocol === "http:" && origin.protocol === "https:") throw unusable(origin, `on ${url.host}, without encryption`);
  if (isPrivateHost(url.hostname) && !isPrivateHost(origin.hostname)) throw unusable(origin, `on ${url.host}, in a private network`);
  return url;
}

/** The same with one more parameter; what the query holds already stays byte for byte, since it may be signed. */
export function withParameter(url: URL, name: string, value: string): URL {
  const next = new URL(url);
  const addition = `${name}=${encodeURIComponent(value)}`;
  next.search = url.search === "" ? addition : `${url.search.slice(1)}&${addition}`;
  return next;
}

/** The offset at which a session goes on, from its Range header: `0-8191` → 8192. null when it says nothing clear (rule R6). */
export function nextOffset(range: string | null): number | null {
  const match = /^\s*(?:bytes=)?(\d+)-(\d+)\s*$/.exec(range ?? "");
  if (match === null) return null;
  // "0-0" is what many say for "nothing yet", and means "one byte" by the letter.
  return match[2] === "0" ? null : Number(match[2]) + 1;
}

function unusable(origin: URL, where: string): Failure {
  return new Failure("remote-error", `${origin.host} began an upload ${where}`, {
    hint: "mops bundle env show   (says which remote is asked, and why)",
    facts: { host: origin.host },
  });
}
