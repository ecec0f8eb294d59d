// Charts: rows put into the drawings, each mark told in words; drawn again in the dark.
const dark = matchMedia("(prefers-color-scheme: dark)");
const scheme = () => (dark.matches ? "dark" : "light");
let drawn = []; // of this page: what was drawn, and how to draw it again

// Rows of a figure: those it is of, with the words of their marks.
function marked(figureOf, rows, scope) {
  const wanted = Object.entries(figureOf.where);
  return rows
    .filter((row) => wanted.every(([key, value]) => row[key] === value))
    .filter((row) => !figureOf.known || row[figureOf.known] !== null)
    .slice(0, figureOf.first ?? undefined)
    .map((row) => {
      const said = figureOf.fields.map(([label, key, kind]) =>
        [label, figure(kind, key, row, scope)]);
      const told = said.filter(([, text]) => text !== MISSING);
      const words = told.map(([label, text]) => `${label}: ${text}`).join(", ");
      return { ...row, ...Object.fromEntries(said), words };
    });
}

async function drawChart(target, figureOf, rows) {
  const lines = new Set(rows.map((row) => row[figureOf.by])).size;
  const height = figureOf.height || figureOf.step * lines;
  const result = await vegaEmbed(target, { ...figureOf.drawing, height, datasets: { rows } }, {
    config: report.configs[scheme()],
    renderer: "svg",
    ast: true, // no eval: the page's policy forbids it
    tooltip: { theme: scheme() },
    actions: { export: true, source: false, compiled: false, editor: false },
    downloadFileName: figureOf.name,
  });
  drawn.push({ target, figureOf, rows, view: result.view });
}

// The charts of a question, of which one is shown; none if there is nothing to draw.
function chooser(figures, dataset, scope) {
  const full = figures
    .map((each) => [each, marked(each, dataset(each.data), scope)])
    .filter(([, rows]) => rows.length);
  if (!full.length) {
    return { box: element("p", { class: "empty" }, figures[0].empty), draw: async () => {} };
  }
  const note = element("figcaption", { class: "note" });
  const chart = element("div", { class: "chart" });
  const buttons = full.map(([each], place) => button({ onclick: () => choose(place) }, each.label));
  const choice = full.length > 1 ? element("div", { class: "tools" }, ...buttons) : null;
  const box = element("figure", {}, choice, note, chart);

  async function choose(place) {
    const [each, rows] = full[place];
    buttons.forEach((other, at) => other.setAttribute("aria-pressed", String(at === place)));
    drawn.filter(({ target }) => target === chart).forEach(({ view }) => view.finalize());
    drawn = drawn.filter(({ target }) => target !== chart);
    note.textContent = each.note;
    chart.id = each.name;
    await drawChart(chart, each, rows);
  }
  return { box, draw: () => choose(0) };
}

function forget() {
  drawn.forEach(({ view }) => view.finalize());
  drawn = [];
}

async function redraw() {
  const before = drawn;
  forget();
  await Promise.all(before.map(({ target, figureOf, rows }) => drawChart(target, figureOf, rows)));
  document.body.dataset.drawn = scheme();
}

dark.addEventListener("change", redraw);
