"""Age-structured compartment models, stochastic, in steps of one day."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import modelops_calabaria as cb

from district.contacts import read_contacts
from district.population import AgeGroup, read_demographics

from .base import DailyCounts, DistrictModel

FITTED_BETA = 0.027  # to the outbreak of 2024, without any measure


@dataclass(frozen=True)
class Setup:
    groups: list[AgeGroup]
    contacts: list[list[float]]
    beta: float
    daily_onset: float
    daily_recovery: float
    reporting_rate: float
    days: int
    initial_infections: int


class StarsimSIR(DistrictModel):
    """Susceptible, infectious, recovered, with the daily steps and the parameter names that Starsim's SIR has."""

    PARAMS = cb.ParameterSpace(
        (
            *DistrictModel.PARAMS.specs,
            cb.ParameterSpec("dur_inf", 2.0, 14.0, doc="mean days of being infectious"),
        )
    )

    def build_sim(self, params, config):
        return self._setup(params, config, daily_onset=1.0)

    def run_sim(self, state, seed):
        return run(state, random.Random(seed)), state.reporting_rate

    @cb.model_output("prevalence")
    def prevalence(self, raw, seed):
        """Infectious people at the end of each day."""
        import polars as pl

        counts, _ = raw
        return pl.DataFrame({"day": list(range(len(counts.infectious))), "infectious": list(counts.infectious)})

    @cb.model_scenario("school-closure")
    def school_closure(self):
        return cb.ScenarioSpec("school-closure", doc="transmission as while schools were closed", param_patches={"beta": 0.02})

    def setup_scenarios(self):
        for percent in (25, 50):
            self._scenarios[f"contacts-minus-{percent}"] = cb.ScenarioSpec(
                f"contacts-minus-{percent}",
                doc=f"everybody meets {percent} % fewer people",
                param_patches={"beta": FITTED_BETA * (100 - percent) / 100},
            )

    def _setup(self, params, config, daily_onset):
        groups = read_demographics()
        return Setup(
            groups=groups,
            contacts=read_contacts(groups),
            beta=params["beta"],
            daily_onset=daily_onset,
            daily_recovery=1 - math.exp(-1 / params["dur_inf"]),
            reporting_rate=params["reporting_rate"],
            days=config["days"],
            initial_infections=config["initial_infections"],
        )


class SEIR(StarsimSIR):
    """The same with a latent stage between infection and being infectious."""

    PARAMS = cb.ParameterSpace(
        (
            *StarsimSIR.PARAMS.specs,
            cb.ParameterSpec("dur_exp", 1.0, 10.0, doc="mean days from infection to being infectious"),
        )
    )

    def build_sim(self, params, config):
        return self._setup(params, config, daily_onset=1 - math.exp(-1 / params["dur_exp"]))


def run(setup: Setup, rng: random.Random) -> DailyCounts:
    """Chain-binomial steps: everybody draws once a day."""
    numbers = range(len(setup.groups))
    population = sum(group.population for group in setup.groups)
    infectious = [round(setup.initial_infections * group.population / population) for group in setup.groups]
    exposed = [0 for _ in numbers]
    susceptible = [
        round(group.population * (1 - group.immune_fraction)) - infectious[number]
        for number, group in enumerate(setup.groups)
    ]
    new_by_day: list[tuple[int, ...]] = []
    infectious_by_day: list[int] = []
    for _ in range(setup.days):
        risk = [force_of_infection(setup, infectious, number) for number in numbers]
        infected = [rng.binomialvariate(susceptible[number], 1 - math.exp(-risk[number])) for number in numbers]
        onset = [rng.binomialvariate(exposed[number], setup.daily_onset) for number in numbers]
        recovered = [rng.binomialvariate(infectious[number], setup.daily_recovery) for number in numbers]
        for number in numbers:
            susceptible[number] -= infected[number]
            exposed[number] += infected[number] - onset[number]
            infectious[number] += onset[number] - recovered[number]
        new_by_day.append(tuple(infected))
        infectious_by_day.append(sum(infectious))
    return DailyCounts(tuple(group.name for group in setup.groups), tuple(new_by_day), tuple(infectious_by_day))


def force_of_infection(setup: Setup, infectious: list[int], of: int) -> float:
    """Rate per day at which one susceptible person of an age group is infected."""
    return setup.beta * sum(
        contacts * infectious[number] / setup.groups[number].population
        for number, contacts in enumerate(setup.contacts[of])
    )
