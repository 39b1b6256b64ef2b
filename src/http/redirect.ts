/**
 * Follows redirects of GET and HEAD by our own rules (rule R14): credentials only to the origin that they were meant for, never from
 * https to http, a few hops at most. `fetch` would keep every header but Authorization on its way to another origin.
 */
import { Failure } from "../base/failure.ts";
import { discard, type HttpRequest, type HttpResponse, type Send } from "./message.ts";

const MOST_HOPS = 5;
/** All that another origin gets to see. */
const PUBLIC_HEADERS = ["accept", "range"];

/** Any other status is given back as it is, and so are redirects of other methods. @throws Failure("remote-error") for a forbidden one. */
export async function sendFollowing(send: Send, request: HttpRequest): Promise<HttpResponse> {
  let { url, headers } = request;
  for (let hop = 0;; hop++) {
    const response = await send({ ...request, url, headers });
    const location = response.headers.get("location");
    const isFollowed = request.method === "GET" || request.method === "HEAD";
    if (!isFollowed || location === null || ![301, 302, 303, 307, 308].includes(response.status)) return response;
    await discard(response);
    const next = URL.parse(location, url);
    if (next === null || !/^https?:$/.test(next.protocol)) throw refused(url, "to something that is no web address");
    if (url.protocol === "https:" && next.protocol === "http:") throw refused(url, `from https to http, on ${next.host}`);
    if (hop >= MOST_HOPS) throw refused(url, `more than ${MOST_HOPS} times`);
    if (next.origin !== url.origin) {
      headers = Object.fromEntries(Object.entries(headers ?? {}).filter(([name]) => PUBLIC_HEADERS.includes(name.toLowerCase())));
    }
    next.username = next.password = "";
    url = next;
  }
}

function refused(url: URL, where: string): Failure {
  return new Failure("remote-error", `${url.host} redirects ${where}; that was not followed`, {
    hint: "mops bundle env show   (says which remote is asked, and why)",
    facts: { host: url.host },
  });
}
