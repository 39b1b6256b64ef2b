"""An individual-based SEIR model on a network of households and acquaintances, for a sample of the district."""

from __future__ import annotations

import random
from dataclasses import dataclass

import modelops_calabaria as cb

from district.population import read_demographics

from .base import DailyCounts, DistrictModel

SUSCEPTIBLE, EXPOSED, INFECTIOUS, RECOVERED = range(4)
MEAN_HOUSEHOLD = 2.6  # people


@dataclass
class Network:
    ages: list[int]
    age_names: tuple[str, ...]
    household: list[list[int]]
    acquaintances: list[list[int]]
    immune: list[bool]


@dataclass(frozen=True)
class Setup:
    network_seed: int
    people: int
    beta: float
    household_factor: float
    dur_exp: float
    dur_inf: float
    mean_degree: int
    reporting_rate: float
    days: int
    initial_infections: int


class NetworkSEIR(DistrictModel):
    """Everybody meets the same people every day; households meet more closely."""

    PARAMS = cb.ParameterSpace(
        (
            *DistrictModel.PARAMS.specs,
            cb.ParameterSpec("dur_exp", 1.0, 10.0, doc="mean days from infection to being infectious"),
            cb.ParameterSpec("dur_inf", 2.0, 14.0, doc="mean days of being infectious"),
            cb.ParameterSpec("mean_degree", 4, 30, kind="int", doc="acquaintances of one person"),
            cb.ParameterSpec("household_factor", 1.0, 6.0, doc="how much closer a household contact is"),
        )
    )
    CONFIG = cb.ConfigurationSpace(
        [
            cb.ConfigSpec("days", 140, doc="length of a run"),
            cb.ConfigSpec("initial_infections", 5, doc="infectious people on day 0"),
            cb.ConfigSpec("people", 5_000, doc="size of the sample"),
            cb.ConfigSpec("network_seed", 20_240_501, doc="the network is the same for every run"),
        ]
    )

    def build_sim(self, params, config):
        return Setup(
            network_seed=config["network_seed"],
            people=config["people"],
            beta=params["beta"],
            household_factor=params["household_factor"],
            dur_exp=params["dur_exp"],
            dur_inf=params["dur_inf"],
            mean_degree=params["mean_degree"],
            reporting_rate=params["reporting_rate"],
            days=config["days"],
            initial_infections=config["initial_infections"],
        )

    def run_sim(self, state, seed):
        network = build_network(state, random.Random(state.network_seed))
        return run(state, network, random.Random(seed)), state.reporting_rate

    @cb.model_scenario("fewer-acquaintances")
    def fewer_acquaintances(self):
        return cb.ScenarioSpec("fewer-acquaintances", param_patches={"mean_degree": 6})


def build_network(setup: Setup, rng: random.Random) -> Network:
    groups = read_demographics()
    weights = [group.population for group in groups]
    ages = rng.choices(range(len(groups)), weights=weights, k=setup.people)
    immune = [rng.random() < groups[age].immune_fraction for age in ages]
    household: list[list[int]] = [[] for _ in ages]
    first = 0
    while first < setup.people:
        size = 1 + min(5, int(rng.expovariate(1 / (MEAN_HOUSEHOLD - 0.5))))
        members = range(first, min(first + size, setup.people))
        for person in members:
            household[person] = [other for other in members if other != person]
        first += size
    acquaintances: list[list[int]] = [[] for _ in ages]
    for _ in range(setup.people * setup.mean_degree // 2):
        one, other = rng.randrange(setup.people), rng.randrange(setup.people)
        if one != other:
            acquaintances[one].append(other)
            acquaintances[other].append(one)
    return Network(ages, tuple(group.name for group in groups), household, acquaintances, immune)


def run(setup: Setup, network: Network, rng: random.Random) -> DailyCounts:
    state = [RECOVERED if immune else SUSCEPTIBLE for immune in network.immune]
    open_to_infection = [person for person, stage in enumerate(state) if stage == SUSCEPTIBLE]
    active = set(rng.sample(open_to_infection, setup.initial_infections))
    for person in active:
        state[person] = INFECTIOUS
    new_by_day: list[tuple[int, ...]] = []
    infectious_by_day: list[int] = []
    for _ in range(setup.days):
        infected = transmit(setup, network, state, active, rng)
        for person in sorted(active):
            if state[person] == EXPOSED and rng.random() < 1 / setup.dur_exp:
                state[person] = INFECTIOUS
            elif state[person] == INFECTIOUS and rng.random() < 1 / setup.dur_inf:
                state[person] = RECOVERED
        for person in infected:
            state[person] = EXPOSED
        active = {person for person in active if state[person] != RECOVERED} | infected
        by_age = [0] * len(network.age_names)
        for person in infected:
            by_age[network.ages[person]] += 1
        new_by_day.append(tuple(by_age))
        infectious_by_day.append(sum(state[person] == INFECTIOUS for person in active))
    return DailyCounts(network.age_names, tuple(new_by_day), tuple(infectious_by_day))


def transmit(setup: Setup, network: Network, state: list[int], active: set[int], rng: random.Random) -> set[int]:
    infected: set[int] = set()
    close = min(1.0, setup.beta * setup.household_factor)
    for person in sorted(active):
        if state[person] != INFECTIOUS:
            continue
        for contacts, chance in ((network.household[person], close), (network.acquaintances[person], setup.beta)):
            infected.update(other for other in contacts if state[other] == SUSCEPTIBLE and rng.random() < chance)
    return infected
