var b = 2;

  with (b) c();
