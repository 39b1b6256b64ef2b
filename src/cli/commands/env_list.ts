import { command } from "../command.ts";

export default command({
  summary: "list the environments there are",
  details: "They are the files ~/.modelops/bundle-env/NAME.yaml; an arrow marks the one that this project is pinned to.",
  examples: ["mops bundle env list"],
  define: (c) => c,
  async run(session) {
    const { describeEnvironments } = await import("../../flows/environment.ts");
    const { environmentsFolder } = await import("../../settings/environments.ts");
    const { renderEnvironmentList } = await import("../../ui/render_inspect.ts");
    const report = describeEnvironments(session.home(), session.projectIfAny(), null);
    session.report(
      "env-list",
      { pinned: report.pinned, environments: report.environments },
      () => renderEnvironmentList(report, environmentsFolder(session.home()), session.console),
    );
  },
});
