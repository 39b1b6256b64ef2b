from .fitted import BETA
