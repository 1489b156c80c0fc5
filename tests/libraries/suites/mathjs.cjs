// node mathjs.cjs SCRIPT: the tests in the npm package of mathjs, against SCRIPT instead of the package's own sources.
// Test files of internals, which the script for browsers does not show, are left out.
"use strict";

const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { run } = require("./suite.cjs");

const home = path.dirname(require.resolve("mathjs/package.json"));
const math = require(path.resolve(process.argv[2]));
const stubs = new Map([
  [path.join(home, "index"), math],
  [path.join(home, "lib/error/index"), math.error],
  [path.join(home, "tools/approx"), require("./approx.cjs")],
]);

const open = new Set(["assert"]);
const required = /require\('([^']+)'\)/g;

function testable(file) {
  const names = [...fs.readFileSync(file, "utf8").matchAll(required)].map((match) => match[1]);
  return names.every((name) => open.has(name) || stubs.has(path.resolve(path.dirname(file), name)));
}

const load = Module._load;
Module._load = function (name, parent, isMain) {
  const resolved = name.startsWith(".") && path.resolve(path.dirname(parent.filename), name);
  return stubs.get(resolved) ?? load.call(this, name, parent, isMain);
};

for (const entry of fs.readdirSync(path.join(home, "test"), { recursive: true }).sort()) {
  const file = path.join(home, "test", entry);
  if (entry.endsWith(".test.js") && testable(file)) require(file);
}
run();
