/** Push and pull, beside oras on the same registry, restic with a repository in a folder, git, and curl for bare bytes. */
import { type Bench, type Contender, fresh, gitTool, gone, mopsTool, plainTool, resticTool, shellTool } from "./contenders.ts";
import { output, timed } from "./measure.ts";
import { type Ask, race, type Row } from "./race.ts";
import { scaled } from "./rows_folder.ts";
import { changeSome, checkCopy, makeWorkload, type Workload, workloadPaths } from "./workload.ts";

const MEGABYTES = 1_000_000;
const LITTLE: Ask = { measure: "memory", atMost: 250 * MEGABYTES };
const SMALL_FILES = (files: number): Workload => ({ files, size: 1024 });
const ONE_BIG: Workload = { files: 1, size: 2 ** 31 };
const TWENTY: Workload = { files: 20, size: 100 * 2 ** 20 };

export const EXCHANGE_ROWS: readonly Row[] = [
  pushRow("push-900", "push of 900 × 1 KiB, one layer each", SMALL_FILES(900), 5, ["oras"], [
    { measure: "wall", against: "oras", atMost: 0.7 },
  ]),
  pushRow("push-10k", "push of 10,000 × 1 KiB", SMALL_FILES(10_000), 3, ["oras", "restic"], [
    { measure: "wall", against: "oras", atMost: 0.06 },
    { measure: "requests", atMost: 40 },
    { measure: "wall", against: "restic", atMost: 0.7 },
  ]),
  pullRow("pull-10k", "pull of 10,000 × 1 KiB", SMALL_FILES(10_000), 3, ["oras", "restic"], [
    { measure: "wall", against: "oras", atMost: 0.05 },
    { measure: "requests", atMost: 40 },
    { measure: "wall", against: "restic", atMost: 0.8 },
  ]),
  pushRow("push-100k", "push of 100,000 × 1 KiB", SMALL_FILES(100_000), 3, ["restic"], [
    { measure: "requests", atMost: 100 },
    { measure: "wall", against: "restic", atMost: 0.5 },
  ]),
  pullRow("pull-100k", "pull of 100,000 × 1 KiB", SMALL_FILES(100_000), 3, ["restic"], [
    { measure: "requests", atMost: 100 },
    { measure: "wall", against: "restic", atMost: 0.5 },
  ]),
  pushRow("push-2g", "push of 2 GiB in one file", ONE_BIG, 3, ["oras", "curl", "limits"], [
    { measure: "wall", against: "oras", atMost: 0.75 },
    { measure: "wall", against: "curl", atMost: 1.5 },
    LITTLE,
  ]),
  pullRow("pull-2g", "pull of 2 GiB in one file", ONE_BIG, 3, ["oras", "curl"], [
    { measure: "wall", against: "oras", atMost: 0.5 },
    { measure: "wall", against: "curl", atMost: 2 },
    LITTLE,
  ]),
  pushRow("push-20x100m", "push of 20 × 100 MiB", TWENTY, 3, ["oras"], [{ measure: "wall", against: "oras", atMost: 0.9 }, LITTLE]),
  pullRow("pull-20x100m", "pull of 20 × 100 MiB", TWENTY, 3, ["oras"], [{ measure: "wall", against: "oras", atMost: 0.9 }, LITTLE]),
  unchangedRow("unchanged-10k", "push with nothing changed, 10,000 × 1 KiB", SMALL_FILES(10_000)),
  unchangedRow("unchanged-2g", "push with nothing changed, 2 GiB in one file", ONE_BIG),
  {
    name: "changed-10",
    what: "push with 10 of 10,000 files changed",
    asks: [{ measure: "requests", atMost: 30 }, { measure: "wall", against: "oras", atMost: 0.1 }],
    figures: changedFigures,
  },
];

type Peer = "oras" | "restic" | "curl" | "limits";

function pushRow(name: string, what: string, full: Workload, runs: number, peers: readonly Peer[], asks: readonly Ask[]): Row {
  return {
    name,
    what,
    asks,
    figures: async (bench) => {
      const workload = smaller(bench, full);
      const project = `${bench.folder}/${name}`;
      const home = await fresh(`${bench.folder}/home`);
      makeWorkload(project, workload);
      const contenders: Contender[] = bench.programs.flatMap(([program, command], index) => {
        const tool = mopsTool(bench, command, home);
        const started = async (run: number, how: string) => {
          await gone(`${project}/.modelops-bundle`);
          await timed(tool, project, ["bundle", "init", ".", "--name", `${name}-${how}-${index}-${run}`]);
          await timed(tool, project, ["bundle", "add", "."]);
        };
        const common = { tool, cwd: project, args: () => ["bundle", "push"], countsRequests: true };
        // After `add`, as people push; and with the digests that `add` found forgotten, so that a push reads as much as the others do.
        return [
          { ...common, name: program, prepare: (run: number) => started(run, "warm") },
          {
            ...common,
            name: `${program}, no digest known`,
            prepare: async (run: number) => {
              await started(run, "cold");
              await gone(`${project}/.modelops-bundle/stat-cache`);
            },
          },
        ];
      });
      if (peers.includes("oras") && bench.has("oras")) contenders.push(orasPush(bench, name, project, workload));
      if (peers.includes("restic") && bench.has("restic")) contenders.push(resticBackup(bench, project));
      if (peers.includes("curl") && bench.has("curl")) contenders.push(await curlPut(bench, name, project, workload));
      if (peers.includes("limits")) contenders.push(...limits(bench, project, workload));
      return await race(bench, contenders, { runs });
    },
  };
}

