#!/usr/bin/env node
var a = 1