import settings

BETA = settings.BETA
