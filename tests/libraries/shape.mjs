// node shape.mjs SCRIPT [BEFORE…]: loads a classic script into a realm that resembles a window, after the scripts that it
// asks for, and prints what it leaves there: a line for each new global and for each property below it, with its type, and
// for a function the number of its parameters.
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";

const [script, ...before] = process.argv.slice(2);

// Stands for everything that a browser has and Node has not: can be called, made, extended, and asked for any property.
const stubs = new WeakSet();
function stub() {
  const kept = new Map();
  const proxy = new Proxy(class {}, {
    get(target, key) {
      if (kept.has(key)) return kept.get(key);
      if (key === Symbol.toPrimitive) return () => "";
      if (key === Symbol.hasInstance) return () => false;
      if (key === Symbol.iterator) return () => [][Symbol.iterator]();
      if (key === "length" || key === "nodeType") return 0;
      // A list of nothing, and no promise.
      if (key === "then" || /^\d+$/.test(String(key))) return undefined;
      if (key === "prototype") return target.prototype;
      kept.set(key, stub());
      return kept.get(key);
    },
    set: (target, key, value) => kept.set(key, value) && true,
    has: () => true,
    apply: () => stub(),
    construct: () => stub(),
    defineProperty: () => true,
    getPrototypeOf: () => Object.prototype,
  });
  stubs.add(proxy);
  return proxy;
}

const names = `document navigator location history screen performance localStorage sessionStorage customElements CSS
  HTMLElement HTMLFormElement HTMLAnchorElement Element Node NodeList Event CustomEvent MouseEvent TouchEvent PointerEvent
  SubmitEvent FormData MutationObserver IntersectionObserver ResizeObserver XMLHttpRequest DOMParser XMLSerializer Image
  AbortController Headers Request Response URL URLSearchParams fetch matchMedia getComputedStyle requestAnimationFrame
  cancelAnimationFrame setTimeout clearTimeout setInterval clearInterval queueMicrotask addEventListener
  removeEventListener dispatchEvent postMessage MessageChannel ShadowRoot DocumentFragment SVGElement Window scrollTo
  Document HTMLDocument HTMLTemplateElement HTMLScriptElement HTMLIFrameElement HTMLInputElement XPathEvaluator`;
const window = Object.fromEntries(names.split(/\s+/).map((name) => [name, stub()]));
// A node of this type is a document.
window.document.nodeType = 9;
// A browser that no library knows.
window.navigator.userAgent = "";
Object.assign(window, { console: { log() {}, warn() {}, error() {}, info() {} } });
const context = createContext(window);
runInContext("var window = this, self = this, top = this, parent = this, frames = this;", context);
// Names that libraries make up from chance and time must come out alike.
const still = "Math.random = () => 0.5; Date = class extends Date { constructor(...at) { super(...(at.length ? at : [0])); } static now() { return 0; } };";
runInContext(still, context);
for (const file of before) runInContext(readFileSync(file, "utf8"), context);

const there = new Set(runInContext("Object.getOwnPropertyNames(globalThis)", context));
runInContext(readFileSync(script, "utf8"), context);

const seen = new Set();
// What minifying may change: how an engine names functions, and legacy properties of sloppy ones.
const skipped = new Set(["name", "arguments", "caller"]);

function print(path, holder, key, depth) {
  const { value, get, set } = Object.getOwnPropertyDescriptor(holder, key) ?? {};
  if (get || set) return console.log(`${path} ${get ? "get" : ""}${set ? "set" : ""}`);
  const type = value === null ? "null" : typeof value;
  const simple = type === "string" && value.length < 40 ? ` ${JSON.stringify(value)}` : "";
  console.log(`${path} ${type}${stubs.has(value) ? " of the window" : simple}`);
  if ((type !== "object" && type !== "function") || stubs.has(value) || seen.has(value) || depth === 0) return;
  seen.add(value);
  for (const name of Object.getOwnPropertyNames(value).sort()) {
    if (!skipped.has(name)) print(`${path}.${name}`, value, name, depth - 1);
  }
}

const now = runInContext("Object.getOwnPropertyNames(globalThis)", context);
for (const name of now.filter((name) => !there.has(name)).sort()) print(name, context, name, 6);
// Timers and promises of a library are not part of its shape.
process.exit(0);
