/** A project of models for measuring: packages of helpers in chains, models that import them, data; the same bytes in every run. */

export interface ModelsWorkload {
  /** Python files in all. */
  readonly files: number;
  readonly models: number;
}

/** Helpers that import each other in a row: what a model needs several imports away. */
const CHAIN = 5;

/** Paths of the files with a model, from the folder. */
export function makeModelsWorkload(folder: string, { files, models }: ModelsWorkload): string[] {
  const helpers = files - models - 2;
  write(folder, "pyproject.toml", PYPROJECT);
  write(folder, "lib/__init__.py", "");
  write(folder, "models/__init__.py", "");
  for (let number = 0; number < helpers; number++) write(folder, helperPath(number), helper(number, helpers));
  const paths: string[] = [];
  for (let number = 0; number < models; number++) {
    const path = `models/model_${pad(number)}.py`;
    paths.push(path);
    write(folder, path, model(number, Math.floor((number * helpers) / models)));
    write(folder, dataPath(number), `age,count\n${Array.from({ length: 20 }, (_, age) => `${age},${age * number}\n`).join("")}`);
  }
  return paths;
}

export function helperPath(number: number): string {
  return `lib/helper_${pad(number)}.py`;
}

const dataPath = (number: number) => `data/contact_${pad(number)}.csv`;
const pad = (number: number) => String(number).padStart(4, "0");

function write(folder: string, path: string, text: string): void {
  const full = `${folder}/${path}`;
  Deno.mkdirSync(full.slice(0, full.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(full, text);
}

const PYPROJECT = `[project]
name = "measured"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["numpy>=1.26", "pandas"]
`;

/** About 3 KB: imports, a docstring, functions with loops, comparisons, calls and comments. */
function helper(number: number, count: number): string {
  const next = number % CHAIN < CHAIN - 1 && number + 1 < count ? `from .helper_${pad(number + 1)} import step_a as next_a\n` : "";
  return `"""Rates and states, part ${number}."""
from __future__ import annotations

import numpy as np
${next}
RATES = {"beta": 0.${number + 1}, "gamma": 0.1, "sigma": [0.2, 0.3, 0.5]}
LIMIT = ${number} * 100

${
    ["a", "b", "c"].map((name) => `
def step_${name}(state, params, rng, *, scale=1.0):
    """One day of ${name}: new infections, recoveries, and what is left.

    Nothing is changed in place.
    """
    susceptible, infected, recovered = state["S"], state["I"], state["R"]
    total = susceptible + infected + recovered
    # with nobody left, nothing happens
    if total <= 0 or not np.isfinite(total):
        return dict(state)
    force = params.get("beta", RATES["beta"]) * infected / total * scale
    new = rng.binomial(int(susceptible), 1.0 - np.exp(-force))
    gone = min(infected, rng.poisson(params["gamma"] * infected))
    history = [(day, new * day) for day in range(7) if day % 2 == 0]
    for day, count in history:
        if count > LIMIT:
            raise ValueError(f"too many on day {day}: {count:>10}")
    return {"S": susceptible - new, "I": infected + new - gone, "R": recovered + gone}

`).join("")
  }
class Population_${pad(number)}:
    """Who lives where."""

    kinds: tuple[str, ...] = ("child", "adult", "old")

    def __init__(self, size: int = 1000, seed: int | None = None) -> None:
        self.size = size
        self.rng = np.random.default_rng(seed)

    def split(self, weights=(0.2, 0.6, 0.2)):
        counts = self.rng.multinomial(self.size, weights)
        return dict(zip(self.kinds, counts.tolist()))
`;
}

function model(number: number, first: number): string {
  return `"""Model ${number}."""
from pathlib import Path

import numpy as np
import pandas as pd
import calabaria as cb

from lib.helper_${pad(first)} import step_a, step_b
from lib import helper_${pad(first + 1)}

DATA = Path(__file__).parent.parent / "data"


class Model${number}(cb.BaseModel):
    """Susceptible, infected, recovered."""

    PARAMS = cb.ParameterSpace([
        cb.ParameterSpec("beta", 0.0, 1.0, "float", doc="transmission"),
        cb.ParameterSpec("gamma", 0.05, 0.5, "float"),
        cb.ParameterSpec("seeds", 1, 100, "int"),
    ])

    def __init__(self, space=None):
        super().__init__(space or self.PARAMS, base_config={"days": 100})
        self.contacts = pd.read_csv(DATA / "contact_${pad(number)}.csv")

    def build_sim(self, params, config):
        return {"S": 990, "I": int(params["seeds"]), "R": 0}

    def run_sim(self, state, seed):
        rng = np.random.default_rng(seed)
        days = []
        for day in range(100):
            state = step_a(state, {"beta": 0.3, "gamma": 0.1}, rng) if day % 2 else step_b(state, {"gamma": 0.2}, rng)
            days.append({"day": day, **state})
        return days

    @cb.model_output("incidence")
    def extract_incidence(self, raw, seed):
        return pd.DataFrame(raw)[["day", "I"]]

    @cb.model_output("prevalence")
    def extract_prevalence(self, raw, seed):
        return pd.DataFrame(raw)

    @cb.model_scenario("lockdown")
    def lockdown(self):
        return cb.ScenarioSpec("lockdown", doc="half the contacts", param_patches={"beta": 0.1})
`;
}
