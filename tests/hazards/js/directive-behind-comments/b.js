("use strict")
var strictB = (function () { return !this })()