var a = "Ü";
