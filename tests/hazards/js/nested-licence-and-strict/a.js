/*! One */
"use strict";
var a = (function () { return !this })()