function template() {/*
kept */}
log(typeof template.toString(), /^function/.test(template.toString()), /^class/.test((class A {}).toString()), /=>/.test((() => 1).toString()));
var again = eval("(" + function (a, b) { return a + b * 2; }.toString() + ")"); log(again(1, 2));
var method = { add(a) { return a + 1; } }; log(method.add(1), typeof method.add.toString());
log(new Function("return " + (function () { return 6 * 7; }).toString())()());
