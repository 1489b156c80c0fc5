/* one */ // two
"other";
/* three */ "use strict" /* four */
var strictA = (function () { return !this })()