/*! Two */
"use strict";
var b = (function () { return !this })()