if (true) { var first = 1; }
for (var second = 0; second < 3; second++) { var third = second * 2; }
try { throw 1; } catch (error) { var fourth = error; }
switch (1) { case 1: var fifth = "five"; }
label: { var sixth = 6; break label; }
if (false) { var never = 1; }
log(first, second, third, fourth, fifth, sixth, never, typeof never);
log(Object.keys(globalThis).filter((name) => /^(first|second|third|fourth|fifth|sixth|never)$/.test(name)).sort());
