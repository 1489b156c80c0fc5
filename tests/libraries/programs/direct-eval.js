function sees(parameter) {
  var local = 20;
  return eval("parameter + local");
}
log(sees(1));
function declares() { eval("var made = 5"); return made; }
log(declares());
function indirect() { var local = 1; return (0, eval)("typeof local"); }
log(indirect());
function inner(outerName) { return (function (innerName) { return eval("outerName + innerName"); })(2); }
log(inner(3));
function strict(value) { "use strict"; eval("var value = 9"); return value; }
log(strict(4));
log(new Function("a", "b", "return a * b")(6, 7));
