/** `state.json`: what is damaged may be moved away, what a newer mops wrote may not. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { isFailure } from "../../src/base/failure.ts";
import { EMPTY_STATE, formatState, loadState } from "../../src/worktree/local_state.ts";

Deno.test("a state.json of a newer mops is not advised away; a damaged one is, by a command that can be pasted", () => {
  const root = Deno.makeTempDirSync({ prefix: "mops test" });
  try {
    Deno.mkdirSync(join(root, ".modelops-bundle"));
    const file = join(root, ".modelops-bundle/state.json");
    const refusal = (text: string) => {
      Deno.writeTextFileSync(file, text);
      try {
        loadState({ root });
      } catch (error) {
        if (isFailure(error)) return { code: error.code, message: error.message, hint: error.hint };
        throw error;
      }
      throw new assert.AssertionError({ message: "it was taken" });
    };
    assert.deepEqual(refusal('{"version": 4}'), {
      code: "unsupported",
      message: `${file} is newer than this mops: it has version 4, and this mops reads version 3`,
      hint: "use the newer mops that wrote it",
    });
    const damaged = refusal("{");
    assert.equal(damaged.code, "invalid");
    assert.ok(damaged.hint?.startsWith(`mv '${file}' '${file}.damaged' `), damaged.hint);
    Deno.writeTextFileSync(file, formatState(EMPTY_STATE));
    assert.deepEqual(loadState({ root }), EMPTY_STATE);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});
