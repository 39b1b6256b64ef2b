/**
 * A registry to develop against: `deno task dev:up`, `dev:down`, `dev:status`. It listens on localhost:5555, keeps what was pushed under
 * `~/.cache/mops-dev/stack` (or `$MOPS_DEV_HOME/stack`), and is named by the environment `local`. Doing something twice does no harm.
 */
const HOST = "localhost:5555";
const HOME = Deno.env.get("HOME") ?? "/";
const DEV_HOME = Deno.env.get("MOPS_DEV_HOME") || `${HOME}/.cache/mops-dev`;
const STACK = `${DEV_HOME}/stack`;
const PID_FILE = `${STACK}/registry.pid`;
const CONFIG_FILE = `${STACK}/registry.yml`;
const LOG_FILE = `${STACK}/registry.log`;
const ENVIRONMENT_FILE = `${HOME}/.modelops/bundle-env/local.yaml`;

const actions: Readonly<Record<string, () => Promise<number>>> = { up, down, status };
const action = actions[Deno.args[0] ?? ""];
if (action === undefined) console.error("usage: deno task dev:up | dev:down | dev:status");
Deno.exitCode = action === undefined ? 2 : await action();

async function up(): Promise<number> {
  const running = await runningPid();
  if (running !== null) console.log(`the registry is up already at ${HOST} (process ${running}); nothing to do`);
  else if (await answers()) {
    console.error(`something else listens on ${HOST}; stop it first, since the environment "local" would lead there`);
    return 1;
  } else {
    const pid = await start(await installedRegistry());
    if (!await waitFor(answers)) {
      console.error(`the registry did not come up; its last lines, from ${LOG_FILE}:\n${await lastLines(LOG_FILE, 10)}`);
      return 1;
    }
    console.log(`the registry is up at ${HOST} (process ${pid}); it keeps its bundles in ${STACK}/registry`);
  }
  await writeEnvironment();
  return 0;
}

async function down(): Promise<number> {
  const pid = await runningPid();
  if (pid === null) {
    console.log("the registry is not up; nothing to do");
    return 0;
  }
  Deno.kill(pid, "SIGTERM");
  if (!await waitFor(async () => await runningPid() === null)) {
    console.error(`process ${pid} does not stop`);
    return 1;
  }
  await Deno.remove(PID_FILE);
  console.log(`the registry is down; its bundles stay in ${STACK}/registry`);
  return 0;
}

/** Exit code 0 when it is up, 1 when not, as service managers do. */
async function status(): Promise<number> {
  const pid = await runningPid();
  if (pid === null) console.log(await answers() ? `not ours: something else listens on ${HOST}` : "the registry is down");
  else console.log(`the registry is up at ${HOST} (process ${pid})${await answers() ? "" : ", but does not answer"}`);
  return pid === null ? 1 : 0;
}

/** The process that the pid file names, if it is still that registry: numbers are used again. */
async function runningPid(): Promise<number | null> {
  const pid = Number(await textOf(PID_FILE));
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  return (await commandLine(pid)).includes(CONFIG_FILE) ? pid : null;
}

/** Empty when there is no such process. A bare Debian has no `ps`, and macOS no `/proc`. */
async function commandLine(pid: number): Promise<string> {
  if (Deno.build.os === "linux") return await textOf(`/proc/${pid}/cmdline`);
  const { stdout } = await new Deno.Command("ps", { args: ["-o", "command=", "-p", String(pid)], stdin: "null", stderr: "null" }).output();
  return new TextDecoder().decode(stdout);
}

/** In the background, and still there when this terminal is closed. */
async function start(program: string): Promise<number> {
  await Deno.mkdir(`${STACK}/registry`, { recursive: true });
  const secret = crypto.randomUUID();
  // JSON is YAML, and needs no care about what a path may hold.
  const config = {
    version: 0.1,
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: `${STACK}/registry` }, delete: { enabled: true } },
    http: { addr: HOST.replace("localhost", "127.0.0.1"), secret },
  };
  await Deno.writeTextFile(CONFIG_FILE, JSON.stringify(config, null, 2));
  const shell = new Deno.Command("sh", {
    args: ["-c", 'nohup "$1" serve "$2" >"$3" 2>&1 </dev/null & echo $!', "sh", program, CONFIG_FILE, LOG_FILE],
    stdin: "null",
    stdout: "piped",
  });
  const pid = new TextDecoder().decode((await shell.output()).stdout).trim();
  await Deno.writeTextFile(PID_FILE, `${pid}\n`);
  return Number(pid);
}

/** The registry program: our own copy, the machine's, or one that is installed now. */
async function installedRegistry(): Promise<string> {
  const own = `${DEV_HOME}/bin/docker-registry`;
  const candidates = [own, ...(Deno.env.get("PATH") ?? "").split(":").filter(Boolean).map((folder) => `${folder}/docker-registry`)];
  for (const candidate of candidates) if (await isFile(candidate)) return candidate;
  console.log("no docker-registry on this machine: installing one");
  const script = new URL("install_servers.sh", import.meta.url).pathname;
  // It installs more than is needed here, so its exit code says less than the file that we want.
  await new Deno.Command("sh", { args: [script], stdin: "null" }).spawn().status;
  if (!await isFile(own)) throw new Error(`${script} did not install ${own}`);
  return own;
}

/** What a site would keep there; a file that exists is somebody's. */
async function writeEnvironment(): Promise<void> {
  const text = `environment: local\nregistry:\n  provider: docker\n  login_server: ${HOST}\n  requires_auth: false\n`;
  await Deno.mkdir(ENVIRONMENT_FILE.slice(0, ENVIRONMENT_FILE.lastIndexOf("/")), { recursive: true });
  try {
    await Deno.writeTextFile(ENVIRONMENT_FILE, text, { createNew: true, mode: 0o600 });
    console.log(`wrote the environment "local": ${ENVIRONMENT_FILE}`);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

async function answers(): Promise<boolean> {
  try {
    const response = await fetch(`http://${HOST}/v2/`, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return true;
  } catch {
    return false; // refused, reset or silent: nobody there who speaks HTTP
  }
}

async function waitFor(condition: () => Promise<boolean>): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

async function lastLines(path: string, count: number): Promise<string> {
  return (await textOf(path)).trimEnd().split("\n").slice(-count).join("\n");
}
