function swap(a, b) { arguments[0] = b; return a }
var swapped = swap(1, 9);
loose = swapped + 1;
var bag = { inner: 4 }, taken;
with (bag) { taken = inner; inner = 5 }
var me = (function () { return this })() === window