function title() { return "first" }
var saidA = title()