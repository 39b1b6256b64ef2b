"""Vaccination in pregnancy: children are born with antibodies that wane."""

import starsim as ss

from ..waning import protection


class MaternalVaccine(ss.Intervention):
    def __init__(self, coverage=0.0, efficacy=0.7, **keywords):
        super().__init__(**keywords)
        self.coverage = coverage
        self.efficacy = efficacy

    def step(self):
        newborn = self.sim.people.age < self.sim.t.dt_year
        protected = ss.bernoulli(p=self.coverage).filter(newborn.uids)
        self.sim.diseases.rsv.rel_sus[protected] = 1 - protection(self.efficacy, days=0)
