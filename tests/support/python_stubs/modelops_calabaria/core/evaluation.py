"""Stand-in for evaluators."""


def mean_signal_mse(col, weight=1):
    return ("mean_signal_mse", col, weight)


def annealed_mse(col, weight=1):
    return ("annealed_mse", col, weight)
