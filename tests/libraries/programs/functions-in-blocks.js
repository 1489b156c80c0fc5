log(typeof inside, typeof late);
if (true) { function inside() { return "in"; } }
if (false) { function late() { return "never"; } }
log(typeof inside, typeof late, inside());
{ function twice() { return 1; } function twice() { return 2; } }
log(twice());
(function () {
  "use strict";
  if (true) { function hidden() {} }
  log(typeof hidden);
})();
(function () {
  log(typeof shown);
  { function shown() { return 3; } }
  log(shown());
})();
