/**
 * How people name a bundle: a tag, a digest, `NAME:TAG`, `host[:port]/path[:tag][@digest]`, `oci:/dir[:tag][@digest]`.
 * A bare word is a tag; the part before the first `/` is a host if it holds `.` or `:` or is `localhost`. Whatever `formatReference`
 * gives, `parseReference` takes back.
 */
import { type Digest, isDigest } from "../base/digest.ts";
import { Failure } from "../base/failure.ts";

/** One repository: in a registry, or an OCI layout directory. */
export type Repository =
  | { readonly kind: "registry"; readonly host: string; readonly path: string }
  | { readonly kind: "layout"; readonly directory: string };

/** A place that many repositories lie in; completed by a bundle's name it is a repository (D7). */
export type RemoteBase =
  | { readonly kind: "registry"; readonly host: string; readonly prefix: string }
  | { readonly kind: "layout"; readonly directory: string };

export interface Reference {
  /** Where; undefined when the text names none: then the project's remote is meant. */
  readonly repository: Repository | undefined;
  /** The name before the colon in `NAME:TAG` or `NAME@digest`, which names no host. */
  readonly name: string | undefined;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/; // OCI distribution-spec, "Pulling manifests"
const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/; // the same section
const HOST =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?$/;
const FALLBACK_TAG = /^sha256-[0-9a-f]{64}$/;
const FORMS = "a reference is a tag, a digest, NAME:TAG, HOST[:PORT]/PATH[:TAG][@DIGEST] or oci:/DIRECTORY[:TAG][@DIGEST]";

/** @throws Failure("usage") that quotes the text and says which part is wrong. */
export function parseReference(text: string): Reference {
  if (text === "") throw unusable(text, "it is empty");
  // deno-lint-ignore no-control-regex
  const unprintable = text.startsWith("oci:") ? /[\u0000-\u001f\u007f]/ : /[\s\u0000-\u001f\u007f]/; // a directory may hold a blank
  if (unprintable.test(text)) throw unusable(text, "it contains white space or a control character");
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    throw unusable(text, "it starts like a URL", `leave out "${text.slice(0, text.indexOf("//") + 2)}"`);
  }
  if (isDigest(text)) return { repository: undefined, name: undefined, tag: undefined, digest: text };
  if (/^sha(256|384|512):/.test(text)) throw unusable(text, "its digest should be sha256: and 64 lower-case hex digits");
  const { rest, digest } = cutDigest(text);
  if (rest === "") throw unusable(text, "nothing stands before the @");
  if (rest.startsWith("oci:")) return parseLayoutReference(text, rest.slice("oci:".length), digest);
  const slash = rest.indexOf("/");
  if (slash >= 0 && looksLikeHost(rest.slice(0, slash))) return parseRegistryReference(text, rest, slash, digest);
  const colon = rest.lastIndexOf(":");
  if (colon < 0 && slash < 0 && digest === undefined) {
    if (!TAG.test(rest)) throw unusable(text, whyNotATag(rest));
    return { repository: undefined, name: undefined, tag: rest, digest: undefined };
  }
  const name = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (colon < 0 && digest === undefined) throw unusable(text, `it names neither a tag nor a digest of "${name}"`);
  if (!NAME.test(name)) throw unusable(text, whyNotAName(name));
  if (tag !== undefined && !TAG.test(tag)) throw unusable(text, whyNotATag(tag));
  return { repository: undefined, name, tag, digest };
}

export function formatReference(reference: { repository: Repository; tag?: string | undefined; digest?: Digest | undefined }): string {
  const tag = reference.tag === undefined ? "" : `:${reference.tag}`;
  const digest = reference.digest === undefined ? "" : `@${reference.digest}`;
  return `${formatRepository(reference.repository)}${tag}${digest}`;
}

export function formatRepository(repository: Repository): string {
  return repository.kind === "layout" ? `oci:${repository.directory}` : `${repository.host}/${repository.path}`;
}

