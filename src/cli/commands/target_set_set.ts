import { collect, command } from "../command.ts";
import { weightsFrom } from "../options.ts";

export default command({
  summary: "make a target set, or replace one",
  details: "Without -t the set holds every registered target. The order is kept.",
  examples: [
    "mops bundle target-set set incidence --target incidence --target prevalence",
    "mops bundle target-set set fit -t incidence -t deaths -w incidence=2 -w deaths=0.5",
  ],
  define: (c) =>
    c.argument("<name>", "the set's name")
      .option("-t, --target <id>", "a registered target; may be given several times", collect, [] as string[])
      .option("-w, --weight <id=number>", "the weight of a member; may be given several times", collect, [] as string[]),
  async run(session, [name], options) {
    const { setTargetSet } = await import("../../flows/target_sets.ts");
    const report = await setTargetSet(await session.world(), session.project(), {
      name,
      targets: options.target,
      weights: weightsFrom(options.weight),
    });
    const { renderSet } = await import("../../ui/render_registered.ts");
    session.report("target-set-set", { ...report }, () => renderSet(report));
  },
});
