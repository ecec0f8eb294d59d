// The figures of the file, and which of them the reader is looking at.
const report = JSON.parse(document.getElementById("data").textContent);
const unpacked = new Map();
let scope = report.scopes[0]; // the currency

// Rows of a dataset in the chosen currency, of the whole shop (null) or of one creator.
function dataset(name, creator) {
  const packed = name === "platform" ? report.platform : scope.data[name];
  if (!unpacked.has(packed)) unpacked.set(packed, unpack(packed));
  const rows = unpacked.get(packed);
  const keys = packed.map(([key]) => key);
  if (keys.includes("page")) return rows.filter((row) => row.page === creator);
  if (creator === null || !keys.includes("creator")) return rows;
  return rows.filter((row) => row.creator === creator);
}

function unpack(packed) {
  const columns = packed.map(([, places, values]) => {
    if (!values) return places;
    if (!Array.isArray(places)) return Array(places).fill(values[0]);
    return places.map((place) => values[place]);
  });
  const keys = packed.map(([key]) => key);
  const row = (at) => Object.fromEntries(keys.map((key, column) => [key, columns[column][at]]));
  return (columns[0] ?? []).map((_, at) => row(at));
}

// What of a table does not fit into one file; nothing if all of it does.
function cut(name) {
  const all = dataset("totals", null)[0]?.[name] ?? 0;
  const here = scope.data[name] ? dataset(name, null).length : all;
  if (here >= all) return "";
  const [some, every] = [here, all].map((count) => grouped(String(count)));
  return `The first ${some} of ${every} are in this file, all of them in the published table.`;
}

// The creator whose page is asked for: #creator/<name>; null is the whole shop.
function asked() {
  const [, name] = location.hash.match(/^#creator\/(.*)$/s) ?? [];
  if (name === undefined) return null;
  try {
    return decodeURIComponent(name);
  } catch {
    return null;
  }
}

const link = (creator, text) =>
  element("a", { href: `#creator/${encodeURIComponent(creator)}` }, text);
