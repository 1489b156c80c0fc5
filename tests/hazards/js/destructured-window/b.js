function late() {}
function other() {}