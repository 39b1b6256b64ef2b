heavy = 1
