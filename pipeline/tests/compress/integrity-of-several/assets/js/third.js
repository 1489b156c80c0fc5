third = {};
