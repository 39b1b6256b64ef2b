import calendar
from statistics import mean

WEEK = calendar.WEEK
