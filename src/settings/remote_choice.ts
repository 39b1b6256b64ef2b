/**
 * Which remote is meant, and why (D7). Every source is looked at in one order; the first that says something wins, and the rest are
 * told too, so that `env show` can answer "why does it push there?".
 */
import { Failure } from "../base/failure.ts";
import { completeBase, formatRepository, type RemoteBase, type Repository } from "../bundle/reference.ts";

/** One place where a remote may be named. */
export interface Candidate {
  /** What a person would call it: `--registry`, `REGISTRY_URL`, `recorded remote`, … */
  readonly source: string;
  readonly says: Repository | RemoteBaseSaid | null;
}

export interface RemoteBaseSaid {
  readonly kind: "base";
  readonly base: RemoteBase;
}

export interface RemoteChoice {
  readonly repository: Repository;
  readonly source: string;
  /** All sources in order, with what each of them says; null where it says nothing. */
  readonly candidates: readonly { readonly source: string; readonly repository: string | null; readonly wins: boolean }[];
}

/** @throws Failure("invalid") when a base wins and the project has no name to complete it with. */
export function chooseRemote(candidates: readonly Candidate[], name: string | null): RemoteChoice {
  const winner = candidates.find(({ says }) => says !== null);
  if (winner?.says === undefined || winner.says === null) {
    throw new Failure("bug", "no source names a remote, not even the embedded layout");
  }
  const repository = completed(winner.says, name);
  if (repository === null) {
    throw new Failure("invalid", `${winner.source} names a base of remotes, and this project has no name to complete it with`, {
      hint: "mops bundle init --name NAME",
    });
  }
  return {
    repository,
    source: winner.source,
    candidates: candidates.map((candidate) => {
      const says = candidate.says === null ? null : completed(candidate.says, name);
      return { source: candidate.source, repository: says === null ? null : formatRepository(says), wins: candidate === winner };
    }),
  };
}

function completed(says: Repository | RemoteBaseSaid, name: string | null): Repository | null {
  if (says.kind !== "base") return says;
  return name === null ? null : completeBase(says.base, name);
}
