var proto = { inherited: 1 };
log(Object.keys({ ["__proto__"]: proto }), Object.keys({ __proto__: proto }), { __proto__: proto }.inherited, { "__proto__": proto }.inherited);
var __proto__ = proto;
log(Object.keys({ __proto__ }), Object.keys({ __proto__() {} }));
log(Object.keys({ b: 1, 2: 1, a: 1, 1: 1, "-1": 1, "01": 1, 1.5: 1, [1e3]: 1, 0x10: 1 }));
class C { ["constructor"]() { return "method"; } static ["x"]() { return 1; } }
log(new C().constructor(), C.x());
var o = { f() { return super.toString === Object.prototype.toString; }, async g() {}, *h() { yield 1; }, get [`k${1}`]() { return 2; } };
log(o.f(), o.k1, typeof o.f.prototype, typeof o.h.prototype, typeof o.g.prototype);
log(JSON.stringify({ ...null, ...{ a: 1 }, ..."hi", a: 2 }), [...[, 1]].length, [, 1].length, 0 in [, 1], [1, , ].length);
var { a = 1, ...others } = { b: 2, c: 3 }, [x, , y = x, ...z] = [1, 2, undefined, 4, 5];
log(a, others, x, y, z);
log({ if: 1, class: 2 }.if, { "a-b": 1 }["a-b"], { "valid": 1 }.valid);
