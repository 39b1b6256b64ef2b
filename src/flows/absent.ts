/** What is said of a tag or digest that leads nowhere. */
import { Failure } from "../base/failure.ts";
import { formatRepository, type Repository } from "../bundle/reference.ts";

/** The hint asks the same repository, wherever the user stands. */
export function absent(repository: Repository, reference: string, cause?: unknown): Failure {
  return new Failure("not-found", `${reference} does not exist`, {
    hint: `mops bundle manifest --tags-only --remote ${formatRepository(repository)}   (lists the tags there are)`,
    facts: { reference },
    cause,
  });
}
