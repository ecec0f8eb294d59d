// Figures as people read them. Money comes as exact decimal text and never becomes a number.
const MISSING = "–";
const NO_BREAK = "\u00a0"; // between a figure and its unit
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

function grouped(number) {
  const [whole, part] = number.split(".");
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? thousands : `${thousands}.${part}`;
}

// Decimal text in whole units of 10^-digits, half up.
function units(text, digits) {
  const [whole, part = ""] = text.replace("-", "").split(".");
  const size = BigInt(whole + part.slice(0, digits).padEnd(digits, "0"));
  const rounded = (part[digits] ?? "0") >= "5" ? size + 1n : size;
  return text.startsWith("-") ? -rounded : rounded;
}

// The same back as decimal text.
function decimal(amount, digits) {
  const all = String(amount < 0n ? -amount : amount).padStart(digits + 1, "0");
  const sign = amount < 0n ? "-" : "";
  return sign + (digits ? `${all.slice(0, -digits)}.${all.slice(-digits)}` : all);
}

const rounded = (text, digits) => grouped(decimal(units(text, digits), digits));

const words = (name) => name.replaceAll("_", " ");
const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const plural = (count, one, many) =>
  `${grouped(String(count))}${NO_BREAK}${count === 1 ? one : many}`;

function day(iso) {
  const [year, month, date] = iso.split("-").map(Number);
  return `${date} ${MONTHS[month - 1]} ${year}`;
}

// "3 May 2026", "3–9 May 2026", "28 Apr – 4 May 2026": both ends included.
function days(first, last) {
  if (first === last) return day(first);
  if (first.slice(0, 7) === last.slice(0, 7)) return `${Number(first.slice(8))}–${day(last)}`;
  const short = first.slice(0, 4) === last.slice(0, 4) ? day(first).slice(0, -5) : day(first);
  return `${short} – ${day(last)}`;
}

const money = (text, scope) =>
  `${rounded(text, scope.digits)}${NO_BREAK}${scope.currency ?? ""}`.trimEnd();
const multiple = (value) => `${grouped(value.toFixed(1).replace(/^-(0\.0)$/, "$1"))}×`; // no -0.0

const kinds = {
  text: (value) => value,
  note: (value) => value,
  content: (value) => value,
  creator: (value) => value || "No creator named",
  metric: (value) => capital(words(value)).replace(/\broi\b/i, "ROI"),
  money: (value, row, scope) => money(value, scope),
  count: (value) => grouped(String(value)),
  number: (value) => grouped(Number(value).toFixed(4).replace(/\.?0+$/, "")),
  percent: (value) => `${grouped((value * 100).toFixed(1))}${NO_BREAK}%`,
  multiple,
  day,
  month: (value) => `${MONTHS[Number(value.slice(5, 7)) - 1]} ${value.slice(0, 4)}`,
  days: (value) => `${value} to ${plural(value + 1, "day", "days")}`,
  period: (value, row) => days(row.first_day, row.last_day),
  final: (value) => (value ? "final" : "not final yet"),
};

// A figure of the whole shop: its name says what it is.
kinds.value = (value, row, scope) => {
  if (/rate|share/.test(row.metric)) return kinds.percent(Number(value));
  if (/days/.test(row.metric)) return `${grouped(Number(value).toFixed(1))}${NO_BREAK}days`;
  if (/revenue/.test(row.metric)) return money(value, report.scopes[0]);
  return /roi/.test(row.metric) ? multiple(Number(value)) : kinds.number(value);
};

// The figure of a row as text; an interval's column is that of its lower end.
function figure(kind, key, row, scope) {
  const value = row[key];
  if (value === null || value === undefined) return MISSING;
  if (kind === "interval") return interval([key, key.replace(/low$/, "high")], row, scope);
  return kinds[kind](value, row, scope);
}

function interval([low, high], row, scope) {
  if (row[low] === null || row[high] === null) return "";
  const said = typeof row[low] === "number" ? multiple : (value) => rounded(value, scope.digits);
  return `${said(row[low])} to ${said(row[high])}`;
}
