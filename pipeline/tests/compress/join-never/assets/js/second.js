second = {}
