class Base {
  field = this.start();
  static count = 0;
  static { Base.count += 10; }
  #secret = 42;
  ["com" + "puted"] = "c";
  start() { return "base"; }
  get secret() { return this.#secret; }
  set secret(value) { this.#secret = value; }
  static #hidden() { return "hidden"; }
  static reveal() { return Base.#hidden(); }
  has(other) { return #secret in other; }
  constructor() { this.target = new.target === Base; Base.count++; }
}
class Derived extends Base {
  field2 = super.start() + "2";
  start() { return "derived"; }
  constructor(...rest) { super(); this.rest = rest.length; }
  static [Symbol.hasInstance](x) { return x === 7; }
  async *walk() { yield 1; yield* [2, 3]; }
  "quoted name"() { return 1; }
  static async later() { return "later"; }
}
var made = new Derived(1, 2, 3);
log(made.field, made.field2, made.target, made.rest, made.computed, made.secret, Base.count, Base.reveal());
made.secret = 1; log(made.secret, made.has(made), made.has({}), made["quoted name"]());
log(Object.getOwnPropertyNames(Derived.prototype), Object.keys(made), Object.getOwnPropertyNames(Base).sort());
try { Base(); } catch (error) { log(error instanceof TypeError); }
try { new made.start(); } catch (error) { log(error instanceof TypeError); }
class Named { static name = "own"; static length = 3; }
log(Named.name, Named.length);
var anonymous = class {}; log(typeof anonymous, anonymous.prototype.constructor === anonymous);
class Order { static a = log("static a"); static [log("key") || "k"] = log("static k"); b = log("b"); }
new Order();
try { (class extends null {}); log("made"); class Bad extends 5 {} log(new Bad()) } catch (error) { log(error instanceof TypeError); }
(async () => { var all = []; for await (var x of made.walk()) all.push(x); log(all, await Derived.later()); })();
