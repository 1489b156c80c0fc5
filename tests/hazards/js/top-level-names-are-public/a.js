function grow(n) { return n + limit }
var settings = { depth: 2 }
const limit = 5
let turns = 0
class Crate {}
if (settings) { var inBlock = 8 }
for (var index = 0; index < 3; index++);
async function later() {}
function* each() {}
var { depth: renamed, other = 3 } = settings, [firstOf] = [7]