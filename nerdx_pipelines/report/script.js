// Draws the charts of the report, again whenever the reader's colour scheme changes.
const dark = matchMedia("(prefers-color-scheme: dark)");
const { specs, configs } = JSON.parse(document.getElementById("charts").textContent);
let views = [];

async function draw() {
  const scheme = dark.matches ? "dark" : "light";
  views.forEach((view) => view.finalize());
  views = await Promise.all(
    Object.entries(specs).map(([name, spec]) =>
      vegaEmbed(document.getElementById(name), spec, {
        config: configs[scheme],
        renderer: "svg",
        ast: true, // no eval: the page's policy forbids it
        tooltip: { theme: scheme },
        actions: { export: true, source: false, compiled: false, editor: false },
        downloadFileName: name,
      }),
    ),
  );
  document.body.dataset.drawn = scheme;
}

dark.addEventListener("change", draw);
draw();
