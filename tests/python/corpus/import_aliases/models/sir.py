import models.rates as r, models.people as p
from models import mixing as m, seasons as s
from models.rates import (
    BETA as b,
)

X = r.BETA + b
