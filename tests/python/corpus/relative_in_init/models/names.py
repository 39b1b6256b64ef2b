unrelated = True
