"use\x20strict"
var strictC = (function () { return !this })()