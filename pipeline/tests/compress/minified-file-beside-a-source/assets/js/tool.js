/*! tool 1.0 */
var tool = (function () {
  function evaluate(expressionText) { return eval(expressionText); }
  function formatOneValue(valueToFormat, widthOfColumn) {
    var formattedText = String(valueToFormat);
    while (formattedText.length < widthOfColumn) formattedText = " " + formattedText;
    return formattedText;
  }
  return { evaluate: evaluate, format: formatOneValue };
})();
