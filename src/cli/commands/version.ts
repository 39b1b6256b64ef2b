import { command } from "../command.ts";
import { VERSION } from "../version.ts";

export default command({
  summary: "print the version",
  define: (c) => c,
  run(session) {
    const { deno, v8, typescript } = Deno.version;
    session.report("version", { mops: VERSION, deno, v8, typescript, target: Deno.build.target }, () => `mops ${VERSION}`);
    return Promise.resolve();
  },
});
