import { command } from "../command.ts";

export default command({
  summary: "work with another environment",
  details: "Pins the environment and forgets a recorded remote: from now on the environment's registry is this project's remote.",
  examples: ["mops bundle env switch prod"],
  define: (c) => c.argument("<name>", "the environment"),
  async run(session, [name]) {
    const { describeEnvironments, switchEnvironment } = await import("../../flows/environment.ts");
    const { renderEnvironment } = await import("../../ui/render_inspect.ts");
    const project = session.project();
    await switchEnvironment(await session.world(), session.home(), project, name);
    const report = describeEnvironments(session.home(), project, await session.choice());
    session.report("env-switch", { ...report }, () => renderEnvironment(report, session.console));
  },
});
