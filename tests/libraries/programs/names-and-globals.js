var globalVar = 1; function globalFunction() {} let globalLet = 2; const globalConst = 3; class GlobalClass {}
log("globalVar" in globalThis, "globalFunction" in globalThis, "globalLet" in globalThis, typeof GlobalClass, this === globalThis);
implicit = 5; log(delete implicit, typeof implicit, delete globalVar);
log(typeof undeclared, typeof undeclared === "undefined", (() => { try { undeclared; } catch (e) { return e.name; } })());
var Object2 = Object, Array = globalThis.Array; log(Array.isArray([]));
(function (window, undefined) { var private1 = 1; window.exported = function () { return private1++; }; })(globalThis); log(exported(), exported());
var e = "e", t = "t", n = "n", r = "r"; (function (a, b) { log(a, b, e, t, n, r); })(1, 2);
log((0, eval)("globalVar + globalLet + globalConst + e"));
var undefinedInit; var undefinedInit = undefinedInit || "set"; log(undefinedInit);
function duplicated() { return 1; } function duplicated() { return 2; } log(duplicated()); var duplicated; log(typeof duplicated);
log(function () {}.toString === Function.prototype.toString, typeof (function () {}).toString());
