const a = `x  //  y ${ b }  z`; const r = /[/]\/\//g;
