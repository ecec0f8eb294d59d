// The pages: the whole shop, and one a creator. All from one set of data.
let turn = 0; // of drawing: only the last one asked for says that it is done

function card(section, creator, suffix) {
  const rows = (name) => dataset(name, creator);
  const figures = section.figures.map((name) => scope.figures.find((each) => each.name === name));
  const charts = figures.length ? chooser(figures, rows, scope) : null;
  const tables = section.tables.flatMap((name) => {
    const table = report.tables[name];
    const body = drawTable(table, rows(table.data), scope, suffix);
    const said = [table.note, creator === null ? cut(table.data) : ""].filter(Boolean).join(" ");
    const note = said ? element("p", { class: "note" }, said) : null;
    if (!table.title) return [note, body];
    const open = !table.folded && !narrow;
    return [element("details", { open }, element("summary", {}, table.title), note, body)];
  });
  const made = element(
    "section",
    { class: "card", id: section.name, "aria-labelledby": `${section.name}-title` },
    element("h2", { id: `${section.name}-title` }, section.question || figures[0].question),
    charts?.box,
    ...tables,
  );
  return { made, draw: charts?.draw ?? (async () => {}) };
}

async function show() {
  const mine = ++turn;
  const creator = asked();
  const page = creator === null ? "shop" : "creator";
  const name = creator === null ? report.title : kinds.creator(creator);
  const currency = report.scopes.length > 1 ? `-${scope.currency}` : "";
  const whose = creator === null ? "" : `-${name.replace(/[^\p{L}\p{N}]+/gu, "-")}`;
  const suffix = `${whose}${currency}`; // of the files that it gives
  delete document.body.dataset.drawn;
  forget();
  document.getElementById("title").textContent = name;
  document.title = creator === null ? report.full_title : `${name} · ${report.full_title}`;
  document.getElementById("back").hidden = creator === null;
  const cards = report.sections[page].map((section) => card(section, creator, suffix));
  const first = creator === null ? brief() : person(creator);
  document.getElementById("first").replaceChildren(...(first ? [first] : []));
  document.getElementById("questions").replaceChildren(...cards.map(({ made }) => made));
  document.body.dataset.page = page;
  for (const { draw } of cards) if (mine === turn) await draw();
  if (mine === turn) document.body.dataset.drawn = scheme();
}

function start() {
  document.body.append(explanation);
  for (const label of document.querySelectorAll("[data-means]")) {
    label.append(question(label.dataset.means, label.textContent));
  }
  const names = dataset("creators", null).map((row) => row.creator).filter(Boolean);
  const search = document.getElementById("creator");
  const known = names.map((name) => element("option", { value: name }));
  document.getElementById("creators-known").replaceChildren(...known);
  search.closest("label").hidden = !names.length;
  search.addEventListener("change", () => {
    if (!names.includes(search.value)) return;
    location.hash = `creator/${encodeURIComponent(search.value)}`;
  });
  document.getElementById("currency")?.addEventListener("change", (event) => {
    scope = report.scopes[event.target.selectedIndex];
    show();
  });
  addEventListener("hashchange", () => {
    if (asked() === null && document.body.dataset.page === "shop") return;
    scrollTo(0, 0);
    show();
  });
  show();
}

start();
