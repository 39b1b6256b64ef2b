"""The model that is calibrated: parameters, one Starsim simulation, and the tables that targets compare."""

import modelops_calabaria as cb
import polars as pl
import starsim as ss

from .disease import RSV
from .interventions.maternal_vaccine import MaternalVaccine
from .population import age_structure, contact_factors

DAYS_PER_WEEK = 7
SEASON = 16 * DAYS_PER_WEEK


class InfantRSV(cb.BaseModel):
    """One season in one catchment. Runs differ by the random seed only."""

    PARAMS = cb.ParameterSpace(
        (
            cb.ParameterSpec("beta", 0.01, 0.2, doc="chance of transmission per contact and day"),
            cb.ParameterSpec("dur_inf", 4.0, 12.0, doc="mean days of being infectious"),
            cb.ParameterSpec("p_admitted", 0.005, 0.05, doc="fraction of infected infants who are admitted"),
            cb.ParameterSpec("coverage", 0, 1, doc="fraction of mothers who are vaccinated"),
        )
    )
    CONFIG = cb.ConfigurationSpace(
        [
            cb.ConfigSpec("n_agents", 20_000, doc="people who are simulated"),
            cb.ConfigSpec("start_month", 11, doc="month in which the season begins"),
        ]
    )

    def build_sim(self, params, config):
        return ss.Sim(
            n_agents=config["n_agents"],
            dur=ss.days(SEASON),
            dt=ss.days(1),
            people=ss.People(config["n_agents"], age_data=age_structure()),
            networks=ss.RandomNet(n_contacts=10),
            diseases=RSV(
                beta=params["beta"],
                dur_inf=params["dur_inf"],
                p_admitted=params["p_admitted"],
                contact_factors=contact_factors(config["start_month"]),
            ),
            interventions=MaternalVaccine(coverage=params["coverage"]),
            verbose=0,
        )

    def run_sim(self, state, seed):
        state.pars["rand_seed"] = seed
        state.run()
        return state.results

    @cb.model_output("weekly_admissions")
    def weekly_admissions(self, raw, seed):
        """Admissions of infants by week of the season."""
        daily = [int(count) for count in raw.rsv.new_admissions]
        weeks = [sum(daily[day : day + DAYS_PER_WEEK]) for day in range(0, len(daily), DAYS_PER_WEEK)]
        return pl.DataFrame({"week": list(range(1, len(weeks) + 1)), "admissions": weeks})

    @cb.model_scenario("maternal-vaccine")
    def maternal_vaccine(self):
        return cb.ScenarioSpec("maternal-vaccine", doc="half of all mothers are vaccinated", param_patches={"coverage": 0.5})
