MATRIX = [[1.0]]
