var c = "Ü";