/** A repository without tag and digest. @throws Failure("usage") */
export function parseRepository(text: string): Repository {
  const reference = parseReference(text);
  if (reference.repository === undefined || reference.tag !== undefined || reference.digest !== undefined) {
    throw new Failure("usage", `"${text}" is not a repository`, { hint: "a repository is HOST[:PORT]/PATH/NAME or oci:/DIRECTORY" });
  }
  return reference.repository;
}

/** `host[:port][/prefix]` or `oci:/dir`; a trailing slash and a leading `https://` are what people paste, and are taken off. */
export function parseRemoteBase(text: string, source: string): RemoteBase {
  if (text.startsWith("oci:")) {
    const directory = text.slice("oci:".length);
    if (!directory.startsWith("/")) throw badBase(text, source, "a layout needs an absolute directory: oci:/DIRECTORY");
    return { kind: "layout", directory: normalDirectory(directory) };
  }
  const bare = text.trim().replace(/^https?:\/\//, "").replace(/(?<=.)\/+$/, "");
  const slash = bare.indexOf("/");
  const host = slash < 0 ? bare : bare.slice(0, slash);
  const prefix = slash < 0 ? "" : bare.slice(slash + 1);
  if (!HOST.test(host)) throw badBase(text, source, "it should be HOST[:PORT][/PATH] or oci:/DIRECTORY");
  if (prefix !== "" && !NAME.test(prefix)) throw badBase(text, source, whyNotAName(prefix));
  return { kind: "registry", host: host.toLowerCase(), prefix };
}

export function completeBase(base: RemoteBase, name: string): Repository {
  if (base.kind === "layout") return { kind: "layout", directory: `${base.directory.replace(/\/+$/, "")}/${name}` };
  return { kind: "registry", host: base.host, path: base.prefix === "" ? name : `${base.prefix}/${name}` };
}

export function sameRepository(a: Repository, b: Repository): boolean {
  return formatRepository(a) === formatRepository(b);
}

/** Another repository beside this one: the same place, another name. */
export function siblingOf(repository: Repository, name: string): Repository {
  const parent = formatRepository(repository).slice(0, -nameOf(repository).length - 1);
  const base: RemoteBase = parent.startsWith("oci:")
    ? { kind: "layout", directory: parent.slice(4) || "/" }
    : parseRemoteBase(parent, "the remote");
  return completeBase(base, name);
}

/** The last part of a repository's path: what the bundle is called when nothing else names it. */
export function nameOf(repository: Repository): string {
  const text = repository.kind === "layout" ? repository.directory : repository.path;
  return text.replace(/\/+$/, "").split("/").at(-1) ?? text;
}

export function isTag(text: string): boolean {
  return TAG.test(text) && !FALLBACK_TAG.test(text);
}

/** @throws Failure("usage") for what is no tag, and for names that the referrers schema keeps for itself. */
export function parseTag(text: string): string {
  if (!TAG.test(text)) {
    throw new Failure("usage", whyNotATag(text), { hint: 'a tag looks like "v1.2" or "latest"' });
  }
  if (FALLBACK_TAG.test(text)) throw new Failure("usage", `"${text}" is not a tag to use: such names hold lists of push records`);
  return text;
}

/** `sha256-<hex>`: the tag under which a registry without the referrers API keeps them (OCI distribution-spec, "Referrers Tag Schema"). */
export function isFallbackTag(tag: string): boolean {
  return FALLBACK_TAG.test(tag);
}

export function isLawfulName(text: string): boolean {
  return NAME.test(text) && text.length <= 200;
}

/** A directory's name made lawful as a repository name: `Été (v2)` → `ete-v2`. Empty when nothing of it can stay. */
export function lawfulName(text: string): string {
  return text.normalize("NFKD").replace(/\p{Mark}/gu, "").toLowerCase().replace(/[^a-z0-9._-]+/g, "-").replace(/[._-]*-[._-]*/g, "-")
    .replace(/\.[._]+/g, ".")
    .replace(/_{3,}/g, "__").replace(/_\./g, "_").replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, "").slice(0, 128).replace(/[^a-z0-9]+$/, "");
}

