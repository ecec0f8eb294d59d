// Elements without markup: whatever a title holds is text. And the one box that explains things.
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const explanation = element("div", { id: "explanation", popover: "auto", role: "note", "aria-live": "polite" });

function explain(button, text) {
  explanation.textContent = text;
  explanation.showPopover();
  const at = button.getBoundingClientRect();
  const box = explanation.getBoundingClientRect();
  const left = Math.min(Math.max(8, at.left), Math.max(8, document.documentElement.clientWidth - box.width - 8));
  const below = at.bottom + 6 + box.height <= innerHeight;
  explanation.style.left = `${left}px`;
  explanation.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - 6 - box.height)}px`;
}

// A button that says what its label means; by pointer, touch and keyboard.
function explained(text, label, style = "what", name = null) {
  return element(
    "button",
    { type: "button", class: style, title: text, "aria-label": name, onclick: (event) => explain(event.currentTarget, text) },
    label,
  );
}
