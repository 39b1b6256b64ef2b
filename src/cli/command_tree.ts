/** Names of commands, one line about each, and how to load it. Nothing is loaded until it is chosen, so that start-up stays short. */
import type { CommandSpec } from "./command.ts";

export interface Leaf {
  readonly summary: string;
  // deno-lint-ignore no-explicit-any -- each spec has its own argument and option types
  load(): Promise<CommandSpec<any, any>>;
}

export interface Branch {
  readonly summary: string;
  readonly commands: Readonly<Record<string, Leaf | Branch>>;
}

const bundle: Branch = {
  summary: "package, compare and exchange a simulation model",
  commands: {
    init: { summary: "make a folder a project", load: async () => (await import("./commands/init.ts")).default },
    add: { summary: "say which files belong to the bundle", load: async () => (await import("./commands/add.ts")).default },
    remove: { summary: "take files out of the bundle", load: async () => (await import("./commands/remove.ts")).default },
    mv: { summary: "rename a tracked file or folder", load: async () => (await import("./commands/mv.ts")).default },
    status: {
      summary: "how this folder, its models and its targets stand",
      load: async () => (await import("./commands/status.ts")).default,
    },
    diff: { summary: "what differs from a bundle", load: async () => (await import("./commands/diff.ts")).default },
    why: {
      summary: "which models and targets depend on a file, and through what",
      load: async () => (await import("./commands/why.ts")).default,
    },
    impact: {
      summary: "whose results become stale if this folder is pushed",
      load: async () => (await import("./commands/impact.ts")).default,
    },
    show: { summary: "print one file of a bundle", load: async () => (await import("./commands/show.ts")).default },
    push: { summary: "publish this folder under a tag", load: async () => (await import("./commands/push.ts")).default },
    pull: { summary: "take in what a tag or digest holds, or clone it", load: async () => (await import("./commands/pull.ts")).default },
    "register-model": {
      summary: "record models of a file, and what they depend on",
      load: async () => (await import("./commands/register_model.ts")).default,
    },
    "register-target": {
      summary: "record calibration targets of a file, and what they depend on",
      load: async () => (await import("./commands/register_target.ts")).default,
    },
    "target-set": {
      summary: "target sets: targets that are used together",
      commands: {
        list: { summary: "list the target sets there are", load: async () => (await import("./commands/target_set_list.ts")).default },
        set: { summary: "make a target set, or replace one", load: async () => (await import("./commands/target_set_set.ts")).default },
        delete: {
          summary: "take a target set away; its targets stay",
          load: async () => (await import("./commands/target_set_delete.ts")).default,
        },
      },
    },
    list: { summary: "list registered models, targets and target sets", load: async () => (await import("./commands/list.ts")).default },
    unregister: {
      summary: "take models and targets out of registry.yaml",
      load: async () => (await import("./commands/unregister.ts")).default,
    },
    tag: { summary: "give a bundle another tag", load: async () => (await import("./commands/tag.ts")).default },
    untag: { summary: "take a tag away", load: async () => (await import("./commands/untag.ts")).default },
    manifest: { summary: "list tags, or the files of a bundle", load: async () => (await import("./commands/manifest.ts")).default },
    log: { summary: "who pushed what, when", load: async () => (await import("./commands/log.ts")).default },
    env: {
      summary: "environments: registries of a site",
      commands: {
        list: { summary: "list the environments there are", load: async () => (await import("./commands/env_list.ts")).default },
        show: { summary: "show which remote is used, and why", load: async () => (await import("./commands/env_show.ts")).default },
        switch: { summary: "work with another environment", load: async () => (await import("./commands/env_switch.ts")).default },
      },
    },
    version: { summary: "print the version", load: async () => (await import("./commands/version.ts")).default },
  },
};

/** As `mops`. */
export const TREE: Branch = {
  summary: "reproducible bundles of simulation models",
  commands: { bundle, version: bundle.commands["version"]! },
};

/** As `mops-bundle` or `modelops-bundle`. */
export const BUNDLE_TREE: Branch = bundle;

export function isBranch(node: Leaf | Branch): node is Branch {
  return "commands" in node;
}
