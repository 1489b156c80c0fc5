// Runs scripts as pages do, each list of files in a fresh realm, and writes down what can be seen of it.
// Reads from standard input a list of lists of files; writes to standard output for each what was seen.
"use strict";
const vm = require("vm");

const MOST = 400;

// Neither its source nor its name nor its count of parameters are a function's meaning.
const PRELUDE = `Function.prototype.toString = function toString() { return "fn" };
  Object.defineProperty(Function.prototype, "name", { get() { return "" }, set() {} });`;

function shown(value, depth = 0, seen = new Set()) {
  if (typeof value === "function") return "fn" + own(value, depth, seen);
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return value + "n";
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "(seen)";
  const tag = Object.prototype.toString.call(value);
  if (tag === "[object Error]") {
    const name = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(value), "name");
    return "(" + (name ? name.value : "Error") + (value.message.startsWith("Maximum call stack") ? " deep" : "") +
      (value.message.endsWith("before initialization") ? " early" : "") +
      (value.message.startsWith("Assignment to constant") ? " constant" : "") + ")";
  }
  if (tag === "[object RegExp]") return "/" + value.source + "/" + value.flags;
  return (Array.isArray(value) ? "[]" : tag === "[object Object]" ? "" : tag) + own(value, depth, seen);
}

function own(value, depth, seen) {
  if (depth > 3) return "…";
  seen.add(value);
  const out = [];
  for (const key of Reflect.ownKeys(value)) {
    if (typeof value === "function" && ["length", "name", "prototype", "arguments", "caller"].includes(key)) continue;
    const property = Object.getOwnPropertyDescriptor(value, key);
    const text = "value" in property ? shown(property.value, depth + 1, seen) : (property.get ? "get" : "") + (property.set ? "set" : "");
    out.push(String(key) + ":" + text + (property.enumerable ? "" : "?"));
  }
  seen.delete(value);
  return "{" + out.join() + "}";
}

// What a page sees of these files: `refused` if one does not parse, `endless` if one does not end.
function run(files) {
  const trace = [];
  let endless = false;
  const realm = {
    log(...values) {
      if (trace.length > MOST) endless = true;
      else trace.push(values.map((value) => shown(value)).join(" "));
      if (endless) throw new Error("endless");
      return values[0];
    },
  };
  vm.createContext(realm);
  vm.runInContext(PRELUDE, realm);
  const thrown = [];
  for (const file of files) {
    let script;
    try {
      script = new vm.Script(file);
    } catch (error) {
      return { refused: String(error) };
    }
    try {
      script.runInContext(realm, { timeout: 2000 });
      thrown.push(null);
    } catch (error) {
      if (error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") endless = true;
      thrown.push(shown(error));
    }
  }
  const all = JSON.stringify([trace, thrown]);
  // How deep the stack is, that a name is used before its declaration and that a constant is assigned to is no meaning
  // that minifiers keep.
  if (endless || [" deep)", " early)", " constant)"].some((word) => all.includes(word))) return { endless: true };
  const globals = [];
  for (let index = 0; index < 6; index++) {
    let value;
    try {
      // A lexical name is no property of the global object.
      value = shown(vm.runInContext("g" + index, realm));
    } catch (error) {
      value = shown(error);
    }
    const property = Object.getOwnPropertyDescriptor(realm, "g" + index);
    globals.push(value + (property ? " on the window" : ""));
  }
  delete realm.log;
  const others = Object.keys(realm).filter((key) => !/^g\d$/.test(key)).sort();
  return { trace, thrown, globals, others };
}

let input = "";
process.stdin.on("data", (chunk) => (input += chunk));
process.stdin.on("end", () => {
  const lists = JSON.parse(input);
  process.stdout.write("[" + lists.map((files) => JSON.stringify(run(files))).join(",\n") + "]\n");
});
