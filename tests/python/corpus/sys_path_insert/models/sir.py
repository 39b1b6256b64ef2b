import os
import sys
from pathlib import Path

sys.path.insert(0, "lib")
sys.path.append(str(Path(__file__).resolve().parent.parent / "vendor"))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "parts"))

import fast_steps
import rates_of_2025
import stages_of_sir
