// A table that can be sorted, widened and taken along as CSV.
const narrow = matchMedia("(max-width: 44rem)").matches; // a phone
const FIRST = narrow ? 5 : 15; // rows until the reader asks for all

function badges(row) {
  return [
    row.is_mature === false && "title" in row ? explained(report.words.new, "new", "badge") : null,
    row.is_small_sample ? explained(report.words.small, "few buyers", "badge") : null,
  ];
}

function heading(column, row, scope) {
  const text = figure(column.kind, column.key, row, scope);
  if (column.kind === "creator") return link(row.creator, text);
  if (column.kind === "metric") return element("span", {}, text, explained(row.means, "?", "what", `What is ${text}?`));
  if (column.kind !== "content") return text;
  const about = [row.content_type && words(row.content_type), row.published_on && day(row.published_on)];
  const creator = row.creator && asked() === null ? link(row.creator, row.creator) : null;
  const small = element("small", {}, about.filter(Boolean).join(" · "), creator && about.some(Boolean) ? " · " : "", creator);
  return element("span", {}, element("span", { class: "title" }, text), ...badges(row), small);
}

function cell(column, place, row, scope, best) {
  if (place === 0) {
    const flags = column.kind === "content" ? [] : badges(row); // those of content stand by its title
    return element("th", { scope: "row" }, heading(column, row, scope), ...flags);
  }
  const label = explained(column.means, column.label, "label");
  const missing = row[column.key] === null || row[column.key] === undefined || row[column.key] === "";
  const text = missing
    ? explained(column.why || column.means, MISSING, "missing", `${column.label}: not known, why?`)
    : element("span", { class: "figure" }, figure(column.kind, column.key, row, scope));
  const range = column.interval && !missing ? interval(column.interval, row, scope) : "";
  const bar = best && !missing ? `--share: ${Math.max(0, Number(row[column.key]) / best).toFixed(4)}` : null;
  const small = range ? explained(report.words.interval, range, "range") : null;
  return element("td", { class: [column.kind, bar && "bar"].filter(Boolean).join(" "), style: bar }, label, text, small);
}

// Missing figures last, whichever way.
function sorted(rows, column, downwards) {
  const text = ["text", "content", "creator", "metric", "note", "day", "month"].includes(column.kind);
  const value = (row) => (text ? row[column.key] : Number(row[column.key]));
  const known = rows.filter((row) => row[column.key] !== null && row[column.key] !== "");
  const unknown = rows.filter((row) => row[column.key] === null || row[column.key] === "");
  const order = (a, b) => (text ? value(a).localeCompare(value(b)) : value(a) - value(b));
  known.sort((a, b) => (downwards ? order(b, a) : order(a, b)));
  return [...known, ...unknown];
}

// Exact figures under the warehouse's names. A text that a spreadsheet would compute is quoted.
function csv(table, rows) {
  const keys = [...new Set(table.columns.flatMap((c) => [c.key, ...(c.interval ?? [])]).concat(table.also))];
  const field = (value, plain) => {
    if (value === null || value === undefined) return "";
    const text = !plain && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const plain = (value) => typeof value !== "string" || /^-?\d+(\.\d+)?$/.test(value);
  const lines = rows.map((row) => keys.map((key) => field(row[key], plain(row[key]))).join(","));
  return [keys.join(","), ...lines, ""].join("\r\n");
}

function download(name, text) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv" }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

function drawTable(table, rows, scope, suffix) {
  if (!rows.length) return element("p", { class: "empty" }, table.empty);
  let state = { column: null, downwards: true, wide: false, all: false };
  const box = element("div", { class: "table", id: `table-${table.name}` });

  function sortBy(key) {
    const same = state.column === key;
    const kind = table.columns.find((column) => column.key === key).kind;
    const numbers = !["text", "content", "creator", "metric", "note"].includes(kind);
    state = { ...state, column: key, downwards: same ? !state.downwards : numbers };
    show(key);
  }

  function show(focus) {
    const columns = table.columns.filter((column) => state.wide || !column.extra);
    const by = table.columns.find((column) => column.key === state.column);
    const ordered = by ? sorted(rows, by, state.downwards) : rows;
    const shown = state.all ? ordered : ordered.slice(0, FIRST);
    const best = Math.max(...rows.map((row) => Number(row.attributed_revenue ?? 0)));
    const arrow = (key) => (key === state.column ? (state.downwards ? " ↓" : " ↑") : "");
    const heads = columns.map((column) =>
      element(
        "th",
        { scope: "col", class: column.kind, "aria-sort": column.key === state.column ? (state.downwards ? "descending" : "ascending") : null },
        element("button", { type: "button", class: "sort", "data-key": column.key, onclick: () => sortBy(column.key) }, column.label + arrow(column.key)),
        column.means ? explained(column.means, "?", "what", `What is ${column.label}?`) : null,
      ),
    );
    const body = shown.map((row) =>
      element("tr", {}, ...columns.map((column, place) =>
        cell(column, place, row, scope, column.key === "attributed_revenue" && best > 0 ? best : 0))),
    );
    const choice = element(
      "select",
      { "aria-label": "Sort by", onchange: (event) => sortBy(event.target.value) },
      element("option", { value: "", disabled: true, selected: !state.column }, "Sort by …"),
      ...columns.map((column) => element("option", { value: column.key, selected: column.key === state.column }, column.label + arrow(column.key))),
    );
    const tools = element(
      "div",
      { class: "tools" },
      choice,
      table.columns.some((column) => column.extra)
        ? element("button", { type: "button", "aria-pressed": String(state.wide), onclick: () => { state.wide = !state.wide; show(); } }, state.wide ? "Fewer columns" : "All columns")
        : null,
      element("button", { type: "button", class: "csv", onclick: () => download(`${table.name}${suffix}.csv`, csv(table, ordered)) }, "CSV"),
    );
    const more = rows.length > FIRST
      ? element("button", { type: "button", class: "more", onclick: () => { state.all = !state.all; show(); } }, state.all ? `Show the first ${FIRST}` : `Show all ${grouped(String(rows.length))}`)
      : null;
    box.replaceChildren(
      tools,
      element("div", { class: "scroll", tabindex: state.wide ? "0" : null }, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body))),
      ...(more ? [more] : []),
    );
    if (focus) box.querySelector(`.sort[data-key="${focus}"]`)?.focus();
  }

  show();
  return box;
}
