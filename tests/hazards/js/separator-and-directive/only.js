"use strict"
window.isStrict = (function () { return this === undefined })()