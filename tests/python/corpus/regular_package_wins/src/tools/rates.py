WRONG = True
