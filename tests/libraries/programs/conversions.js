var order = [];
function noisy(name, value) { return { valueOf: function () { order.push(name); return value; }, toString: function () { order.push(name + "!"); return "s" + value; } }; }
var a = noisy("a", 1), b = noisy("b", 2);
log(a < b, a > b, a <= b, b >= a, a + b, a - b, a + "", `${a}${b}`, a * b, !(a < b), !(a >= b));
log(order);
order.length = 0;
log(+a, -b, a == 1, a === 1, a + b, `${a}`, !a, ~b);
log(order);
log(NaN < 1, !(NaN < 1), !(NaN >= 1), NaN != NaN, 0 === -0, Object.is(-0, 0 * -1), 1 / (-0 + 0), 1 / -0);
log("" + null, "" + undefined, [] + {}, [] + [], "5" * "2", "5" + 2, 5 + +"2", "b" + "a" + +"a" + "a");
try { log("" + Symbol("x")); } catch (error) { log(error instanceof TypeError); }
try { log(`${Symbol("x")}`); } catch (error) { log(error instanceof TypeError); }
log(typeof (1n ** 20n), 2n ** 64n, 1e21 + 1, 0.1 + 0.2, 1e-7, 123456789012345680000, 0xffffffff | 0, 1 << 31, -1 >>> 0);
log(1 / 3, 5e-324, 1.7976931348623157e308 * 10, -7 % 3, 2 ** -1, (-2) ** 2);
