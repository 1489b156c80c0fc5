function tag(parts, ...values) { return parts.raw.join("|") + "/" + parts.join("|") + "/" + values.join(); }
log(tag`a${1}\n${2}b`, tag`\u{41}`, tag`\unicode`);
function same() { return (function (s) { return s; })`x`; } log(same() === same(), Object.isFrozen(same()));
log("\u2028\u2029".length, "\ud800".length, "\ud83d\ude00".length, "a\0b\x7f\u0001".length, "\ud800" + "\udc00", '\'"`', "</script>", "<!--");
log(`line
two \${} ${"nested " + `${1 + 1}`}`, `a${"b"}c${1}d${null}e${undefined}`, "a" + 1 + 2, 1 + 2 + "a");
log("abc"[1], "abc".length, "aXbX".replace(/x/gi, (m) => m + m), "a-b".split("-"), /[/\]]+/.test("]"), /\//.source, /(?<year>\d{4})/u.exec("in 2020").groups.year);
log("\v\t\b\f\r\n".length, "\101", "caf\u00e9", "\u{1F600}".codePointAt(0), "\
continued");
var pattern = /o/g; log(pattern.test("foo"), pattern.lastIndex, pattern.test("foo"), pattern.lastIndex, pattern.test("foo"));
for (var n = 0, seen = []; n < 2; n++) { var literal = /x/; seen.push(literal); } log(seen[0] === seen[1]);
