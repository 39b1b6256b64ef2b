NAMES = ('S', 'I', 'R')