function pullRow(name: string, what: string, full: Workload, runs: number, peers: readonly Peer[], asks: readonly Ask[]): Row {
  return {
    name,
    what,
    asks,
    figures: async (bench) => {
      const workload = smaller(bench, full);
      const project = `${bench.folder}/${name}`;
      const copy = `${bench.folder}/${name}-copy`;
      const home = await fresh(`${bench.folder}/home`);
      makeWorkload(project, workload);
      const first = mopsTool(bench, bench.programs[0]![1], home);
      await timed(first, project, ["bundle", "init", ".", "--name", name]);
      await timed(first, project, ["bundle", "add", "."]);
      await timed(first, project, ["bundle", "push"]);
      const empty = async () => void await fresh(copy);
      const same = (folder: string) => async () => {
        await checkCopy(`${project}/data`, `${folder}/data`);
        await gone(folder);
      };
      const contenders: Contender[] = bench.programs.map(([program, command]) => ({
        name: program,
        tool: mopsTool(bench, command, home),
        cwd: bench.folder,
        prepare: empty,
        args: () => ["bundle", "pull", "--ref", `${bench.registry!.host}/${name}:latest`, "--into", copy],
        check: same(copy),
        countsRequests: true,
      }));
      if (peers.includes("oras") && bench.has("oras")) {
        const push = orasPush(bench, name, project, workload);
        await timed(push.tool, push.cwd, push.args(0));
        contenders.push({
          name: "oras",
          tool: push.tool,
          cwd: bench.folder,
          prepare: empty,
          args: () => ["pull", "--plain-http", "--no-tty", "--output", copy, orasReference(bench, name, 0)],
          check: same(copy),
          countsRequests: true,
        });
      }
      if (peers.includes("restic") && bench.has("restic")) {
        const backup = resticBackup(bench, project);
        await backup.prepare!(0);
        await timed(backup.tool, backup.cwd, backup.args(0));
        contenders.push({
          name: "restic",
          tool: backup.tool,
          cwd: bench.folder,
          prepare: empty,
          args: () => ["restore", "latest", "--target", copy],
          check: same(copy),
        });
      }
      if (peers.includes("curl") && bench.has("curl")) {
        const put = await curlPut(bench, name, project, workload);
        await timed(put.tool, put.cwd, put.args(0));
        const { DIGEST: digest, HOST: host } = put.tool.env;
        contenders.push({
          name: "curl",
          tool: plainTool("curl", home),
          cwd: bench.folder,
          prepare: empty,
          args: () => ["-sSf", "-o", `${copy}/blob`, `http://${host}/v2/curl-${name}-0/blobs/${digest}`],
          countsRequests: true,
        });
      }
      return await race(bench, contenders, { runs });
    },
  };
}

function unchangedRow(name: string, what: string, full: Workload): Row {
  return {
    name,
    what,
    asks: [{ measure: "requests", atMost: 3 }],
    figures: async (bench) => {
      const workload = smaller(bench, full);
      const project = `${bench.folder}/${name}`;
      const home = await fresh(`${bench.folder}/home`);
      makeWorkload(project, workload);
      const contenders: Contender[] = bench.programs.map(([program, command], index) => {
        const tool = mopsTool(bench, command, home);
        return {
          name: program,
          tool,
          cwd: project,
          prepare: async (run) => {
            if (run === 1) {
              await gone(`${project}/.modelops-bundle`);
              await timed(tool, project, ["bundle", "init", ".", "--name", `${name}-${index}`]);
              await timed(tool, project, ["bundle", "add", "."]);
              await timed(tool, project, ["bundle", "push"]);
              await new Promise((resolve) => setTimeout(resolve, 2000)); // what changed within the last second is not remembered
              await timed(tool, project, ["bundle", "status", "--offline"]);
            }
            const { hashed } = JSON.parse(await output(tool, project, ["bundle", "status", "--offline", "--json"]));
            if (hashed > 0) throw new Error(`${hashed} files would be hashed`);
          },
          args: () => ["bundle", "push"],
          countsRequests: true,
        };
      });
      // One program after the other: both use the one folder.
      const figures = new Map();
      for (const one of contenders) for (const [program, list] of await race(bench, [one], { runs: 5 })) figures.set(program, list);
      if (bench.has("oras")) {
        const push = { ...orasPush(bench, name, project, workload), args: () => orasArgs(bench, name, workload, 0) };
        await timed(push.tool, push.cwd, push.args());
        for (const [program, list] of await race(bench, [push], { runs: 3 })) figures.set(program, list);
      }
      return figures;
    },
  };
}

