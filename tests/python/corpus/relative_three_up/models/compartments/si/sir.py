from ...calendar_days import WEEK
from ..steps import euler
from ... import seasons as s
