Matrix = list
