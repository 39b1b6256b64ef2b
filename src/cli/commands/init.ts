import { resolve } from "node:path";
import { Failure } from "../../base/failure.ts";
import { completeBase, parseRemoteBase, parseRepository, type Repository } from "../../bundle/reference.ts";
import { command } from "../command.ts";
import { wholeNumber } from "../options.ts";

export default command({
  summary: "make a folder a project",
  details:
    "Writes .modelops-bundle/, pyproject.toml, .modelopsignore and .gitignore lines; keeps what exists. On a project it changes only what is named.",
  examples: ["mops bundle init .", "mops bundle init seir-model --env dev", "mops bundle init . --remote ghcr.io/lab/seir-model"],
  define: (c) =>
    c.argument("[dir]", "folder to make a project (default: the current one)")
      .option("--name <name>", "the bundle's repository name (default: the folder's name, made lawful)")
      .option("--tag <tag>", "the default tag (default: latest)")
      .option("--threshold <MB>", "files of this size and more go to object storage, where one is configured (default: 50)", wholeNumber)
      .option("--registry <base>", "record a remote below this base: HOST[:PORT][/PATH] or oci:/DIRECTORY")
      .option("--remote <repository>", "record this remote: HOST[:PORT]/PATH/NAME or oci:/DIRECTORY"),
  async run(session, [dir], options) {
    const { init } = await import("../../flows/init.ts");
    const { loadEnvironment } = await import("../../settings/environments.ts");
    const { chooseRemote } = await import("../../settings/remote_choice.ts");
    if (options.registry !== undefined && options.remote !== undefined) {
      throw new Failure("usage", "--registry and --remote say the same thing twice", { hint: "give one of them" });
    }
    const environment = session.options.env ?? null;
    if (environment !== null) loadEnvironment(session.home(), environment);
    const remote = remoteOf(session.standing(), options);
    const world = await session.world();
    const directory = resolve(session.standing(), dir ?? session.options.project ?? ".");
    const { pinnedEnvironment } = await import("../../flows/environment.ts");
    const pinned = pinnedEnvironment({ root: directory });
    const report = await init(world, {
      directory,
      name: options.name ?? null,
      tag: options.tag ?? null,
      thresholdMegabytes: options.threshold ?? null,
      environment,
      remote,
      chosen: async (name, recorded) => chooseRemote(await session.candidatesFor(recorded, environment ?? pinned), name),
    });
    const { renderInit } = await import("../../ui/render_project.ts");
    session.report("init", { ...report }, () => renderInit(report, session.console));
  },
});

function remoteOf(
  standing: string,
  options: { registry?: string | undefined; remote?: string | undefined },
): ((name: string) => Repository) | null {
  const absolute = (text: string): string =>
    text.startsWith("oci:") && !text.startsWith("oci:/") ? `oci:${resolve(standing, text.slice(4))}` : text;
  if (options.remote !== undefined) {
    const repository = parseRepository(absolute(options.remote));
    return () => repository;
  }
  if (options.registry === undefined) return null;
  const base = parseRemoteBase(absolute(options.registry), "--registry");
  return (name) => completeBase(base, name);
}
