'use strict'
var second = (function () { return typeof this })()