var b = "“ú–{";
