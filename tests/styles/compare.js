// The body of a function: arguments are the source, what became of it, widths and whether to look at all.
// Both sheets go into frames of their own with the same elements, built from the selectors of the source, and every
// computed property of every element is compared. Nothing is shared between the frames, so that no transition from one
// to the other hides a difference.
const [source, made, widths] = arguments;

// What the reader does to an element becomes a class, which is as specific.
const acts = /:(hover|focus-visible|focus-within|focus|active|visited|any-link|link|target)(?![\w-])/g;
const still = text => text.replace(acts, '.is-$1');

const frames = [source, made].map(text => {
  const frame = document.body.appendChild(document.createElement('iframe'));
  frame.style.cssText = `position:absolute;height:800px;width:${widths[0]}px;border:0`;
  frame.contentDocument.open();
  frame.contentDocument.write('<!DOCTYPE html><html><head><style></style></head><body></body></html>');
  frame.contentDocument.close();
  frame.contentDocument.querySelector('style').textContent = still(text);
  return frame;
});

// Every selector, with the custom properties that its rules declare.
function selectors(rules, found) {
  for (const rule of rules) {
    if (rule.selectorText && !rule.parentRule?.selectorText) {
      const customs = [...rule.style].filter(name => name.startsWith('--'));
      for (const selector of apart(rule.selectorText, ',').map(text => text.trim())) {
        found.set(selector, new Set([...found.get(selector) ?? [], ...customs]));
      }
    }
    if (rule.cssRules && !(rule instanceof frames[0].contentWindow.CSSKeyframesRule)) selectors(rule.cssRules, found);
  }
  return found;
}

// Takes a text apart at top-level characters; `keep` leaves them in.
function apart(text, at, keep) {
  const parts = [''];
  let depth = 0, quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char == '\\') { parts[parts.length - 1] += char + (text[++i] ?? ''); continue; }
    if (quote) { if (char == quote) quote = ''; }
    else if (char == '"' || char == "'") quote = char;
    else if ('(['.includes(char)) depth++;
    else if (')]'.includes(char)) depth--;
    else if (!depth && at.includes(char)) { parts.push(keep ? char : ''); continue; }
    parts[parts.length - 1] += char;
  }
  return parts;
}

const plain = name => name.replace(/\\([0-9a-f]{1,6}\s?|.)/gi, (_, it) =>
  /^[0-9a-f]/i.test(it) ? String.fromCodePoint(parseInt(it, 16)) : it);

