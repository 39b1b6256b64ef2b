/** What the tests of the layout share: a folder that goes away, artifacts, other programs. */
import { join } from "node:path";
import { sourceOf } from "../../src/base/bytes.ts";
import { digestOf } from "../../src/base/digest.ts";
import type { Descriptor, EncodedManifest, Remote } from "../../src/bundle/content.ts";
import type { Event } from "../../src/bundle/events.ts";
import { encodeManifest } from "../../src/bundle/manifest.ts";
import { INDEX_TYPE, RAW_FILE_TYPE, TITLE_ANNOTATION } from "../../src/bundle/media_types.ts";
import { openLayout } from "../../src/layout/layout.ts";

export interface Place extends Disposable {
  readonly folder: string;
  /** The layout's directory, not made yet. */
  readonly directory: string;
  readonly remote: Remote;
  readonly events: readonly Event[];
}

export function newPlace(): Place {
  const folder = Deno.makeTempDirSync({ prefix: "mops-layout-" });
  const directory = join(folder, "repository");
  const events: Event[] = [];
  return {
    folder,
    directory,
    events,
    remote: openLayout(directory, { emit: (event) => events.push(event) }),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

export async function put(remote: Remote, text: string): Promise<{ digest: Descriptor["digest"]; size: number }> {
  const bytes = bytesOf(text);
  const blob = { digest: digestOf(bytes), size: bytes.byteLength };
  await remote.blobs.write(blob, sourceOf(bytes));
  return blob;
}

/** Blobs written, manifest not. */
export async function putFiles(remote: Remote, files: Readonly<Record<string, string>>): Promise<EncodedManifest> {
  const layers: Descriptor[] = [];
  for (const [path, text] of Object.entries(files)) {
    layers.push({ mediaType: RAW_FILE_TYPE, ...await put(remote, text), annotations: { [TITLE_ANNOTATION]: path } });
  }
  return encodeManifest({ config: { mediaType: INDEX_TYPE, ...await put(remote, "{}") }, layers });
}

export function readJson(...path: string[]) {
  return JSON.parse(Deno.readTextFileSync(join(...path)));
}

export function namesIn(...path: string[]): string[] {
  return Array.from(Deno.readDirSync(join(...path)), ({ name }) => name).sort();
}

/** Files of our own that must not be left over anywhere below a folder. */
export function leftovers(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }) =>
    isDirectory ? leftovers(join(folder, name)) : /\.tmp$|\.lock|\.dead$/.test(name) ? [join(folder, name)] : []
  );
}
