"""Stand-in for numpy: the few names that project code touches when it is imported and reads its tables."""

import csv

pi = 3.141592653589793


def array(values, dtype=None):
    return list(values)


def loadtxt(path, delimiter=None, skiprows=0):
    with open(path, newline="", encoding="utf-8") as file:
        return [[float(cell) for cell in row] for row in list(csv.reader(file, delimiter=delimiter or " "))[skiprows:]]
