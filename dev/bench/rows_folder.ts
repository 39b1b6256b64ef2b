/** What happens in the folder alone: start-up, `add`, `status`, beside git (and oras, for start-up). */
import { type Bench, type Contender, fresh, gitTool, gone, mopsTool, plainTool } from "./contenders.ts";
import { output, timed } from "./measure.ts";
import { race, type Row } from "./race.ts";
import { recordBase } from "./recorded_base.ts";
import { makeWorkload } from "./workload.ts";

const MEGABYTES = 1_000_000;
const METADATA = 5; // files of ours, which `init` has just written

export const FOLDER_ROWS: readonly Row[] = [
  {
    name: "status-100k",
    what: "status --offline, 100,000 × 1 KiB unchanged",
    asks: [{ measure: "wall", against: "git", atMost: 2 }, { measure: "memory", atMost: 250 * MEGABYTES }],
    figures: async (bench) => {
      const files = scaled(bench, 100_000);
      const project = await pushedProject(bench, "status-100k", files);
      const contenders = mopsStatus(bench, project);
      if (bench.has("git")) contenders.push(await gitStatus(bench, files));
      return await race(bench, contenders, { runs: 7 });
    },
  },
  {
    name: "add-100k",
    what: "add . of 100,000 × 1 KiB, first time",
    asks: [{ measure: "wall", against: "git", atMost: 0.5 }],
    figures: async (bench) => {
      const files = scaled(bench, 100_000);
      const home = await fresh(`${bench.folder}/home`);
      const project = `${bench.folder}/add-100k`;
      makeWorkload(project, { files, size: 1024 });
      const contenders: Contender[] = bench.programs.map(([name, command]) => ({
        name,
        tool: mopsTool(bench, command, home),
        cwd: project,
        prepare: async () => {
          await gone(`${project}/.modelops-bundle`);
          await timed(mopsTool(bench, command, home), project, ["bundle", "init", "."]);
        },
        args: () => ["bundle", "add", "."],
        check: async () => {
          const { hashed } = JSON.parse(await output(mopsTool(bench, command, home), project, ["bundle", "status", "--offline", "--json"]));
          if (hashed > METADATA) throw new Error(`add recorded no digest of ${hashed} files`);
        },
      }));
      if (bench.has("git")) {
        const git = `${bench.folder}/add-100k-git`;
        makeWorkload(git, { files, size: 1024 });
        contenders.push({
          name: "git",
          tool: gitTool(home),
          cwd: git,
          prepare: async () => {
            await gone(`${git}/.git`);
            await timed(gitTool(home), git, ["init", "-q", "."]);
          },
          args: () => ["add", "."],
        });
      }
      return await race(bench, contenders, { runs: 3 });
    },
  },
  {
    name: "status-1m",
    what: "status --offline, 1,000,000 × 1 KiB unchanged",
    asks: [
      { measure: "wall", against: (program) => `${program}, 100,000 files`, atMost: 12 },
      { measure: "memory", atMost: 1000 * MEGABYTES },
    ],
    figures: async (bench) => {
      const small = await pushedProject(bench, "status-1m-small", scaled(bench, 100_000));
      const large = await addedProject(bench, "status-1m", scaled(bench, 1_000_000));
      await recordBase(large); // a push would take minutes, and tell `status --offline` nothing else
      const contenders = [
        ...mopsStatus(bench, large),
        ...mopsStatus(bench, small).map((one) => ({ ...one, name: `${one.name}, 100,000 files` })),
      ];
      return await race(bench, contenders, { runs: 3 });
    },
  },
  {
    name: "start-version",
    what: "start-up: version",
    asks: [{ measure: "wall", against: "oras", atMost: 3.5 }],
    figures: async (bench) => {
      const home = await fresh(`${bench.folder}/home`);
      const contenders: Contender[] = bench.programs.map(([name, command]) => ({
        name,
        tool: mopsTool(bench, command, home),
        cwd: home,
        args: () => ["version"],
      }));
      return await race(bench, [...contenders, ...startUps(bench, home)], { runs: 40, bare: true });
    },
  },
  {
    name: "start-status",
    what: "start-up: status --offline of 10 files",
    asks: [{ measure: "wall", against: "oras", atMost: 6 }],
    figures: async (bench) => {
      const project = await pushedProject(bench, "start-status", 10);
      return await race(bench, [...mopsStatus(bench, project), ...startUps(bench, `${bench.folder}/home`)], { runs: 40, bare: true });
    },
  },
];

function startUps(bench: Bench, home: string): Contender[] {
  const started = (name: string, program: string, args: string[]) => ({
    name,
    tool: plainTool(program, home),
    cwd: home,
    args: () => args,
  });
  return [
    ...(bench.has("oras") ? [started("oras", "oras", ["version"])] : []),
    ...(bench.has("git") ? [started("git", "git", ["version"])] : []),
    started("an empty process", "true", []),
  ];
}

/** A project in step with what it pushed, every file's digest remembered. */
async function pushedProject(bench: Bench, name: string, files: number): Promise<string> {
  const project = await addedProject(bench, name, files);
  bench.tell(`  pushing them`);
  await timed(mopsTool(bench, bench.programs[0]![1], `${bench.folder}/home`), project, ["bundle", "push"]);
  return project;
}

async function addedProject(bench: Bench, name: string, files: number): Promise<string> {
  const project = `${bench.folder}/${name}`;
  bench.tell(`  making and adding ${files} files`);
  makeWorkload(project, { files, size: 1024 });
  const tool = mopsTool(bench, bench.programs[0]![1], await fresh(`${bench.folder}/home`));
  await timed(tool, project, ["bundle", "init", ".", "--name", name]);
  await timed(tool, project, ["bundle", "add", "."]);
  return project;
}

function mopsStatus(bench: Bench, project: string): Contender[] {
  const home = `${bench.folder}/home`;
  return bench.programs.map(([name, command]) => {
    const tool = mopsTool(bench, command, home);
    return {
      name,
      tool,
      cwd: project,
      prepare: async (run: number) => {
        if (run === 1) await timed(tool, project, ["bundle", "status", "--offline"]);
      },
      args: () => ["bundle", "status", "--offline"],
    };
  });
}

async function gitStatus(bench: Bench, files: number): Promise<Contender> {
  const folder = `${bench.folder}/git-status`;
  makeWorkload(folder, { files, size: 1024 });
  const tool = gitTool(`${bench.folder}/home`);
  for (const args of [["init", "-q", "."], ["add", "."], ["commit", "-q", "-m", "bench"], ["status"]]) await timed(tool, folder, args);
  return { name: "git", tool, cwd: folder, args: () => ["status"] };
}

export function scaled(bench: Bench, count: number): number {
  return Math.max(1, Math.round(count * bench.scale));
}
