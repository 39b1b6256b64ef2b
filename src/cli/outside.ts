/** The hint of commands that work without a project when a reference says where: outside of one it is better than `init`. */
import { Failure, isFailure } from "../base/failure.ts";

export async function hintOutside<T>(work: Promise<T>, hint: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (isFailure(error, "no-project")) throw new Failure(error.code, error.message, { hint, facts: error.facts, cause: error });
    throw error;
  }
}
