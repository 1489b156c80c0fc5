var functions = [];
for (let i = 0; i < 3; i++) functions.push(() => i);
for (var j = 0; j < 3; j++) functions.push(() => j);
for (const k of [7, 8]) functions.push(() => k);
for (const key in { p: 1, q: 2 }) functions.push(() => key);
for (let i = 0, step = () => i++; i < 2; step(), i++) { functions.push(() => i); if (functions.length > 20) break; }
log(functions.map((f) => f()));
outer: for (var a = 0; a < 3; a++) { for (var b = 0; b < 3; b++) { if (b == 1) continue outer; if (a == 2) break outer; log(a, b); } }
var count = 0; do { if (++count == 2) continue; } while (count < 4); log(count);
while (true) { if (count-- < 0) break; } log(count);
for (;;) { try { break; } finally { log("finally"); } }
function early() { for (var x of (function* () { try { yield 1; yield 2; } finally { log("closed"); } })()) return x; }
log(early());
{ let shadow = 1; { let shadow = 2; log(shadow); } log(shadow); }
switch (1) { default: log("default"); case 1: let inCase = 1; log(inCase); case 9: log("through"); }
