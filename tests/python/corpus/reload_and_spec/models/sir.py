import importlib
import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path

from . import rates

importlib.reload(rates)
spec = importlib.util.spec_from_file_location("loose", Path(__file__).parent / "loose_part.py")
loose = importlib.util.module_from_spec(spec)
spec.loader.exec_module(loose)
other = SourceFileLoader("other", "scripts/other.py").load_module()