async function changedFigures(bench: Bench) {
  const workload = smaller(bench, SMALL_FILES(10_000));
  const home = await fresh(`${bench.folder}/home`);
  let salt = 1_000_000;
  const change = (folder: string) => changeSome(folder, workload, 10, salt++);
  const contenders: Contender[] = [];
  for (const [index, [program, command]] of bench.programs.entries()) {
    const project = `${bench.folder}/changed-${index}`;
    const tool = mopsTool(bench, command, home);
    makeWorkload(project, workload);
    for (const args of [["init", ".", "--name", `changed-${index}`], ["add", "."], ["push"]]) {
      await timed(tool, project, ["bundle", ...args]);
    }
    const args = () => ["bundle", "push"];
    contenders.push({ name: program, tool, cwd: project, prepare: () => Promise.resolve(change(project)), args, countsRequests: true });
  }
  const project = `${bench.folder}/changed-peers`;
  makeWorkload(project, workload);
  if (bench.has("oras")) {
    const push = orasPush(bench, "changed", project, workload);
    const args = () => orasArgs(bench, "changed", workload, 0);
    await timed(push.tool, push.cwd, args());
    contenders.push({ ...push, prepare: () => Promise.resolve(change(project)), args });
  }
  if (bench.has("git")) {
    const tool = gitTool(home);
    const bare = `${bench.folder}/changed.git`;
    await timed(tool, bench.folder, ["init", "-q", "--bare", bare]);
    for (const args of [["init", "-q", "."], ["remote", "add", "origin", `file://${bare}`], ["add", "."], ["commit", "-q", "-m", "1"]]) {
      await timed(tool, project, args);
    }
    await timed(tool, project, ["push", "-q", "origin", "HEAD:main"]);
    const script = `git "$@" add . && git "$@" commit -q -m changed && git "$@" push -q origin HEAD:main`;
    contenders.push({
      name: "git",
      tool: shellTool(script, home, tool.env),
      cwd: project,
      prepare: () => Promise.resolve(change(project)),
      args: () => tool.command.slice(1),
    });
  }
  return await race(bench, contenders, { runs: 3 });
}

/** One layer per file, at its default concurrency. */
function orasPush(bench: Bench, name: string, project: string, workload: Workload): Contender {
  return {
    name: "oras",
    tool: plainTool("oras", `${bench.folder}/home`),
    cwd: project,
    args: (run) => orasArgs(bench, name, workload, run),
    countsRequests: true,
  };
}

function orasArgs(bench: Bench, name: string, workload: Workload, run: number): string[] {
  const files = workloadPaths(workload).map((path) => `${path}:application/octet-stream`);
  return ["push", "--plain-http", "--no-tty", orasReference(bench, name, run), ...files];
}

function orasReference(bench: Bench, name: string, run: number): string {
  return `${bench.registry!.host}/oras-${name}-${run}:latest`;
}

function resticBackup(bench: Bench, project: string): Contender {
  const repository = `${bench.folder}/restic`;
  const home = `${bench.folder}/restic-home`;
  const tool = resticTool(repository, home);
  return {
    name: "restic",
    tool,
    cwd: project,
    prepare: async () => {
      await fresh(home); // its cache, too
      await gone(repository);
      await timed(tool, project, ["init"]);
    },
    args: () => ["backup", "data"],
  };
}

/** The bytes and nothing else: one upload session, one PUT; the digest is known beforehand. */
async function curlPut(bench: Bench, name: string, project: string, workload: Workload): Promise<Contender> {
  const file = `${project}/${workloadPaths(workload)[0]}`;
  const home = `${bench.folder}/home`;
  const said = await output(plainTool("openssl", home), project, ["dgst", "-sha256", "-r", file]);
  const script = `
    at=$(curl -sS -D - -o /dev/null -X POST "http://$HOST/v2/$1/blobs/uploads/" | tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
    curl -sSf -o /dev/null -H 'Content-Type: application/octet-stream' -T "$FILE" "$at&digest=$DIGEST"`;
  const variables = { HOST: bench.registry!.host, FILE: file, DIGEST: `sha256:${said.slice(0, 64)}` };
  return {
    name: "curl",
    tool: shellTool(script, home, variables),
    cwd: project,
    args: (run) => [`curl-${name}-${run}`],
    countsRequests: true,
  };
}

/** What no tool can be faster than, whatever it does. */
function limits(bench: Bench, project: string, workload: Workload): Contender[] {
  const file = `${project}/${workloadPaths(workload)[0]}`;
  const copy = `${bench.folder}/limit-copy`;
  const home = `${bench.folder}/home`;
  return [
    { name: "openssl dgst", tool: plainTool("openssl", home), cwd: project, args: () => ["dgst", "-sha256", file] },
    { name: "cp", tool: plainTool("cp", home), cwd: project, args: () => [file, copy], check: () => gone(copy) },
  ];
}

/** Many files become fewer, few become smaller. */
function smaller(bench: Bench, { files, size }: Workload): Workload {
  return files > 100 ? { files: scaled(bench, files), size } : { files, size: scaled(bench, size) };
}
