let name = 1;
