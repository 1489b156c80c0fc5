"use strict";
var seenStrict = (function () { return this === undefined })()