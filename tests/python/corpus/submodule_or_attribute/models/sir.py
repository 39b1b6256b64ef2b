from parts import growth, SCALE, decay

X = growth.RATE * SCALE * decay
