/** The folders that the program being built is warmed up in, and how it is started there: `warm_up.ts` is what then runs. */

const LONG_AGO = new Date("2020-01-01T00:00:00Z");

/** Runs everyday commands in new projects below this folder. `program` ends with its mode; what it finds out goes to `to`. */
export async function warmUp(below: string, [program, ...args]: readonly string[], to: string): Promise<void> {
  const projects = `${await Deno.realPath(below)}/projects`;
  await prepareProjects(projects);
  await runQuietly(projects, program!, [...args, projects, to.startsWith("/") ? to : `${Deno.cwd()}/${to}`]);
}

/** A small project in step with what it pushed, and the sample with its models, where nothing is registered yet. */
async function prepareProjects(projects: string): Promise<void> {
  await Deno.remove(projects, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.mkdir(`${projects}/plain/data`, { recursive: true });
  for (let i = 0; i < 10; i++) {
    const file = `${projects}/plain/data/${i}.csv`;
    await Deno.writeTextFile(file, `day,count\n${i},${i * i}\n`);
    await Deno.utime(file, LONG_AGO, LONG_AGO); // digests are remembered of files that are not being written just now
  }
  await copied("dev/sample_project", `${projects}/models`);
  const mops = async (...args: string[]) =>
    await runQuietly(projects, Deno.execPath(), ["run", "-A", "--no-check", "main.ts", "bundle", ...args]);
  for (const project of ["plain", "models"]) {
    const folder = `${projects}/${project}`;
    await mops("init", folder, "--name", project);
    for (const command of ["add", "push", "status"]) await mops(command, "--project", folder, ...command === "add" ? [folder] : []);
  }
}

async function copied(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for (const { name, isDirectory } of Deno.readDirSync(from)) {
    if (isDirectory) await copied(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}

/** A program of ours: its words are of no interest, and settings of whoever builds must not decide what it does. */
async function runQuietly(home: string, program: string, args: readonly string[]): Promise<void> {
  const kept = ["PATH", "TMPDIR", "SYSTEMROOT"].flatMap((name) => Deno.env.get(name) === undefined ? [] : [[name, Deno.env.get(name)!]]);
  const env = { ...Object.fromEntries(kept), HOME: home, DENO_DIR: denoDirectory() };
  const command = new Deno.Command(program, { args: [...args], env, clearEnv: true, stdin: "null", stdout: "null", stderr: "piped" });
  const { code, stderr } = await command.output();
  if (code !== 0) throw new Error(`${program} ${args.join(" ")}: exit code ${code}\n${new TextDecoder().decode(stderr)}`);
}

/** Where Deno keeps what it downloaded: it must not begin anew in a home of ours. */
function denoDirectory(): string {
  const { denoDir } = JSON.parse(
    new TextDecoder().decode(new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync().stdout),
  );
  return denoDir as string;
}
