import { command } from "../command.ts";
import { REGISTRY_OPTION, REMOTE_OPTION } from "../options.ts";

export default command({
  summary: "show which remote is used, and why",
  examples: ["mops bundle env show", "REGISTRY_URL=localhost:5555 mops bundle env show"],
  define: (c) => c.option(...REGISTRY_OPTION).option(...REMOTE_OPTION),
  async run(session) {
    const { describeEnvironments } = await import("../../flows/environment.ts");
    const { renderEnvironment } = await import("../../ui/render_inspect.ts");
    const project = session.project();
    const report = describeEnvironments(session.home(), project, await session.choice());
    session.report("env-show", { ...report }, () => renderEnvironment(report, session.console));
  },
});
