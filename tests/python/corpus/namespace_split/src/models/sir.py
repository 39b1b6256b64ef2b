import epi.transmission
from epi import reports
