#!/usr/bin/env node
const other = 2,
  name = 2;
