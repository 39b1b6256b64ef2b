import logging.config
import pkgutil
import pydoc

LOGGING = {"version": 1, "handlers": {"quiet": {"class": "models.quiet.Quiet"}}}

RATE = pydoc.locate("models.rates.RATE")
SPEED = pkgutil.resolve_name("models.growth:SPEED")
logging.config.dictConfig(LOGGING)