/** Plain HTTP is allowed here without asking: the machine itself. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/:\d+$/, "").toLowerCase();
  return bare === "localhost" || bare.endsWith(".localhost") || /^127(\.\d{1,3}){3}$/.test(bare) || bare === "[::1]";
}

function cutDigest(text: string): { rest: string; digest: Digest | undefined } {
  const at = text.lastIndexOf("@");
  if (at < 0) return { rest: text, digest: undefined };
  const digest = text.slice(at + 1);
  if (isDigest(digest)) return { rest: text.slice(0, at), digest };
  // A directory may hold an @; a registry reference may not.
  if (text.startsWith("oci:") && !/^sha\d+:/.test(digest)) return { rest: text, digest: undefined };
  throw unusable(text, "what follows the @ should be sha256: and 64 lower-case hex digits");
}

function parseLayoutReference(text: string, rest: string, digest: Digest | undefined): Reference {
  if (!rest.startsWith("/")) throw unusable(text, "a layout's directory must be absolute");
  const colon = rest.lastIndexOf(":");
  const tag = colon > rest.lastIndexOf("/") ? rest.slice(colon + 1) : undefined;
  const directory = normalDirectory(tag === undefined ? rest : rest.slice(0, colon));
  if (tag !== undefined && !TAG.test(tag)) throw unusable(text, whyNotATag(tag));
  if (/:[^/]*$/.test(directory)) throw unusable(text, "a colon in the last part of a layout's directory would be read as a tag's");
  return { repository: { kind: "layout", directory }, name: undefined, tag, digest };
}

/** The shortest absolute form, so that one directory is one remote. */
function normalDirectory(path: string): string {
  const kept: string[] = [];
  for (const component of path.split("/")) {
    if (component === "" || component === ".") continue;
    if (component === "..") kept.pop();
    else kept.push(component);
  }
  return `/${kept.join("/")}`;
}

function parseRegistryReference(text: string, rest: string, slash: number, digest: Digest | undefined): Reference {
  const host = rest.slice(0, slash);
  if (!HOST.test(host)) throw unusable(text, `"${host}" is not a host name`);
  const port = /:(\d+)$/.exec(host)?.[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535)) throw unusable(text, `${port} is not a port`);
  const tail = rest.slice(slash + 1);
  const colon = tail.lastIndexOf(":");
  const path = colon < 0 ? tail : tail.slice(0, colon);
  const tag = colon < 0 ? undefined : tail.slice(colon + 1);
  if (!NAME.test(path)) throw unusable(text, whyNotAName(path));
  if (tag !== undefined && !TAG.test(tag)) throw unusable(text, whyNotATag(tag));
  return { repository: { kind: "registry", host: host.toLowerCase(), path }, name: undefined, tag, digest };
}

function looksLikeHost(first: string): boolean {
  return first.includes(".") || first.includes(":") || first === "localhost";
}

function whyNotATag(tag: string): string {
  if (tag === "") return "the tag is empty";
  if (tag.length > 128) return "a tag has at most 128 characters";
  return `the tag "${tag}" may hold letters, digits, "_", "." and "-", and not begin with "." or "-"`;
}

function whyNotAName(name: string): string {
  if (name === "") return "the repository name is empty";
  if (/[A-Z]/.test(name)) return `the repository name "${name}" must be in lower case`;
  return `"${name}" is not a repository name: lower-case letters and digits, separated by ".", "_", "-" or "/"`;
}

function unusable(text: string, why: string, hint = FORMS): Failure {
  // deno-lint-ignore no-control-regex
  const shown = withoutPassword(text.replace(/[\u0000-\u001f\u007f]/g, "?"));
  return new Failure("usage", `"${shown}" is not a reference: ${withoutPassword(why)}`, {
    hint,
    facts: { reference: withoutPassword(text) },
  });
}

function badBase(text: string, source: string, why: string): Failure {
  return new Failure("usage", `${source} "${withoutPassword(text)}" names no registry: ${withoutPassword(why)}`);
}

/** People paste `https://USER:PASSWORD@HOST`; what is refused is quoted, and may end up in a log. */
function withoutPassword(text: string): string {
  return text.includes("oci:/") ? text : text.replace(/:[^\s"]*@(?!sha\d+:)/g, ":…@");
}
