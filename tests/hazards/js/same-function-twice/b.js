function title() { return "second" }
var saidB = title()