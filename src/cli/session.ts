/**
 * The composition root: turns options and environment variables into the doors that flows open, each on first use. The only room that
 * names concrete remotes and reads the environment.
 */
import { resolve } from "node:path";
import type { Digest } from "../base/digest.ts";
import { Failure } from "../base/failure.ts";
import type { Remote } from "../bundle/content.ts";
import type { Emit } from "../bundle/events.ts";
import {
  formatRepository,
  isLoopback,
  nameOf,
  parseReference,
  parseRepository,
  type Reference,
  type Repository,
  sameRepository,
  siblingOf,
} from "../bundle/reference.ts";
import type { ProjectWorld, World } from "../flows/world.ts";
import type { Bandwidth } from "../http/bandwidth.ts";
import type { Console } from "../ui/console.ts";
import { makeProgress, type Progress } from "../ui/progress.ts";
import { jsonLine } from "../ui/safe_text.ts";
import { Tally } from "../ui/tally.ts";
import { findProject, type Project } from "../worktree/project.ts";
import type { Config } from "../settings/config.ts";
import type { Candidate, RemoteChoice } from "../settings/remote_choice.ts";
import type { Said } from "../settings/remote_precedence.ts";
import { caCerts } from "./ca_certs.ts";
import { asCalled } from "./called_as.ts";
import { deadlineFrom, type RemoteOptions, type SharedOptions, TRANSFER_OPTIONS, type TransferOptions } from "./options.ts";
import type { Deadline } from "./stopping.ts";
import { bundlesDirectory, cacheDirectory, home, homeIfAny } from "./user_directories.ts";
import { VERSION } from "./version.ts";

/** Either case, as everybody does. */
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

const VARIABLES = [
  ...PROXIES,
  "CI",
  "DOCKER_CONFIG",
  "HOME",
  "LOGNAME",
  "MODELOPS_BUNDLE_INSECURE",
  "MOPS_BANDWIDTH",
  "MOPS_DEADLINE",
  "MOPS_MAX_CONCURRENCY",
  "REGISTRY_AUTH_FILE",
  "REGISTRY_PASSWORD",
  "REGISTRY_URL",
  "REGISTRY_USERNAME",
  "SSL_CERT_FILE",
  "USER",
  "USERNAME",
  "USERPROFILE",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  "PATH",
];

export class Session {
  readonly json: boolean;
  /** How far the work is. */
  readonly tally = new Tally();
  readonly #progress: Progress;
  readonly #emit: Emit;
  readonly #remotes: Remote[] = [];
  readonly #started = Date.now();
  #bandwidth: Bandwidth | undefined;
  #project: Project | undefined;
  #saidOtherName = false;
  #env: Readonly<Record<string, string | undefined>> | undefined;

