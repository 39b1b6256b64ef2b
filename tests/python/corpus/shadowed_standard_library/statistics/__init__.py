from .averages import mean
