import models.sir  # a cycle that Python bears
