b = "</script>";
