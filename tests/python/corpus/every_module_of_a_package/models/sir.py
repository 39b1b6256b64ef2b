import diseases
