function reads(object, outer) { with (object) { return outer; } }
log(reads({ outer: "object" }, "parameter"), reads({}, "parameter"));
function writes(target) { var field = 1; with (target) { field = 2; } return field; }
var target = { field: 0 };
log(writes(target), target.field, writes({}));
function calls(object) { with (object) { return name(); } }
log(calls({ tag: "t", name: function () { return this.tag; } }));
function shortNames(e, t) { with (e) { return t + n; } }
var n = "global";
log(shortNames({}, "a"), shortNames({ t: "b", n: "c" }, "a"));
