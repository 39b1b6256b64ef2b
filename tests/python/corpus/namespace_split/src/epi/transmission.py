from epi.reports import weekly

BETA = 0.3
