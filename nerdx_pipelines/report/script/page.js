// The pages: the whole shop, and one a creator at #creator/<name>. All from one set of data.
const report = JSON.parse(document.getElementById("data").textContent);
const unpacked = new Map();
let scope = report.scopes[0];
let turn = 0; // of drawing: only the last one asked for says that it is done

const link = (creator, text) => element("a", { href: `#creator/${encodeURIComponent(creator)}` }, text);

// Rows of a dataset in the chosen currency, of the whole shop (null) or of one creator.
function dataset(name, creator) {
  const packed = name === "platform" ? report.platform : scope.data[name];
  const keys = packed.map(([key]) => key);
  if (!unpacked.has(packed)) {
    const columns = packed.map(([, places, values]) =>
      !values ? places : Array.isArray(places) ? places.map((place) => values[place]) : Array(places).fill(values[0]));
    const rows = (columns[0] ?? []).map((_, at) => Object.fromEntries(keys.map((key, column) => [key, columns[column][at]])));
    unpacked.set(packed, rows);
  }
  const rows = unpacked.get(packed);
  if (keys.includes("page")) return rows.filter((row) => row.page === creator);
  return creator === null || !keys.includes("creator") ? rows : rows.filter((row) => row.creator === creator);
}

function asked() {
  const [, name] = location.hash.match(/^#creator\/(.*)$/s) ?? [];
  if (name === undefined) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

// What of a table does not fit into one file; nothing if all of it does.
function cut(name) {
  const all = dataset("totals", null)[0]?.[name] ?? 0;
  const here = scope.data[name] ? dataset(name, null).length : all;
  return here < all ? `The first ${grouped(String(here))} of ${grouped(String(all))} are in this file, all of them in the published table.` : "";
}

function tile(label, text, means, range = "") {
  return element("div", {},
    element("dt", {}, label, means ? explained(means, "?", "what", `What is ${label}?`) : null),
    element("dd", {}, text, range ? element("small", {}, range) : null));
}

// What one creator's page says first: their figures, and whether these add up.
function person(creator) {
  const [row] = dataset("creators", creator);
  const contents = dataset("contents", creator);
  if (!row) return element("section", { class: "card", id: "person" }, element("p", { class: "empty" }, `No creator of this name has figures here. ${cut("creators")}`));
  const columns = Object.fromEntries(report.tables.creators.columns.map((column) => [column.key, column]));
  const sum = (rows) => rows.reduce((all, each) => all + units(each.attributed_revenue ?? "0", 4), 0n);
  const whole = sum(dataset("content_types", null));
  const own = units(row.attributed_revenue ?? "0", 4);
  const difference = own - sum(contents);
  const fresh = contents.filter((each) => !each.is_mature).length;
  const tiles = Object.values(columns).filter(({ key, extra }) => key !== "creator" && (!extra || key === "buyers"));
  return element("section", { class: "card", id: "person", "aria-label": "This creator in figures" },
    element("p", { class: "headline" }, element("b", {}, figure("money", "attributed_revenue", row, scope)), " of sales credited to this creator's content",
      whole > 0n ? `, ${kinds.percent(Number(own) / Number(whole))} of what all content earned.` : "."),
    element("p", { class: "sum" },
      difference === 0n
        ? element("strong", { class: "mark ok" }, `✓ ${plural(contents.length, "post adds", "posts add")} up to it`)
        : element("strong", { class: "mark attention" }, contents.length < row.contents ? `Only ${contents.length} of ${row.contents} posts are in this file.` : `⚠ the posts differ from it by ${money(`${fixed(difference, 4).replaceAll(",", "")}`, scope)}`),
      fresh ? element("span", { class: "mark" }, `${fresh} younger than the window`) : null,
      ...badges(row)),
    element("dl", { class: "tiles" },
      ...tiles.map((column) => tile(column.label, figure(column.kind, column.key, row, scope), row[column.key] === null ? `${column.means} ${column.why}`.trim() : column.means,
        column.interval && row[column.key] !== null ? interval(column.interval, row, scope) : ""))));
}

// Three minutes: what to take away before any chart.
function brief() {
  const [content] = dataset("contents", null);
  const creator = dataset("creators", null).find((row) => row.creator && row.revenue_per_content !== null && !row.is_small_sample);
  const format = dataset("content_types", null).filter((row) => row.avg_attribution_revenue !== null && !row.is_small_sample)
    .sort((a, b) => Number(b.avg_attribution_revenue) - Number(a.avg_attribution_revenue))[0];
  const unsold = dataset("unsold", null)[0];
  if (!content || !(Number(content.attributed_revenue) > 0)) return null;
  const line = (label, ...said) => element("li", {}, element("b", {}, label), " ", ...said);
  return element("section", { class: "card", id: "brief", "aria-labelledby": "brief-title" },
    element("h2", { id: "brief-title" }, "In short"),
    element("ul", {},
      line("Best content:", `${content.title}, which ${figure("money", "attributed_revenue", content, scope)} of sales are credited to.`),
      format ? line("Best format per post:", `${words(format.content_type)}, ${figure("money", "avg_attribution_revenue", format, scope)}.`) : null,
      creator ? line("Best creator per post:", link(creator.creator, creator.creator), `, ${figure("money", "revenue_per_content", creator, scope)}.`) : null,
      unsold ? line("Shown but not sold by content:", `${unsold.product}, ${plural(unsold.content_impressions, "impression", "impressions")}.`) : null));
}

function card(section, creator, suffix) {
  const figures = section.figures.map((name) => scope.figures.find((each) => each.name === name));
  const charts = figures.length ? chooser(figures, (name) => dataset(name, creator), scope) : null;
  const tables = section.tables.flatMap((name) => {
    const table = report.tables[name];
    const body = drawTable(table, dataset(table.data, creator), scope, suffix);
    const said = [table.note, creator === null ? cut(table.data) : ""].filter(Boolean).join(" ");
    const note = said ? element("p", { class: "note" }, said) : null;
    if (!table.title) return [note, body].filter(Boolean);
    return [element("details", { open: !table.folded && !narrow }, element("summary", {}, table.title), note, body)];
  });
  const question = section.question || figures[0].question;
  const made = element("section", { class: "card", id: section.name, "aria-labelledby": `${section.name}-title` },
    element("h2", { id: `${section.name}-title` }, question), charts?.box, ...tables);
  return { made, draw: charts?.draw ?? (async () => {}) };
}

async function show() {
  const creator = asked();
  const mine = ++turn;
  delete document.body.dataset.drawn;
  forget();
  const name = creator === null ? "" : kinds.creator(creator);
  document.getElementById("title").textContent = creator === null ? report.title : name;
  document.title = creator === null ? report.full_title : `${name} · ${report.full_title}`;
  document.getElementById("back").hidden = creator === null;
  const suffix = (creator === null ? "" : `-${name.replace(/[^\p{L}\p{N}]+/gu, "-")}`) + (report.scopes.length > 1 ? `-${scope.currency}` : "");
  const cards = report.sections[creator === null ? "shop" : "creator"].map((section) => card(section, creator, suffix));
  const first = creator === null ? brief() : person(creator);
  document.getElementById("first").replaceChildren(...(first ? [first] : []));
  document.getElementById("questions").replaceChildren(...cards.map(({ made }) => made));
  document.body.dataset.page = creator === null ? "shop" : "creator";
  for (const { draw } of cards) if (mine === turn) await draw();
  if (mine === turn) document.body.dataset.drawn = scheme();
}

function start() {
  document.body.append(explanation);
  document.querySelectorAll("[data-means]").forEach((label) =>
    label.append(explained(label.dataset.means, "?", "what", `What is ${label.textContent.trim()}?`)));
  const names = dataset("creators", null).map((row) => row.creator).filter(Boolean);
  const search = document.getElementById("creator");
  document.getElementById("creators-known").replaceChildren(...names.map((name) => element("option", { value: name })));
  search.addEventListener("change", () => {
    if (names.includes(search.value)) location.hash = `creator/${encodeURIComponent(search.value)}`;
  });
  search.closest("label").hidden = !names.length;
  document.getElementById("currency")?.addEventListener("change", (event) => {
    scope = report.scopes[event.target.selectedIndex];
    show();
  });
  addEventListener("hashchange", () => {
    const page = asked();
    if (page !== null || document.body.dataset.page === "creator") {
      scrollTo(0, 0);
      show();
    }
  });
  show();
}

start();
