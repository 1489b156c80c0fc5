// node run.mjs PROGRAM: runs a classic script in a realm of its own and prints what it logs. An error that it ends with is
// printed too: two forms of a program must also fail alike.
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { createContext, runInContext } from "node:vm";

const log = (...values) => console.log(values.map((value) => inspect(value, { depth: 9 })).join(" "));
const context = createContext({ log });
try {
  runInContext(readFileSync(process.argv[2], "utf8"), context);
} catch (error) {
  console.log(`ended with ${error?.name ?? error}`);
}
