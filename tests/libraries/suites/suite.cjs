// What test files written for mocha need of it: describe, it and their hooks, run in order, failures kept by name.
"use strict";

const root = { title: "", parts: [], before: [], after: [], beforeEach: [], afterEach: [] };
let current = root;

function describe(title, body) {
  const group = { title, parts: [], before: [], after: [], beforeEach: [], afterEach: [], parent: current };
  current.parts.push(group);
  current = group;
  body.call({ timeout() {}, slow() {} });
  current = group.parent;
}
function it(title, body) {
  if (body) current.parts.push({ title, body });
}
describe.skip = it.skip = () => {};

Object.assign(globalThis, { describe, it });
for (const hook of ["before", "after", "beforeEach", "afterEach"]) {
  globalThis[hook] = (body) => current[hook].push(body);
}

function call(body) {
  return new Promise((resolve, reject) => {
    const context = { timeout() {}, slow() {} };
    if (body.length > 0) body.call(context, (error) => (error ? reject(error) : resolve()));
    else resolve(body.call(context));
  });
}

async function run(group, path, hooks, report) {
  for (const body of group.before) await call(body);
  const each = {
    before: [...hooks.before, ...group.beforeEach],
    after: [...group.afterEach, ...hooks.after],
  };
  for (const part of group.parts) {
    const name = `${path} ${part.title}`.trim();
    if (part.parts) {
      await run(part, name, each, report);
      continue;
    }
    try {
      for (const body of each.before) await call(body);
      await call(part.body);
      report(name);
    } catch (error) {
      report(name, error);
    }
    for (const body of each.after) await call(body);
  }
  for (const body of group.after) await call(body);
}

/// Runs what was described. Prints `pass NAME` or `fail NAME` a line; why goes to stderr.
exports.run = () => run(root, "", { before: [], after: [] }, exports.report);

exports.report = (name, error) => {
  const shown = name.replace(/\s+/g, " ");
  console.log(`${error ? "fail" : "pass"} ${shown}`);
  if (error) console.error(`${shown}: ${error.stack ?? error}`);
};
