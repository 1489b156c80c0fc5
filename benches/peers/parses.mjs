// Whether the file whose path comes on stdin is a classic script: `yes`, or what is wrong.
import { readFileSync } from "node:fs";
import { Script } from "node:vm";

try {
  new Script(readFileSync(readFileSync(0, "utf8").trim(), "utf8"));
  console.log("yes");
} catch (error) {
  console.log(String(error.message));
}
