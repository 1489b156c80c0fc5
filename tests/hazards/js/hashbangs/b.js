#!/usr/bin/env node
"use strict"
var b = (function () { return !this })()