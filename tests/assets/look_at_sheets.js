// The body of a function, in the browser: shows elements under stylesheets and tells where two lists of sheets differ.
// `pages` is a list of [sheets, other sheets], `zoo` the elements.
const WIDTHS = [450, 800];
// Also elements that come from nothing but the sheet.
const PSEUDO = ["", "::before", "::placeholder", "::first-line"];

let names;

const value = (style, name) => {
  const text = style.getPropertyValue(name);
  return rounded(name.startsWith("--") ? spelt(text) : text);
};

// Numbers are computed in another order when they are written in another way.
const rounded = (text) => text.replace(/-?\d*\.\d+(e[-+]?\d+)?/g, (number) => String(Math.round(number * 100) / 100));

// Custom properties may be spelt otherwise, as long as what uses them gets the same: that scripts can read the spelling is
// documented.
const probe = document.body.appendChild(document.createElement("i"));
const resolved = (text) => {
  if (!CSS.supports("color", text) || text.toLowerCase() === "currentcolor") return text;
  probe.style.color = text;
  return getComputedStyle(probe).color;
};
const spelt = (text) =>
  text
    .replace(/\/\*.*?\*\//g, "/**/")
    .replace(/#[0-9a-f]{3,8}\b|\b(rgb|hsl)a?\([^()]*\)|\b[a-z]+\b/gi, resolved)
    .replace(/'([^'"]*)'/g, '"$1"')
    .replace(/\s+/g, " ")
    .replace(/ ?([,/]) ?/g, "$1")
    .replace(/(\d*\.?\d+(?:e[-+]?\d+)?)([a-z]*)/gi, (_, number, unit) => Number(number) + unit.toLowerCase())
    .trim();

function look(frame, sheets) {
  const seen = [];
  const page = frame.contentDocument;
  page.open();
  page.write("<!DOCTYPE html><title>x</title>");
  page.close();
  for (const sheet of sheets) {
    const style = page.createElement("style");
    style.textContent = sheet;
    page.head.append(style);
  }
  // Behind the sheets, so that no transition runs.
  page.body.innerHTML = zoo;
  for (const element of page.querySelectorAll("html,body,body *")) {
    for (const pseudo of PSEUDO) {
      if (pseudo === "::placeholder" && element.localName !== "input") continue;
      if (pseudo === "::first-line" && element.localName !== "p") continue;
      const style = frame.contentWindow.getComputedStyle(element, pseudo || null);
      if (pseudo === "::before" && ["none", "normal"].includes(style.content)) {
        seen.push([element, pseudo, [style.content]]);
        continue;
      }
      names ??= [...style];
      seen.push([element, pseudo, names.map((name) => value(style, name))]);
    }
  }
  return seen;
}

function difference(frame, one, other) {
  for (const width of WIDTHS) {
    frame.style.width = width + "px";
    const before = look(frame, one);
    const after = look(frame, other);
    for (let index = 0; index < before.length; index++) {
      const [element, pseudo, values] = before[index];
      const others = after[index][2];
      const at = values.findIndex((value, at) => value !== others[at]);
      if (at >= 0 || values.length !== others.length) {
        const label = element.localName + [...element.classList].map((name) => "." + name).join("") + pseudo;
        return `${label} { ${names[at]}: ${values[at]} } became ${others[at]}, ${width} pixels wide`;
      }
    }
  }
  return null;
}

const frame = document.createElement("iframe");
frame.style.height = "600px";
document.body.append(frame);
const found = pages.map(([one, other]) => difference(frame, one, other));
frame.remove();
return found;
