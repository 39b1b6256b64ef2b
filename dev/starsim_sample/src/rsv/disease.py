"""RSV as a Starsim disease: SIR with seasonal contacts, and admission of some of the infected infants."""

import numpy as np
import starsim as ss

INFANT = 1.0  # years of age, below which an infection may lead to hospital


class RSV(ss.SIR):
    def __init__(self, pars=None, contact_factors=(), **keywords):
        super().__init__()
        self.contact_factors = np.array(contact_factors)
        self.define_pars(
            beta=ss.peryear(20),
            dur_inf=ss.lognorm_ex(mean=ss.days(8)),
            p_admitted=ss.bernoulli(p=0.02),
        )
        self.update_pars(pars, **keywords)

    def infect(self):
        month = min(self.ti // 30, len(self.contact_factors) - 1)
        self.pars.beta = self.pars.beta * self.contact_factors[month]
        return super().infect()

    def step_state(self):
        super().step_state()
        infants = (self.ti_infected == self.ti) & (self.sim.people.age < INFANT)
        self.results.new_admissions[self.ti] = len(self.pars.p_admitted.filter(infants.uids))

    def init_results(self):
        super().init_results()
        self.define_results(ss.Result("new_admissions", dtype=int, label="Admissions"))
