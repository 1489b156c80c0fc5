(function(){ b = a })()
