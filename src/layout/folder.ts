/**
 * The directory of an OCI layout (image-spec, image-layout.md): where its parts lie, whether there is one, and making one. A directory
 * that holds anything else is never made into a layout.
 */
import { join } from "node:path";
import { asString, at, member } from "../base/decode.ts";
import { type Digest, digestParts } from "../base/digest.ts";
import { Failure, isFailure } from "../base/failure.ts";
import { shellWord } from "../base/shell_word.ts";
import { makeFolder, readTextIfThere, writeAtomic } from "../disk/atomic_file.ts";
import { diskFailure } from "../disk/disk_failure.ts";
import { acquireLock } from "../disk/lock.ts";
import { EMPTY_INDEX, formatLayoutIndex, type LayoutIndex, parseLayoutIndex } from "./layout_index.ts";

const VERSION = "1.0.0"; // image-spec, image-layout.md, "oci-layout file"
const LOCK_WAIT = 120_000; // ms; a change holds the lock for some 10 ms, so that is a queue of thousands

export class LayoutFolder {
  readonly blobFolder: string;
  readonly #indexFile: string;
  readonly #markFile: string;
  #seen = false;

  /** @param directory absolute */
  constructor(readonly directory: string) {
    this.blobFolder = join(directory, "blobs", "sha256");
    this.#indexFile = join(directory, "index.json");
    this.#markFile = join(directory, "oci-layout");
  }

  blobFile(digest: Digest): string {
    const { algorithm, encoded } = digestParts(digest);
    return join(this.directory, "blobs", algorithm, encoded);
  }

  /**
   * Is there a layout? @throws Failure("not-a-bundle") when something else is there, Failure("unsupported") for a layout of another
   * version, Failure("corrupt") when the file that says so was lost, Failure("not-ready") when it cannot be read.
   */
  exists(): boolean {
    if (this.#seen) return true;
    const mark = readTextIfThere(this.#markFile);
    if (mark === null) {
      this.#refuseForeignContent();
      this.#refuseIfUsed();
      return false;
    }
    const version = this.#versionIn(mark);
    if (version !== VERSION) {
      throw new Failure("unsupported", `${this.directory} is an OCI layout of version ${version}, and this mops reads ${VERSION}`);
    }
    return this.#seen = true;
  }

  /** Makes what is missing, durably. Any number of processes may do this at once. @throws as `exists` does */
  async make(signal?: AbortSignal): Promise<void> {
    if (this.exists()) return;
    makeFolder(this.blobFolder, { sync: true });
    // Under the lock, or else it might replace an index in which another process has just listed its first manifest.
    const lock = await this.#lock(signal);
    try {
      const text = readTextIfThere(this.#indexFile);
      if (text === null) writeAtomic(this.#indexFile, formatLayoutIndex(EMPTY_INDEX), { sync: true });
      else parseLayoutIndex(text, this.#indexFile); // a file of that name and of another kind is somebody else's
      // Last, because it says that the rest is there.
      if (!this.exists()) writeAtomic(this.#markFile, JSON.stringify({ imageLayoutVersion: VERSION }), { sync: true });
    } finally {
      lock.release();
    }
  }

  /**
   * Empty only where there is no layout yet. @throws Failure("invalid") naming the file, Failure("corrupt") when it is gone: that it held
   * no tags is not known, and a new one would take away those that it held.
   */
  readIndex(): LayoutIndex {
    if (!this.exists()) return EMPTY_INDEX;
    const text = readTextIfThere(this.#indexFile);
    if (text !== null) return parseLayoutIndex(text, this.#indexFile);
    throw new Failure("corrupt", `${this.directory} is an OCI layout without its index.json: which tags it had is not known`, {
      hint: "copy index.json from a backup; the blobs are still there",
      facts: { file: this.#indexFile },
    });
  }

  /**
   * Changes the index under the lock of the layout; what is there afterwards survives a power cut. `change` is given what stands there
   * now; when it gives the same value back, nothing is written. @throws Failure("busy") after two minutes of waiting
   */
  async changeIndex(change: (index: LayoutIndex) => LayoutIndex, signal?: AbortSignal): Promise<void> {
    const lock = await this.#lock(signal);
    try {
      const before = this.readIndex();
      const after = change(before);
      if (after !== before) writeAtomic(this.#indexFile, formatLayoutIndex(after), { sync: true });
    } finally {
      lock.release();
    }
  }

  #lock(signal: AbortSignal | undefined): Promise<{ release(): void }> {
    return acquireLock(`${this.#indexFile}.lock`, { what: `the layout ${this.directory}`, waitMs: LOCK_WAIT, signal });
  }

  #versionIn(mark: string): string {
    try {
      return asString(member(at(JSON.parse(mark)), "imageLayoutVersion"));
    } catch (error) {
      if (!isFailure(error) && !(error instanceof SyntaxError)) throw error;
      throw new Failure("invalid", `${this.#markFile} does not say the version of an OCI layout`, {
        facts: { file: this.#markFile },
        cause: error,
      });
    }
  }

  /** What another process is making just now, or left half made, is no reason to refuse. */
  #refuseForeignContent(): void {
    let names: string[];
    try {
      names = Array.from(Deno.readDirSync(this.directory), (entry) => entry.name);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      if (error instanceof Deno.errors.NotADirectory) throw this.#notALayout("it is a file, or lies below one");
      throw diskFailure(error, "read", this.directory);
    }
    const foreign = names.find((name) => !/^(blobs|oci-layout|index\.json(\.lock.*)?|\.mops-.*\.tmp)$/.test(name));
    if (foreign !== undefined) throw this.#notALayout(`it holds ${JSON.stringify(foreign)}, and no file oci-layout`);
  }

  /** `oci-layout` is made before the first manifest is listed: where one is listed, it was lost. */
  #refuseIfUsed(): void {
    const text = readTextIfThere(this.#indexFile);
    if (text === null || parseLayoutIndex(text, this.#indexFile).manifests.length === 0) return;
    throw new Failure("corrupt", `${this.directory} has an index.json that lists bundles, and no file oci-layout beside it`, {
      hint: `echo '{"imageLayoutVersion":"${VERSION}"}' > ${shellWord(this.#markFile)}   (makes it an OCI layout again)`,
      facts: { file: this.#markFile },
    });
  }

  #notALayout(why: string): Failure {
    return new Failure("not-a-bundle", `${this.directory} is not an OCI layout: ${why}`, {
      hint: "name a layout, or a directory that is new or empty",
      facts: { directory: this.directory },
    });
  }
}
