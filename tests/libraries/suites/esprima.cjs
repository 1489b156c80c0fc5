// node esprima.cjs SCRIPT: the fixtures in the npm package of esprima, run by its own runner against SCRIPT.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");
const { report } = require("./suite.cjs");

const home = path.dirname(require.resolve("esprima/package.json"));
const read = (name) => fs.readFileSync(path.join(home, "test", name), "utf8");
const esprima = require(path.resolve(process.argv[2]));

// Its runner is a page's script: with a window it defines `runTest` and waits to be called.
vm.runInThisContext("var window = {};");
vm.runInThisContext(read("test.js"));
vm.runInThisContext(`${read("runner.js")};globalThis.runTest = runTest;`);

for (const [category, fixtures] of Object.entries(globalThis.testFixture)) {
  for (const [source, expected] of Object.entries(fixtures)) {
    const name = `${category}: ${JSON.stringify(source)}`;
    try {
      globalThis.runTest(esprima, source, expected);
      report(name);
    } catch (error) {
      report(name, error);
    }
  }
}
