first = {};
