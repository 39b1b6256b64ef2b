"""Weekly reported cases, observed and simulated."""

from __future__ import annotations

import modelops_calabaria as cb
import polars as pl
from modelops_calabaria.core.alignment import JoinAlignment
from modelops_calabaria.core.evaluation import annealed_mse, mean_signal_mse
from modelops_calabaria.core.target import LossTarget

OBSERVED = {"observed": "data/observed_incidence.csv"}


@cb.calibration_target(model_output="weekly_incidence", data=OBSERVED)
def incidence_per_replicate_target(data_paths):
    """Every replicate must look like the outbreak: errors are taken first, then averaged."""
    return LossTarget(
        name="incidence_per_replicate_target",
        model_output="weekly_incidence",
        data=pl.read_csv(data_paths["observed"]),
        alignment=JoinAlignment(on_cols="week"),
        evaluator=annealed_mse("reported_cases"),
    )


@cb.calibration_target(model_output="weekly_incidence", data=OBSERVED)
def incidence_replicate_mean_target(data_paths):
    """The mean of the replicates must look like the outbreak."""
    return LossTarget(
        name="incidence_replicate_mean_target",
        model_output="weekly_incidence",
        data=pl.read_csv(data_paths["observed"]),
        alignment=JoinAlignment(on_cols="week"),
        evaluator=mean_signal_mse("reported_cases"),
    )
