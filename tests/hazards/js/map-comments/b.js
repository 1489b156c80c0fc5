window.b = 2
//@ sourceMappingURL=b.js.map
/*# sourceMappingURL=c.map */