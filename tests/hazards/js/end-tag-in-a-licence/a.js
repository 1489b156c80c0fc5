/*! use: <script src="x"></script> <!-- */
window.a = 1 // </script>
