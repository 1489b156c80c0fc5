function aliased(first) { arguments[0] = "changed"; return first; }
function strictly(first) { "use strict"; arguments[0] = "changed"; return first; }
function reverse(first) { first = "changed"; return arguments[0]; }
function defaults(first, second = first) { first = 2; return [second, arguments.length, arguments[0]]; }
log(aliased("a"), strictly("a"), reverse("a"), defaults(1), defaults.length, aliased.length, (function (a, b, ...c) {}).length);
log((function () { return typeof this; })(), (function () { "use strict"; return typeof this; })(), (() => typeof this)());
log((function () { return typeof this; }).call(1), (function () { "use strict"; return typeof this; }).call(1));
var holder = { name: "holder", get() { return this === holder; } };
log(holder.get(), (holder.get)(), (0, holder.get)(), (holder.get || 0)(), (true && holder.get)(), holder?.get(), holder["get"]());
function unusedParameters(a, b, c) { return arguments.length; }
log(unusedParameters(1, 2), unusedParameters.length);
function Constructor() { if (!new.target) return "called"; this.made = true; }
log(Constructor(), new Constructor().made, Reflect.construct(Constructor, [], Array) instanceof Array);
function returnsObject() { this.a = 1; return { b: 2 }; } log(Object.keys(new returnsObject()));
log((function f() { f = 1; return typeof f; })(), (function () { "use strict"; try { (function f() { f = 1; })(); return "silent"; } catch (e) { return "error"; } })());