  constructor(
    readonly options: SharedOptions & RemoteOptions & TransferOptions,
    readonly console: Console,
    readonly signal: AbortSignal,
    readonly program: string,
  ) {
    this.json = options.json === true;
    const { quiet, verbose, json, progress: mode } = options;
    this.#progress = makeProgress(console, { quiet, verbose, json, mode });
    this.#emit = (event) => {
      this.tally.count(event);
      this.#progress.emit(event);
    };
  }

  /** The result: one JSON document, or text for people. Nothing else goes to stdout. */
  report(schema: string, document: Readonly<Record<string, unknown>>, text: () => string): void {
    this.#progress.stop();
    if (this.json) return this.console.out(jsonLine({ schema: `mops.${schema}`, version: 1, ...document }));
    this.console.out(schema === "diff" ? text() : asCalled(text(), this.program)); // a patch is content, whatever it names
  }

  warn(code: string, message: string): void {
    this.#emit({ kind: "warning", code, message });
  }

  stopProgress(): void {
    this.#progress.stop();
  }

  close(): void {
    this.#progress.stop();
    for (const remote of this.#remotes) remote.close();
  }

  /** Where the user stands; paths on the command line start here. @throws Failure("not-ready") when that is nowhere any more */
  standing(): string {
    try {
      return Deno.cwd();
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Failure("not-ready", "the current directory does not exist any more", { hint: "cd /A/DIRECTORY", cause: error });
    }
  }

  /** @throws Failure("no-project") */
  project(): Project {
    return this.#project ??= findProject(
      this.options.project === undefined ? this.standing() : resolve(this.standing(), this.options.project),
    );
  }

  projectIfAny(): Project | null {
    try {
      return this.project();
    } catch (error) {
      if (error instanceof Failure && error.code === "no-project" && this.options.project === undefined) return null;
      throw error;
    }
  }

  async world(): Promise<World> {
    return {
      emit: this.#emit,
      signal: this.signal,
      now: () => new Date().toISOString(),
      author: async () => (await import("./identity.ts")).author(this.env()),
      tool: `mops ${VERSION}`,
      gitState: async (folder) => (await import("./identity.ts")).gitState(folder, { signal: this.signal }),
    };
  }

  /** The project with its remote. */
  async projectWorld(): Promise<ProjectWorld> {
    const project = this.project();
    const choice = await this.choice();
    let remote: Promise<Remote> | undefined;
    return { ...await this.world(), project, choice, openRemote: () => remote ??= this.#open(choice.repository) };
  }

  /** Which remote is meant, and why; asks nobody. */
  async choice(name?: string): Promise<RemoteChoice> {
    const { chooseRemote } = await import("../settings/remote_choice.ts");
    const project = this.projectIfAny();
    if (project === null) return chooseRemote(await this.#candidates({ recorded: null, pinned: null, hostOfOldTool: null }), name ?? null);
    const { readSettings } = await import("../flows/gather.ts");
    const { pinnedEnvironment } = await import("../flows/environment.ts");
    const { config, state } = readSettings(project);
    for (const key of config.unknownKeys) this.warn("unknown-key", `config.yaml: the key "${key}" is not known here; it is kept`);
    const { namedBy, parseNamed } = await import("../settings/config.ts");
    const chosenBy = async ({ name, hostOfOldTool }: Pick<Config, "name" | "hostOfOldTool">): Promise<RemoteChoice> =>
      chooseRemote(
        await this.#candidates({ recorded: state.remote, pinned: pinnedEnvironment(project), hostOfOldTool }),
        name ?? (state.remote === null ? null : nameOf(parseRepository(state.remote))),
      );
    const choice = await chosenBy(state.name === null ? config : parseNamed(state.name));
    const named = namedBy(config);
    if (named !== null && named !== state.name && !this.#saidOtherName) {
      this.#saidOtherName = true;
      const other = await chosenBy(config);
      if (!sameRepository(other.repository, choice.repository)) {
        const follow = config.hostOfOldTool === null ? `--name ${named}` : `--remote ${named}`;
        this.warn(
          "other-name",
          `config.yaml names ${named}, this folder keeps pushing to ${
            formatRepository(choice.repository)
          }; mops bundle init ${follow} follows it`,
        );
      }
    }
    return choice;
  }

  /** For `init`, where the project is only about to be. */
  async candidatesFor(recorded: string | null, environment: string | null): Promise<readonly Candidate[]> {
    return await this.#candidates({ recorded, pinned: environment, hostOfOldTool: null });
  }

  /** What a reference on the command line means: a repository, and the tag or digest in it. The project's own where it names none. */
  async target(
    text: string | undefined,
  ): Promise<{ readonly remote: Remote; readonly tag: string | null; readonly digest: Digest | null; readonly isOwn: boolean }> {
    if (text === undefined) return { ...await this.#ownTarget(), digest: null };
    const reference = parseReference(this.#absolute(text));
    const repository = await this.repositoryOf(reference);
    const project = this.projectIfAny();
    const isOwn = project !== null && sameRepository(repository, (await this.choice()).repository);
    const tag = reference.tag ?? (reference.digest === undefined ? (isOwn ? (await this.#ownTag()) : "latest") : null);
    return { remote: await this.#open(repository), tag, digest: reference.digest ?? null, isOwn };
  }

  async repositoryOf(reference: Reference): Promise<Repository> {
    if (reference.repository !== undefined) return reference.repository;
    if (reference.name === undefined) {
      this.project(); // a bare tag or digest means the project's remote, so there must be one
      return (await this.choice()).repository;
    }
    if (this.projectIfAny() === null) return (await this.choice(reference.name)).repository;
    const own = (await this.choice()).repository;
    return nameOf(own) === reference.name ? own : siblingOf(own, reference.name);
  }

  /** Only the adapter that is needed is loaded. */
  async #open(repository: Repository): Promise<Remote> {
    const keep = (remote: Remote): Remote => {
      this.#remotes.push(remote);
      return remote;
    };
    if (repository.kind === "layout") {
      const { openLayout } = await import("../layout/layout.ts");
      if (this.options.caFile !== undefined) {
        this.#caCerts(); // a wrong name is wrong here, too
        this.warn("no-network", `--ca-file is for no one here: ${formatRepository(repository)} is a directory`);
      }
      if (this.options.bandwidth !== undefined) {
        this.warn("no-network", `--bandwidth limits nothing here: ${formatRepository(repository)} is a directory`);
      }
      return keep(openLayout(repository.directory, { emit: this.#emit, parallel: this.#transfer("maxConcurrency") }));
    }
    const plainHttp = isLoopback(repository.host) || this.#insecure();
    const { openRemote } = await import("../remote/open_remote.ts");
    const { credentialsFrom } = await import("../settings/credentials.ts");
    const bandwidth = await this.#sharedBandwidth();
    const now = () => new Date().toISOString();
    const project = this.projectIfAny();
    const { openUploadJournal } = await import("../worktree/upload_journal.ts");
    const { openHostMemory } = await import("../settings/host_memory.ts");
    const uploads = project === null ? undefined : openUploadJournal(project, now);
    const hosts = openHostMemory(cacheDirectory(this.env()), now);
    return keep(openRemote(repository, {
      plainHttp,
      caCerts: this.#caCerts(),
      proxies: Object.fromEntries(PROXIES.map((name) => [name, this.env()[name]])),
      credentials: credentialsFrom(this.env(), this.#emit),
      emit: this.#emit,
      userAgent: `mops/${VERSION}`,
      parallel: this.#transfer("maxConcurrency"),
      bandwidth,
      deadline: this.deadline()?.at,
      uploads,
      hosts,
    }));
  }

  home(): string {
    return home(this.env());
  }

  /** When the command has to have ended; null when nobody said. @throws Failure("usage") for a variable that is no time */
  deadline(): Deadline | null {
    const text = this.#transfer("deadline");
    return text === undefined ? null : { at: deadlineFrom(text, this.#started), text };
  }

  /** What environment variables say, read once. */
  env(): Readonly<Record<string, string | undefined>> {
    return this.#env ??= Object.fromEntries(VARIABLES.map((name) => [name, Deno.env.get(name)]));
  }

  /** What the command line says of transfers, else the variable of that name. @throws Failure("usage") */
  #transfer<Name extends keyof TransferOptions>(name: Name): TransferOptions[Name] {
    const given = this.options[name];
    const option = TRANSFER_OPTIONS.find((known) => known.name === name)!;
    const variable = `MOPS_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
    const text = this.env()[variable] ?? "";
    if (given !== undefined || text === "") return given;
    try {
      return option.parse(text) as TransferOptions[Name];
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      throw new Failure("usage", `${variable}: "${text}" is not${error.message.replace(/^It should be|\.$/g, "")}`, {
        hint: `unset ${variable}`,
      });
    }
  }

  /** One limit for all remotes of this call. */
  async #sharedBandwidth(): Promise<Bandwidth | undefined> {
    const rate = this.#transfer("bandwidth");
    if (rate === undefined) return undefined;
    const { Bandwidth } = await import("../http/bandwidth.ts");
    return this.#bandwidth ??= new Bandwidth(rate);
  }

  async #ownTag(): Promise<string> {
    const { followedTag, readSettings } = await import("../flows/gather.ts");
    return followedTag(readSettings(this.project()));
  }

  async #ownTarget(): Promise<{ remote: Remote; tag: string; isOwn: true }> {
    const inProject = this.options.remote === undefined || this.projectIfAny() !== null;
    if (inProject) this.project(); // says where no project is, before anything about a remote
    const choice = await this.choice();
    return { remote: await this.#open(choice.repository), tag: inProject ? await this.#ownTag() : "latest", isOwn: true };
  }

  async #candidates(known: Pick<Said, "recorded" | "pinned" | "hostOfOldTool">): Promise<Candidate[]> {
    const { remoteSources } = await import("../settings/remote_precedence.ts");
    const { remote, registry } = this.options;
    return remoteSources({
      ...known,
      remote: remote === undefined ? undefined : this.#absolute(remote),
      registry: registry === undefined ? undefined : this.#absolute(registry),
      environment: this.options.env,
      variable: this.env()["REGISTRY_URL"],
      home: homeIfAny(this.env()),
      embedded: bundlesDirectory(this.env()),
    });
  }

  /** `oci:dir` on the command line may be relative to where the user stands; what is recorded never is. */
  #absolute(text: string): string {
    return text.startsWith("oci:") && !text.startsWith("oci:/") ? `oci:${resolve(this.standing(), text.slice(4))}` : text;
  }

  #insecure(): boolean {
    return this.options.insecure === true || /^(true|1|yes)$/i.test(this.env()["MODELOPS_BUNDLE_INSECURE"] ?? "");
  }

  #caCerts(): string[] {
    const { caFile } = this.options;
    return caCerts({ option: caFile === undefined ? undefined : resolve(this.standing(), caFile), variable: this.env()["SSL_CERT_FILE"] });
  }
}
