var dash = "—";
