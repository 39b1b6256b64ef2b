/**
 * One of many processes that write one layout at once: `writer_process.ts DIRECTORY NAME ROUNDS`. In each round it moves the tag `chain` to
 * an artifact that names what the tag held before, and sets a tag of its own.
 */
import { isFailure } from "../../src/base/failure.ts";
import { openLayout } from "../../src/layout/layout.ts";
import { putFiles } from "./support.ts";

const [directory, name, rounds] = Deno.args;
for (let round = 0; round < Number(rounds); round++) {
  const remote = openLayout(directory!, { emit: () => {} });
  while (true) {
    const before = await remote.resolve("chain");
    const artifact = await putFiles(remote, { "before": before ?? "", "who": `${name} ${round}`, "shared": "the same for all" });
    try {
      await remote.setTag("chain", artifact, before);
    } catch (error) {
      if (isFailure(error, "tag-moved")) continue;
      throw error;
    }
    await remote.setTag(`${name}-${round}`, artifact, null);
    break;
  }
}
