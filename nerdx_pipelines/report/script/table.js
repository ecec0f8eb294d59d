// A table that can be sorted, widened and taken along as CSV.
const narrow = matchMedia("(max-width: 44rem)").matches; // a phone
const FIRST = narrow ? 5 : 15; // rows until the reader asks for all
const NAMES = ["text", "content", "creator", "metric", "note"]; // kinds that begin with A
const WORDS = [...NAMES, "day", "month"]; // kinds that are sorted as text

const unknown = (value) => value === null || value === undefined || value === "";

function badges(row) {
  return [
    row.is_mature === false && "title" in row && explained(report.words.new, "new", "badge"),
    row.is_small_sample && explained(report.words.small, "few buyers", "badge"),
  ];
}

function heading(column, row, scope) {
  const text = figure(column.kind, column.key, row, scope);
  if (column.kind === "creator") return link(row.creator, text);
  if (column.kind === "metric") return element("span", {}, text, question(row.means, text));
  if (column.kind !== "content") return text;
  const about = [
    row.content_type && words(row.content_type),
    row.published_on && day(row.published_on),
    row.creator && asked() === null && link(row.creator, row.creator),
  ].filter(Boolean);
  const small = element("small", {}, ...about.flatMap((part) => [" · ", part]).slice(1));
  return element("span", {}, element("span", { class: "title" }, text), ...badges(row), small);
}

function cell(column, place, row, scope, best) {
  if (place === 0) {
    const flags = column.kind === "content" ? [] : badges(row); // a content's stand by its title
    return element("th", { scope: "row" }, heading(column, row, scope), ...flags);
  }
  const label = explained(column.means, column.label, "label");
  if (unknown(row[column.key])) {
    const why = `${column.label}: not known, why?`;
    const dash = explained(column.why || column.means, MISSING, "missing", why);
    return element("td", { class: column.kind }, label, dash);
  }
  const text = element("span", { class: "figure" }, figure(column.kind, column.key, row, scope));
  const range = column.interval ? interval(column.interval, row, scope) : "";
  const small = range ? explained(report.words.interval, range, "range") : null;
  const share = best && Math.max(0, Number(row[column.key]) / best).toFixed(4);
  const bar = best ? { class: `${column.kind} bar`, style: `--share: ${share}` } : {};
  return element("td", { class: column.kind, ...bar }, label, text, small);
}

// Missing figures last, whichever way.
function sorted(rows, { key, kind }, downwards) {
  const order = WORDS.includes(kind)
    ? (a, b) => a[key].localeCompare(b[key])
    : (a, b) => Number(a[key]) - Number(b[key]);
  const known = rows.filter((row) => !unknown(row[key]));
  known.sort((a, b) => (downwards ? order(b, a) : order(a, b)));
  return [...known, ...rows.filter((row) => unknown(row[key]))];
}

// Exact figures under the warehouse's names. A text that a spreadsheet would compute is quoted.
function csv(table, rows) {
  const shown = table.columns.flatMap(({ key, interval }) => [key, ...(interval ?? [])]);
  const keys = [...new Set([...shown, ...table.also])];
  const field = (value) => {
    if (value === null || value === undefined) return "";
    const figure = typeof value !== "string" || /^-?\d+(\.\d+)?$/.test(value);
    const text = !figure && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => keys.map((key) => field(row[key])).join(","));
  return [keys.join(","), ...lines, ""].join("\r\n");
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function drawTable(table, rows, scope, suffix) {
  if (!rows.length) return element("p", { class: "empty" }, table.empty);
  const box = element("div", { class: "table", id: `table-${table.name}` });
  const best = Math.max(...rows.map((row) => Number(row.attributed_revenue ?? 0)));
  const barred = (column) => (column.key === "attributed_revenue" && best > 0 ? best : 0);
  let state = { by: null, downwards: true, wide: false, all: false };

  function change(what, focus) {
    state = { ...state, ...what };
    show();
    if (focus) box.querySelector(focus)?.focus();
  }

  function sortBy(key) {
    const by = table.columns.find((column) => column.key === key);
    const downwards = by === state.by ? !state.downwards : !NAMES.includes(by.kind);
    change({ by, downwards }, `.sort[data-key="${key}"]`);
  }

  const arrow = (column) => (column !== state.by ? "" : state.downwards ? " ↓" : " ↑");

  function head(column) {
    const way = state.downwards ? "descending" : "ascending";
    const sort = { class: "sort", "data-key": column.key, onclick: () => sortBy(column.key) };
    return element(
      "th",
      { scope: "col", class: column.kind, "aria-sort": column === state.by ? way : null },
      button(sort, column.label + arrow(column)),
      question(column.means, column.label),
    );
  }

  function choice(columns) {
    const option = (column) => {
      const attributes = { value: column.key, selected: column === state.by };
      return element("option", attributes, column.label + arrow(column));
    };
    return element(
      "select",
      { "aria-label": "Sort by", onchange: (event) => sortBy(event.target.value) },
      element("option", { value: "", disabled: true, selected: !state.by }, "Sort by …"),
      ...columns.map(option),
    );
  }

  function show() {
    const columns = table.columns.filter((column) => state.wide || !column.extra);
    const ordered = state.by ? sorted(rows, state.by, state.downwards) : rows;
    const cells = (row) =>
      columns.map((column, at) => cell(column, at, row, scope, barred(column)));
    const seen = state.all ? ordered : ordered.slice(0, FIRST);
    const body = seen.map((row) => element("tr", {}, ...cells(row)));
    const widen = { class: "widen", "aria-pressed": String(state.wide) };
    const take = () => download(`${table.name}${suffix}.csv`, csv(table, ordered));
    const tools = [
      choice(columns),
      table.columns.some((column) => column.extra) &&
        button(
          { ...widen, onclick: () => change({ wide: !state.wide }, ".widen") },
          state.wide ? "Fewer columns" : "All columns",
        ),
      button({ class: "csv", onclick: take }, "CSV"),
    ];
    const count = grouped(String(rows.length));
    const every = state.all ? `Show the first ${FIRST}` : `Show all ${count}`;
    const more = { class: "more", onclick: () => change({ all: !state.all }, ".more") };
    box.replaceChildren(
      element("div", { class: "tools" }, ...tools),
      element(
        "div",
        { class: "scroll", tabindex: state.wide ? "0" : null },
        element(
          "table",
          {},
          element("thead", {}, element("tr", {}, ...columns.map(head))),
          element("tbody", {}, ...body),
        ),
      ),
      ...(rows.length > FIRST ? [button(more, every)] : []),
    );
  }

  show();
  return box;
}
