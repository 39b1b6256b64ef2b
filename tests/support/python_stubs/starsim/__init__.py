"""Stand-in for Starsim: simulations and modules as empty shells that keep what they are given."""


class Module:
    def __init__(self, pars=None, **keywords):
        self.pars = {}
        self.name = type(self).__name__.lower()
        self.given = {**(pars or {}), **keywords}

    def define_pars(self, **pars):
        self.pars.update(pars)

    def update_pars(self, pars=None, **keywords):
        self.pars.update({**(pars or {}), **keywords})


class Infection(Module):
    pass


class SIR(Infection):
    pass


class RandomNet(Module):
    pass


class Intervention(Module):
    pass


class People:
    def __init__(self, n_agents, age_data=None, **keywords):
        self.n_agents = n_agents
        self.age_data = age_data


class Sim:
    def __init__(self, pars=None, **keywords):
        self.pars = {**(pars or {}), **keywords}
        self.results = {}

    def run(self):
        return self


def bernoulli(p=0):
    return ("bernoulli", p)


def years(value):
    return ("years", value)


def days(value):
    return ("days", value)


def peryear(value):
    return ("peryear", value)


def lognorm_ex(mean=0, std=0):
    return ("lognorm_ex", mean, std)
