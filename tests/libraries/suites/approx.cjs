// The package leaves out this helper of its tests: numbers equal to within one part in ten thousand.
"use strict";

const assert = require("assert");

function equal(a, b) {
  if (typeof a !== "number" || typeof b !== "number") return assert.strictEqual(a, b);
  if (Number.isNaN(a) || Number.isNaN(b) || a === b) return assert.strictEqual(Number.isNaN(a), Number.isNaN(b));
  const far = a === 0 || b === 0 ? 1e-12 : Math.abs(a + b) / 2 / 10_000;
  assert.ok(Math.abs(a - b) <= far, `${a} is not about ${b}`);
}

function deepEqual(a, b) {
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return equal(a, b);
  assert.strictEqual(Array.isArray(a), Array.isArray(b));
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) deepEqual(a[key], b[key]);
}

module.exports = { equal, deepEqual };
