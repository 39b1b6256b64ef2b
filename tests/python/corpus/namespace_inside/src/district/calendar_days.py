from district.models import rates
