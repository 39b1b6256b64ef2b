"""RSV in infants: ``InfantRSV`` is the model, the other modules are its parts."""

from .model import InfantRSV

__all__ = ["InfantRSV"]
