import os
from glob import glob
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

DATA = "data"
SURVEYS = Path("data") / "surveys"


def load(path="data/default.csv"):
    tables = [pl.read_csv("data/ages.csv"), pd.read_csv(f"{DATA}/contacts.csv"), np.loadtxt("data/rates.csv", delimiter=",", skiprows=1)]
    tables += [open(os.path.join(DATA, "births.csv")).read(), (SURVEYS / "2024.csv").read_text(), open(path).read()]
    tables += [open(DATA + "/deaths.csv").read()]
    tables += [open(name).read() for name in sorted(glob("data/weekly/*.csv"))]
    tables += [file.read_text() for file in sorted(Path("data/monthly").glob("*.csv"))]
    return tables
