<!-- hidden from old browsers
var a = 1
--> the end of a