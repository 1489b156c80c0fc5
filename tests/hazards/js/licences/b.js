/**
 * @license Barrel BSD
 */
"use strict"
var b = 1 /* ordinary */