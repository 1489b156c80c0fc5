function order() { try { log("try"); return log("value"), "try"; } catch (e) { return "catch"; } finally { log("finally"); } }
log(order());
function overrides() { try { throw 1; } catch (e) { return "catch"; } finally { return "finally"; } } log(overrides());
function nested() { try { try { throw new Error("a"); } finally { log("inner"); } } catch (e) { return e.message; } } log(nested());
function shadows(e) { try { throw "thrown"; } catch (e) { var e = "assigned"; } return e; } log(shadows("parameter"));
try { null.x; } catch { log("no binding"); }
log(eval("1; if (true) { 2; }"), eval("3; do { 4; break; } while (false)"), eval("var q = 5"));
function sideEffects() { var log2 = []; function f(x) { log2.push(x); return x; } f(1), f(2) && f(0) || f(3); f(4) ? f(5) : f(6); var r = f(7) + f(8) * f(9); f(10) ?? f(11); return log2.join(); } log(sideEffects());
function condition(a, b) { if (a) { if (b) return 1; else return 2; } else if (b) return 3; return 4; } log([condition(1, 1), condition(1, 0), condition(0, 1), condition(0, 0)]);
function deadCode() { return typeof hoisted; var hoisted; function unreachable() {} } log(deadCode());
function useBeforeDefinition() { return later(); function later() { return "hoisted"; } } log(useBeforeDefinition());
function evaluation() { var i = 1; i = i++ + ++i; var x = [0, 0], k = 0; x[k++] = k; return [i, x, k]; } log(evaluation());
var assigned = { x: 1 }, alias = assigned; assigned.y = assigned = { z: 2 }; log(alias, assigned);
log(void 0 === undefined, (function (undefined) { return undefined; })(3), (function () { var NaN = 4, Infinity = 5; return NaN + Infinity; })());
