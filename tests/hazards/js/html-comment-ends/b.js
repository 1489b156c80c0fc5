var b = 2
<!--