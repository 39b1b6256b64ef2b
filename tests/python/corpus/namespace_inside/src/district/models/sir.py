from . import rates
from .parts.steps import euler
from ..people import AGES
from .. import calendar_days
import district.people
