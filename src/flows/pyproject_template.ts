/** The `pyproject.toml` that `init` writes where there is none: what a worker needs to install the project, and a place for the rest. */

export function pyprojectTemplate(name: string): string {
  const project = name.split("/").at(-1) ?? name;
  return `[project]
name = "${project}"
version = "0.1.0"
description = "A simulation model, packaged with mops"
requires-python = ">=3.12"
dependencies = [
  "modelops-calabaria",
  "numpy>=1.24",
  "polars>=0.20",
]

[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[tool.hatch.build.targets.wheel]
packages = ["."]
only-include = ["models", "targets"]
`;
}
