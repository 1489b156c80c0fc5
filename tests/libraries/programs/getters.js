var calls = [];
var object = { get a() { calls.push("a"); return 1; }, set a(value) { calls.push("set " + value); }, get b() { calls.push("b"); return this.c; }, c: 3 };
object.a;
object.b + object.a;
void object.a;
var unused = object.b;
object.a = object.b;
object.a += 1;
(function (o) { o.a; var x = o.b; })(object);
delete object.b;
if (object.a) {}
object.a ? 1 : 2;
object.a && object.b;
typeof object.a;
[object.a, object.c];
({ z: object.a });
log(calls);
var proxy = new Proxy({}, { get: function (t, key) { calls.push(String(key)); return 0; }, has: function (t, key) { calls.push("has " + String(key)); return false; } });
calls.length = 0;
proxy.x; proxy["y"]; log("z" in proxy);
var dropped = proxy.w;
log(calls);
try { undefined.property; log("no error"); } catch (error) { log(error instanceof TypeError); }
try { missingName; log("no error"); } catch (error) { log(error instanceof ReferenceError); }
