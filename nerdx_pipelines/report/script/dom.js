// Elements without markup: whatever a title holds is text. And the one box that explains things.
const given = (value) => value !== false && value !== null && value !== undefined;

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (given(value)) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter(given));
  return made;
}

const button = (attributes, ...children) =>
  element("button", { type: "button", ...attributes }, ...children);

const explanation = element("div", {
  id: "explanation",
  popover: "auto",
  role: "note",
  "aria-live": "polite",
});

// Beside what was pressed, and never beyond the edges of the window.
function explain(at, text) {
  explanation.textContent = text;
  explanation.showPopover();
  const pressed = at.getBoundingClientRect();
  const box = explanation.getBoundingClientRect();
  const rightmost = document.documentElement.clientWidth - box.width - 8;
  const below = pressed.bottom + 6;
  const fits = below + box.height <= innerHeight;
  explanation.style.left = `${Math.max(8, Math.min(pressed.left, rightmost))}px`;
  explanation.style.top = `${fits ? below : Math.max(8, pressed.top - 6 - box.height)}px`;
}

// A button that says what its label means; by pointer, touch and keyboard.
function explained(text, label, style = "what", name = null) {
  const press = (event) => explain(event.currentTarget, text);
  return button({ class: style, title: text, "aria-label": name, onclick: press }, label);
}

const question = (text, label) =>
  text ? explained(text, "?", "what", `What is ${label.trim()}?`) : null;
