/**
 * An OCI layout written file by file, so that it can hold what our own writers refuse to write: hostile bundles, bundles of other
 * tools, things that are no bundles.
 */
import { join } from "node:path";
import { type Digest, digestOf, digestParts } from "../../src/base/digest.ts";
import { INDEX_TYPE, OCI_MANIFEST_TYPE, REF_NAME_ANNOTATION, TITLE_ANNOTATION } from "../../src/bundle/media_types.ts";

// deno-lint-ignore no-explicit-any -- tests twist what they like
export type Loose = any;

export interface Twist {
  /** Changes the index document, or gives the text that stands in its place. */
  readonly index?: (index: Loose) => string | void;
  readonly manifest?: (manifest: Loose) => string | void;
}

export class HandLayout {
  readonly #manifests: unknown[] = [];

  constructor(readonly directory: string) {
    Deno.mkdirSync(join(directory, "blobs", "sha256"), { recursive: true });
    Deno.writeTextFileSync(join(directory, "oci-layout"), `{"imageLayoutVersion":"1.0.0"}`);
    this.#writeIndex();
  }

  blob(content: string | Uint8Array): { digest: Digest; size: number } {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const digest = digestOf(bytes);
    Deno.writeFileSync(this.file(digest), bytes);
    return { digest, size: bytes.byteLength };
  }

  /** Where a blob lies. */
  file(digest: string): string {
    return join(this.directory, "blobs", "sha256", digestParts(digest as Digest).encoded);
  }

  /** Puts other bytes in the place of a blob. */
  damage(digest: string, bytes: string): void {
    Deno.removeSync(this.file(digest));
    Deno.writeTextFileSync(this.file(digest), bytes);
  }

  tag(name: string, manifest: string, mediaType = OCI_MANIFEST_TYPE): Digest {
    const { digest, size } = this.blob(manifest);
    this.#manifests.push({ mediaType, digest, size, annotations: { [REF_NAME_ANNOTATION]: name } });
    this.#writeIndex();
    return digest;
  }

  /** A bundle with these files under a tag, twisted. */
  bundle(tag: string, files: Readonly<Record<string, string>>, twist: Twist = {}): Digest {
    const entries: Record<string, Loose> = {};
    const layers: Loose[] = [];
    for (const [path, text] of Object.entries(files)) {
      const blob = this.blob(text);
      entries[path] = { path, ...blob, storage: "oci" };
      layers.push({ mediaType: "application/octet-stream", ...blob, annotations: { [TITLE_ANNOTATION]: path } });
    }
    const index = { version: "1.0", created: "1970-01-01T00:00:00Z", tool: { name: "hand" }, metadata: {}, files: entries };
    const indexText = twist.index?.(index) ?? JSON.stringify(index);
    const config = { mediaType: INDEX_TYPE, ...this.blob(indexText) };
    const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST_TYPE, config, layers };
    return this.tag(tag, twist.manifest?.(manifest) ?? JSON.stringify(manifest));
  }

  /** As the Python tool writes them: indented index with nulls and a clock, tar media type, layers in no order, empty annotations. */
  pythonBundle(tag: string, files: Readonly<Record<string, string>>): Digest {
    return this.bundle(tag, files, {
      index(index) {
        index.created = "2026-01-28T10:11:12.123456Z";
        index.tool = { name: "modelops-bundle", version: "0.1.0" };
        for (const entry of Object.values<Loose>(index.files)) Object.assign(entry, { blobRef: null, mediaType: null });
        return JSON.stringify(sorted(index), null, 2).replace(
          /[\u007f-\uffff]/g,
          (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
        );
      },
      manifest(manifest) {
        for (const layer of manifest.layers) layer.mediaType = "application/vnd.oci.image.layer.v1.tar";
        manifest.layers = [...manifest.layers.slice(2), ...manifest.layers.slice(0, 2).reverse()];
        manifest.annotations = {};
        return JSON.stringify(manifest).replaceAll(",", ", ").replaceAll('":', '": ');
      },
    });
  }

  #writeIndex(): void {
    const index = { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: this.#manifests };
    Deno.writeTextFileSync(join(this.directory, "index.json"), JSON.stringify(index));
  }
}

function sorted(value: Loose): Loose {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}
