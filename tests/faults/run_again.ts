/** Running a command again that died, as a user would. */
import { isFailure } from "../../src/base/failure.ts";
import type { Command } from "./commands.ts";
import type { Place } from "./place.ts";

/** false: it said, rightly, that all was done before. @throws what the command throws. */
export async function again(place: Place, command: Command): Promise<boolean> {
  try {
    await command.run(place);
    return true;
  } catch (error) {
    if (!isFailure(error, "not-found", "would-overwrite") || await command.isDone?.(place) !== true) throw error;
    return false;
  }
}
