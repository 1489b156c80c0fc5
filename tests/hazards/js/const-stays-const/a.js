const fixed = 1; let moving = 2; class Kind {}
try { fixed = 3 } catch (error) { window.refused = error.name }