import os

HOME = os.getcwd()
os.chdir("data")
with open("rates.csv") as file:
    RATES = file.read()
os.chdir(HOME)
