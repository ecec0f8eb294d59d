// What a page says before any chart: of the shop in short, of a creator in figures.
const line = (label, ...said) => element("li", {}, element("b", {}, label), " ", ...said);
const cents = (text) => units(text ?? "0", 4); // of the stored four decimals

function brief() {
  const enough = (row) => !row.is_small_sample;
  const [content] = dataset("contents", null);
  const creator = dataset("creators", null).find((row) => row.creator && enough(row));
  const [format] = dataset("content_types", null)
    .filter((row) => row.avg_attribution_revenue !== null && enough(row))
    .sort((a, b) => Number(b.avg_attribution_revenue) - Number(a.avg_attribution_revenue));
  const [unsold] = dataset("unsold", null);
  if (!content || !(Number(content.attributed_revenue) > 0)) return null;
  const earned = (key, row) => figure("money", key, row, scope);
  const lines = [
    line(
      "Best content:",
      `${content.title}, which ${earned("attributed_revenue", content)} of sales are credited to.`,
    ),
    format &&
      line(
        "Best format per post:",
        `${words(format.content_type)}, ${earned("avg_attribution_revenue", format)}.`,
      ),
    creator?.revenue_per_content &&
      line(
        "Best creator per post:",
        link(creator.creator, creator.creator),
        `, ${earned("revenue_per_content", creator)}.`,
      ),
    unsold &&
      line(
        "Shown but not sold by content:",
        `${unsold.product}, ${plural(unsold.content_impressions, "impression", "impressions")}.`,
      ),
  ];
  return element(
    "section",
    { class: "card", id: "brief", "aria-labelledby": "brief-title" },
    element("h2", { id: "brief-title" }, "In short"),
    element("ul", {}, ...lines.filter(Boolean)),
  );
}

function person(creator) {
  const [row] = dataset("creators", creator);
  const attributes = { class: "card", id: "person", "aria-label": "This creator in figures" };
  if (!row) {
    const nobody = `No creator of this name has figures here. ${cut("creators")}`;
    return element("section", attributes, element("p", { class: "empty" }, nobody));
  }
  const own = cents(row.attributed_revenue);
  const shop = dataset("content_types", null);
  const whole = shop.reduce((all, each) => all + cents(each.attributed_revenue), 0n);
  const share = whole > 0n ? kinds.percent(Number(own) / Number(whole)) : null;
  const contents = dataset("contents", creator);
  const fresh = contents.filter((each) => !each.is_mature).length;
  const shown = report.tables.creators.columns.filter(
    ({ key, extra }) => key !== "creator" && (!extra || key === "buyers"),
  );
  return element(
    "section",
    attributes,
    element(
      "p",
      { class: "headline" },
      element("b", {}, figure("money", "attributed_revenue", row, scope)),
      " of sales credited to this creator's content",
      share ? `, ${share} of what all content earned.` : ".",
    ),
    element(
      "p",
      { class: "sum" },
      balance(own, contents, row.contents),
      fresh ? element("span", { class: "mark" }, `${fresh} younger than the window`) : null,
      ...badges(row),
    ),
    element("dl", { class: "tiles" }, ...shown.map((column) => tile(column, row))),
  );
}

// Whether the posts that are shown add up to what the creator is said to have earned.
function balance(own, contents, posts) {
  const difference = contents.reduce((rest, each) => rest - cents(each.attributed_revenue), own);
  if (difference === 0n) {
    const added = `✓ ${plural(contents.length, "post adds", "posts add")} up to it`;
    return element("strong", { class: "mark ok" }, added);
  }
  const missing = contents.length < posts;
  const said = missing
    ? `Only ${contents.length} of ${posts} posts are in this file.`
    : `⚠ the posts differ from it by ${money(decimal(difference, 4), scope)}`;
  return element("strong", { class: "mark attention" }, said);
}

function tile(column, row) {
  const missing = row[column.key] === null;
  const means = missing ? `${column.means} ${column.why}`.trim() : column.means;
  const range = column.interval && !missing ? interval(column.interval, row, scope) : "";
  return element(
    "div",
    {},
    element("dt", {}, column.label, question(means, column.label)),
    element(
      "dd",
      {},
      figure(column.kind, column.key, row, scope),
      range ? element("small", {}, range) : null,
    ),
  );
}
