(function () {
  "use strict";
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const light = { ink: "#000000", soft: "#444444", grid: "#dddddd", line: "#999999" };

  function colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue("--" + name).trim();
    return { ink: of("ink"), soft: of("soft"), grid: of("grid"), line: of("line") };
  }

  function figures() {
    return Bokeh.documents.flatMap((one) => one.roots());
  }

  // Of a model, by its type and what is set of it: the properties that have a colour of the page.
  function look(type, set, c) {
    if (type.endsWith("Axis")) {
      return { major_label_text_color: c.soft, axis_label_text_color: c.soft,
        axis_line_color: c.line, major_tick_line_color: c.line };
    }
    if (type === "Grid" && set.grid_line_color !== null) return { grid_line_color: c.grid };
    return (set.tags || []).includes("ink") ? { line_color: c.ink } : {};
  }

  function tint(c) {
    for (const figure of figures()) {
      for (const model of figure.references()) model.setv(look(model.type, model, c));
    }
  }

  // The same before anything is drawn, so that nothing is drawn twice.
  function prepare(data, c) {
    if (data === null || typeof data !== "object") return;
    if (data.type === "object" && data.attributes) {
      Object.assign(data.attributes, look(data.name, data.attributes, c));
    }
    Object.values(data).forEach((one) => prepare(one, c));
  }

  // ------------------------------------------------------------------ on paper

  function place(figure) {
    return document.getElementById(charts.items[0].roots[figure.id]);
  }

  function toPaper() {
    tint(light);
    for (const figure of figures()) {
      const view = Bokeh.index.get_by_id(figure.id), around = place(figure);
      let image = around.querySelector("img.drawn");
      if (!image) {
        image = document.createElement("img");
        image.className = "drawn";
        image.alt = "";
        around.append(image);
      }
      view.paint();
      image.src = view.export("png", true).canvas.toDataURL("image/png");
      around.classList.add("printed");
    }
  }

  function fromPaper() {
    for (const image of document.querySelectorAll("img.drawn")) {
      image.closest(".drawing").classList.remove("printed");
      image.remove();
    }
    tint(colours());
  }

  // ------------------------------------------------------------------- zooming

  const whole = new Map(); // both ends of an axis as it was drawn first

  function zoom(range, how) {
    if (!whole.has(range)) whole.set(range, [range.start, range.end]);
    const [first, last] = whole.get(range), width = range.end - range.start;
    const [from, to] = { in: [1 / 4, -1 / 4], out: [-1 / 2, 1 / 2], left: [-1 / 4, -1 / 4],
      right: [1 / 4, 1 / 4] }[how].map((share, side) => (side ? range.end : range.start) + share * width);
    const size = Math.min(to - from, last - first);
    const start = Math.min(Math.max(from, first), last - size);
    range.setv({ start: start, end: start + size });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-zoom]");
    if (!button) return;
    const section = button.closest(".chart"), how = button.dataset.zoom;
    const drawn = figures().filter((one) => section.contains(place(one)));
    if (how === "reset") return drawn.forEach((one) => Bokeh.index.get_by_id(one.id).reset());
    for (const range of new Set(drawn.map((one) => one.x_range))) zoom(range, how);
  });

  // ---------------------------------------------------------------------- start

  prepare(charts.docs, colours());
  Bokeh.embed.embed_items(charts.docs, charts.items).then(() => {
    const paper = matchMedia("print");
    if (matchMedia("(pointer: coarse)").matches) { // a finger is to scroll the page
      for (const figure of figures()) figure.toolbar.active_drag = null;
    }
    dark.addEventListener("change", () => paper.matches || tint(colours()));
    paper.addEventListener("change", (event) => event.matches ? toPaper() : fromPaper());
    addEventListener("beforeprint", toPaper);
    addEventListener("afterprint", fromPaper);
  });
})();
