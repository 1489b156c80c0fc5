window.broken = 1
/* todo