const piece = /^(?:\*|(?<tag>(?:[\w-]|\\.|[^\x00-\x7f])+)|#(?<id>(?:[\w-]|\\.|[^\x00-\x7f])+)|\.(?<name>(?:[\w-]|\\.|[^\x00-\x7f])+)|\[(?<attribute>[^\]]*)\]|::(?<element>[\w-]+)(?:\([^)]*\))?|:(?<pseudo>[\w-]+))/;

// An element that a compound selector may match, and the pseudo-element it speaks of.
function build(doc, compound) {
  let rest = compound, pseudo = null;
  const todo = [];
  let tag = null;
  while (rest) {
    const match = piece.exec(rest);
    if (!match) break;
    rest = rest.slice(match[0].length);
    const part = match.groups;
    if (part.tag) tag ??= part.tag;
    else if (part.id) todo.push(it => it.id = plain(part.id));
    else if (part.name) todo.push(it => it.classList.add(plain(part.name)));
    else if (part.attribute) {
      const [, name, , value] = /^\s*([\w-]+)\s*(?:([~|^$*]?=)\s*(.*?)\s*[is]?\s*)?$/s.exec(part.attribute) ?? [];
      if (name) todo.push(it => it.setAttribute(name, plain((value ?? '').replace(/^(["'])(.*)\1$/s, '$2'))));
    } else if (part.element) pseudo = '::' + part.element;
    else if (part.pseudo) {
      let inside = null;
      if (rest[0] == '(') {
        inside = apart(rest.slice(1), ')')[0];
        rest = rest.slice(inside.length + 2);
      }
      if (['before', 'after', 'first-line', 'first-letter'].includes(part.pseudo)) pseudo = '::' + part.pseudo;
      else if (['is', 'where', 'any', '-webkit-any'].includes(part.pseudo)) rest = apart(inside, ',')[0].trim() + rest;
      else if (part.pseudo == 'checked') todo.push(it => it.checked = true);
      else if (part.pseudo == 'disabled') todo.push(it => it.disabled = true);
      else if (part.pseudo == 'indeterminate') todo.push(it => it.indeterminate = true);
      else if (part.pseudo == 'lang') todo.push(it => it.lang = inside);
    }
  }
  const it = doc.createElement(tag ?? 'div');
  for (const step of todo) step(it);
  return [it, pseudo];
}

function grow(doc, selector) {
  const parts = apart(selector.replace(/\s*([>+~])\s*/g, '$1').trim(), ' >+~', true);
  const home = doc.body.appendChild(doc.createElement('section'));
  let parent = home, last = null, pseudo = null;
  for (const part of parts) {
    const combinator = ' >+~'.includes(part[0]) ? part[0] : '';
    const compound = combinator ? part.slice(1) : part;
    if (!compound || /^(html|body|:root|:host)(?![\w-])/.test(compound)) continue;
    const [it, of] = build(doc, compound);
    if (last && !'+~'.includes(combinator || ' ')) parent = last;
    parent.append(it);
    // Places among others, as `:nth-child` wants them.
    const wanted = compound.replace(/::?(before|after|first-line|first-letter)$|::.*$/, '');
    for (let before = 0; before < 5 && !matches(it, wanted); before++) it.before(it.cloneNode());
    if (!matches(it, wanted)) it.after(it.cloneNode());
    if (it.localName != 'tr' && !it.childNodes.length && !/^(br|hr|img|input|select|table|tbody|thead|ul|ol)$/.test(it.localName)) it.append('Text');
    last = it;
    pseudo = of;
  }
  return [last, pseudo];
}

function matches(it, selector) {
  try { return it.matches(selector || '*'); } catch { return true; }
}

const all = selectors(frames[0].contentDocument.styleSheets[0].cssRules, new Map());
const unique = [...all.keys()];
const grown = frames.map(frame => unique.map(selector => grow(frame.contentDocument, selector)));
const bare = selector => selector.replace(/::?(before|after|first-line|first-letter)$|::[\w-]+(\(.*\))?$/, '') || '*';
const missed = unique.filter(selector => {
  try { return !frames[0].contentDocument.querySelector(bare(selector)); } catch { return true; }
});

const probe = document.body.appendChild(document.createElement('i'));
// Custom properties are compared as what they mean: colours by colour, numbers and lists without white space.
function tidy(value) {
  return value.trim().replace(/#[0-9a-f]{3,8}\b|(rgb|hsl)a?\([^()]*\)|^[a-z]+$/gi, colour => {
    if (!CSS.supports('color', colour)) return colour;
    probe.style.color = colour;
    return getComputedStyle(probe).color;
  }).replace(/\s*([,()\/])\s*/g, '$1').replace(/\s+/g, ' ')
    .replace(/\d+(\.\d+)?|\.\d+/g, number => Math.fround(number)).replace(/"/g, "'");
}

const names = [...getComputedStyle(document.body)].filter(name => !name.startsWith('--'));

// The element of each selector and what stands around it, with the pseudo-elements there are.
function* styles(frame, pairs) {
  const win = frame.contentWindow, seen = new Set();
  const of = function* (it, pseudo, customs) {
    const asked = seen.has(it) ? customs : [...names, ...customs];
    seen.add(it);
    for (const part of new Set([null, '::before', '::after', pseudo])) {
      const style = win.getComputedStyle(it, part);
      if (part == null || part == pseudo || style.content != 'none') yield [it, part, style, asked];
    }
  };
  for (const [at, [built, pseudo]] of pairs.entries()) {
    const it = built ?? frame.contentDocument.documentElement;
    yield* of(it, pseudo, all.get(unique[at]));
    for (let up = it.parentElement; up && !seen.has(up); up = up.parentElement) yield* of(up, null, []);
  }
}

// A list that says one thing several times says it once: lists begin anew where they are too short.
const once = list => new Set(apart(list, ',').map(item => item.trim())).size == 1 ? apart(list, ',')[0] : list;
const same = (name, a, b) => a === b
  || /^(transition|animation)-(?!property|name)/.test(name) && once(a) === once(b)
  || name.startsWith('--') && tidy(a) === tidy(b)
  // Nothing of a length is no length, for the position of an image that is not there too.
  || name == 'background-position' && a.replaceAll('0%', '0px') === b.replaceAll('0%', '0px');

const told = it => `<${it.localName} class="${it.className}" id="${it.id}">`;
const differences = [];
let compared = 0;
for (const width of widths) {
  for (const frame of frames) frame.style.width = width + 'px';
  // Whatever moves is looked at in the midst of it.
  for (const frame of frames) {
    for (const moving of frame.contentDocument.getAnimations()) { moving.pause(); moving.currentTime = 300; }
  }
  const [ours, theirs] = frames.map((frame, at) => [...styles(frame, grown[at])]);
  if (ours.length != theirs.length) differences.push(`${width}: ${ours.length} and ${theirs.length} elements`);
  for (let at = 0; at < Math.min(ours.length, theirs.length); at++) {
    const [[it, pseudo, one, asked], [, otherPseudo, other]] = [ours[at], theirs[at]];
    if (pseudo != otherPseudo) { differences.push(`${width}: ${told(it)} has ${pseudo} or ${otherPseudo}`); break; }
    compared++;
    for (const name of asked) {
      const [a, b] = [one.getPropertyValue(name), other.getPropertyValue(name)];
      if (!same(name, a, b)) differences.push(`${width}: ${told(it)}${pseudo ?? ''} ${name}: ${a} became ${b}`);
    }
  }
}
for (const frame of frames) frame.remove();
return { selectors: unique.length, missed, compared, count: differences.length, differences: differences.slice(0, 20) };
