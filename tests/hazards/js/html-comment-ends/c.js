--> begins with one
var c = 3