import models.parts.births
from models.parts import deaths
