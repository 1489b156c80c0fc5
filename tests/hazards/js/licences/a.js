/*! Crate 2 | MIT */
"use strict"
var strictA = (function () { return !this })()