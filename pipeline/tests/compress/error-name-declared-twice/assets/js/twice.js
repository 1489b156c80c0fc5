let b;
function f() {
  let b; { var c }
  let c;
}
