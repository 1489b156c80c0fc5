// Takes what nobody asked for by name out of a lockfile: only the files of the packages themselves are read, and
// what some of them depend on is half a gigabyte.
import { readFileSync, writeFileSync } from "node:fs";

const file = process.argv[2];
const lock = JSON.parse(readFileSync(file, "utf8"));
const asked = lock.packages[""].dependencies;
const packages = { "": lock.packages[""] };
for (const name of Object.keys(asked)) {
  const { name: alias, version, integrity, license } = lock.packages[`node_modules/${name}`];
  packages[`node_modules/${name}`] = { name: alias, version, integrity, license };
}
writeFileSync(file, JSON.stringify({ ...lock, packages }, null, 2) + "\n");
