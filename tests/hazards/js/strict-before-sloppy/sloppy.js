undeclaredName = 7
var seenSloppy = (function () { return this === window })()