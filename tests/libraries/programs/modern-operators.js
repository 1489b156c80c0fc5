var calls = 0; var o = { a: { b: () => ++calls, c: null }, get g() { calls++; return undefined; } };
log(o?.a?.b(), o.x?.y.z.w(calls++), o.a.c?.[calls++], delete o?.a?.c, o.a, calls);
log(null ?? "d", 0 ?? "d", "" || "d", o.g ?? o.g ?? "g", calls);
var x = null; x ??= 1; x ||= 2; x &&= 3; log(x); o.n ??= 4; log(o.n);
function guard(v) { return v == null ? "none" : v; } log(guard(null), guard(undefined), guard(0), guard(false), guard(""));
function nullish(v) { return v === null || v === undefined ? "none" : v; } log(nullish(null), nullish(undefined), nullish(0));
log(1_000_000, 0b101, 0o17, 10n, [3, 1, 2].toString(), [..."añ"].length, Math.max(...[1, 5], 3));
label: { log("in"); if (calls) break label; log("never"); }
var { length } = "abc", [p = length, q = p] = []; log(length, p, q);
log([1, 2, 3].at?.(-1), Object.fromEntries?.([["k", 1]]), "x".padStart(3, "-"));
(async function () { try { await Promise.reject(new Error("r")); } catch (e) { log(e.message); } finally { log("done"); } })();
function* gen() { var got = yield 1; log("got", got); try { yield 2; } finally { yield 3; } return 4; }
var g = gen(); log(g.next(), g.next("v"), g.return(9), g.next(), g.next());
Promise.resolve().then(() => log("microtask 1")).then(() => log("microtask 2")); log("sync end");
