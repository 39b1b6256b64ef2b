from .compartments import STAGES
