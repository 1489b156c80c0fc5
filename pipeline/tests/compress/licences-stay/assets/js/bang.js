/*! keep */
var a = 1; // drop
