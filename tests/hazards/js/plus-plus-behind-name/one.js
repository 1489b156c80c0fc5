var before = 1, counter = 1
before