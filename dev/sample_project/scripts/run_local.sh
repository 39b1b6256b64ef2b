#!/bin/sh
# One run of a model on this machine: scripts/run_local.sh [MODEL] [SEED]
#   scripts/run_local.sh models.seir:SEIR 7
set -eu
cd "$(dirname "$0")/.."
exec python3 - "${1:-models.seir:StarsimSIR}" "${2:-1}" <<'PYTHON'
import importlib
import sys

module, name = sys.argv[1].split(":")
model = getattr(importlib.import_module(module), name)()
middle = {
    spec.name: (spec.lower + spec.upper) // 2 if spec.kind == "int" else (spec.lower + spec.upper) / 2
    for spec in model.PARAMS.specs
}
middle["beta"] = 0.032
config = {spec.name: spec.default for spec in model.CONFIG.specs}
seed = int(sys.argv[2])
raw = model.run_sim(model.build_sim(middle, config), seed)
print(model.weekly_incidence(raw, seed))
PYTHON
