window.c = "//# sourceMappingURL=stays"; window.d = `
//# sourceMappingURL=stays too`