"""Weekly admissions of infants, observed and simulated."""

import modelops_calabaria as cb
import polars as pl
from modelops_calabaria.core.alignment import JoinAlignment
from modelops_calabaria.core.evaluation import mean_signal_mse
from modelops_calabaria.core.target import LossTarget


@cb.calibration_target(model_output="weekly_admissions", data={"observed": "data/admissions.csv"})
def weekly_admissions_target(data_paths):
    return LossTarget(
        name="weekly_admissions_target",
        model_output="weekly_admissions",
        data=pl.read_csv(data_paths["observed"]),
        alignment=JoinAlignment(on_cols="week"),
        evaluator=mean_signal_mse("admissions"),
    )
