import models.infection
