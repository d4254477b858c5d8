/* The pages to try: runs that were really made, looked up and drawn. No library, no network, nothing is worked out
   but means, 95 % t intervals over the seeds shown, and where a mark stands. Every picture has its numbers in a table. */
(function () {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  function shape(name, attributes) {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  let numbers = 0;
  function newId(stem) {
    numbers += 1;
    return "demo-" + stem + "-" + numbers;
  }

  // -- numbers in words

  const SIZES = [[1e9, "bn"], [1e6, "m"], [1e3, "k"]];

  function plain(size, unit) {
    if (unit === "share") return (100 * size).toFixed(1) + " %";
    if (unit === "ratio") return size.toFixed(3);
    if (unit.startsWith("£")) {
      for (const [least, letter] of SIZES) if (size >= least) return "£" + (size / least).toFixed(size / least < 10 ? 2 : 1) + letter;
      return "£" + size.toFixed(0);
    }
    if (unit.startsWith("bids")) return size.toFixed(2);
    return Math.round(size).toLocaleString("en-GB");
  }

  function signed(value, unit) {
    const said = unit === "share" ? (100 * Math.abs(value)).toFixed(2) : plain(Math.abs(value), unit);
    return (value < 0 ? "\u2212" : "+") + "\u2060" + said; // no line ends between a sign and its number
  }

  /** A difference as a sentence says it: shares differ by points of a hundred. */
  function difference(value, unit) {
    return signed(value, unit) + (unit === "share" ? " points" : "");
  }

  function interval(values, t) {
    const n = values.length;
    const mean = values.reduce((a, b) => a + b, 0) / n;
    const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
    const half = t[n] * Math.sqrt(squares / (n - 1) / n);
    return { mean, low: mean - half, high: mean + half, spread: Math.sqrt(squares / (n - 1)), told: Math.abs(mean) > half };
  }

  // -- what one works with

  function slider(label, words, start, onMove) {
    const id = newId("slider");
    const said = element("output", { for: id, class: "demo-said" });
    const input = element("input", { type: "range", id, min: 0, max: words.length - 1, step: 1, value: start });
    function tell() {
      said.textContent = words[Number(input.value)];
      input.setAttribute("aria-valuetext", said.textContent);
    }
    input.addEventListener("input", () => { tell(); onMove(); });
    tell();
    return {
      box: element("div", { class: "demo-dial" }, element("label", { for: id }, label), input, said),
      get at() { return Number(input.value); },
      set at(value) { input.value = value; tell(); onMove(); },
      last: words.length - 1,
    };
  }

  function choice(label, words, onMove) {
    const id = newId("choice");
    const input = element("select", { id }, ...words.map((one, i) => element("option", { value: i }, one)));
    input.addEventListener("change", onMove);
    return { box: element("div", { class: "demo-dial" }, element("label", { for: id }, label), input), get at() { return Number(input.value); } };
  }

  function button(label, onPress) {
    const made = element("button", { type: "button", class: "demo-button" }, label);
    made.addEventListener("click", onPress);
    return made;
  }

  function table(caption, columns) {
    const head = element("tr", {}, ...columns.map((one) => element("th", { scope: "col" }, one)));
    const body = element("tbody");
    const made = element("table", { class: "table demo-table" }, element("caption", {}, caption), element("thead", {}, head), body);
    const scrolled = element("div", { class: "demo-scroll", tabindex: 0, role: "region", "aria-label": caption }, made);
    return {
      box: element("details", {}, element("summary", {}, "The numbers as a table"), scrolled),
      fill(rows) {
        body.replaceChildren(...rows.map(([first, ...rest]) =>
          element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((one) => element("td", {}, one)))));
      },
    };
  }

  function percent(value, reach) {
    return 50 + (48 * value) / reach + "%";
  }

  /** A line for the interval and a mark for the mean; hollow and dashed where luck alone could have made it. */
  function drawInterval(svg, found, reach, height) {
    const y = height / 2;
    const told = found.told ? "told" : "luck";
    svg.append(shape("line", { x1: "50%", x2: "50%", y1: 0, y2: height, class: "demo-nil" }));
    svg.append(shape("line", { x1: percent(found.low, reach), x2: percent(found.high, reach), y1: y, y2: y, class: "demo-interval " + told }));
    for (const end of [found.low, found.high]) svg.append(shape("line", { x1: percent(end, reach), x2: percent(end, reach), y1: y - 5, y2: y + 5, class: "demo-interval told" }));
    svg.append(shape("circle", { cx: percent(found.mean, reach), cy: y, r: 6, class: "demo-mean " + told }));
  }

  const LUCK = "not to be told from luck";

  function said(found, unit) {
    return difference(found.mean, unit) + " (" + signed(found.low, unit) + " to " + signed(found.high, unit) + ")";
  }

  // -- a policy for Wigan

  function policy(box, data) {
    const most = data.made.seeds.length;
    const dials = data.dials.map((dial) => slider(dial.label, dial.stops, 0, show));
    const counts = Array.from({ length: most - 1 }, (_, i) => i + 2 + " of " + most);
    const seeds = slider("Draws of luck counted", counts, counts.length - 1, show);
    const start = [1, dials[1].last, 0, 0];
    const reset = button("Back to the start", () => { start.forEach((at, i) => { dials[i].at = at; }); seeds.at = seeds.last; });
    const summary = element("p", { role: "status", class: "demo-summary" });
    const rows = data.outcomes.map((outcome) => {
      const svg = shape("svg", { class: "demo-strip", role: "img", height: 24 });
      const text = element("span", { class: "demo-number" });
      const reach = Math.max(...Object.values(data.cells).map((cell) => {
        const found = interval(cell[data.outcomes.indexOf(outcome)], data.t);
        return Math.max(Math.abs(found.low), Math.abs(found.high));
      }));
      const box = element("div", { class: "demo-row" }, element("span", { class: "demo-label" }, outcome.label), svg, text);
      return { outcome, svg, text, reach, box };
    });
    const numbersTable = table("What changes in the last year, against Wigan as it is", ["Outcome", "Wigan as it is", "Difference", "95 % interval", "Told from luck"]);
    const key = element("p", { class: "demo-key" }, "The upright line is no change; right of it is more, left of it less. A full mark is told from luck, a hollow one with a dashed line is not. Each row keeps its scale.");
    box.append(element("div", { class: "demo-dials" }, ...dials.map((one) => one.box), seeds.box, reset), summary, element("div", { class: "demo-rows" }, ...rows.map((one) => one.box)), key, numbersTable.box);

    function show() {
      if (!box.isConnected || !numbersTable) return;
      const cell = data.cells[dials.map((one) => one.at).join("-")];
      const n = seeds.at + 2;
      const found = cell.map((values) => interval(values.slice(0, n), data.t));
      rows.forEach(({ outcome, svg, text, reach }, i) => {
        svg.replaceChildren();
        drawInterval(svg, { ...found[i], low: Math.max(found[i].low, -reach), high: Math.min(found[i].high, reach) }, reach, 24);
        const words = said(found[i], outcome.unit) + (found[i].told ? "" : ", " + LUCK);
        svg.setAttribute("aria-label", outcome.label + ": " + words);
        text.textContent = words;
      });
      const told = data.outcomes.filter((_, i) => found[i].told);
      const more = told.filter((one) => found[data.outcomes.indexOf(one)].mean > 0).map((one) => one.label);
      const less = told.filter((one) => found[data.outcomes.indexOf(one)].mean < 0).map((one) => one.label);
      summary.textContent = "Clear of luck after five years. More: " + (more.join("; ") || "nothing") + ". Less: " + (less.join("; ") || "nothing") + ".";
      numbersTable.fill(data.outcomes.map((one, i) => [one.label, plain(one.baseline, one.unit), difference(found[i].mean, one.unit), signed(found[i].low, one.unit) + " to " + signed(found[i].high, one.unit), found[i].told ? "yes" : "no"]));
    }
    start.forEach((at, i) => { dials[i].at = at; });
    show();
  }

  // -- chance and certainty

  function chance(box, data) {
    const most = data.made.seeds.length;
    const outcome = choice("What is measured", data.outcomes.map((one) => one.label), show);
    const luck = choice("Luck on the two sides", ["the same: one village, twice", "other: two villages"], show);
    const seeds = slider("Pairs of runs", Array.from({ length: most - 1 }, (_, i) => i + 2 + " of " + most), 0, show);
    const another = button("Draw another pair", () => { seeds.at = Math.min(seeds.at + 1, seeds.last); });
    const summary = element("p", { role: "status", class: "demo-summary" });
    const dots = shape("svg", { class: "demo-strip", role: "img", height: 190 });
    const widths = shape("svg", { class: "demo-strip", role: "img", height: 130, viewBox: "0 0 100 100", preserveAspectRatio: "none" });
    const ends = element("div", { class: "demo-ends", "aria-hidden": "true" }, element("span"), element("span", {}, "no difference"), element("span"));
    const numbersTable = table("Differences, pair by pair", ["Seed", "Without", "With the policy", "Difference"]);
    box.append(
      element("div", { class: "demo-dials" }, outcome.box, luck.box, seeds.box, another), summary, dots, ends,
      element("p", { class: "demo-key" }, "Each small mark is a pair of runs, the large one their mean, the line its 95 % interval. Below: how wide the interval is, from two pairs (left) to all of them (right)."),
      widths, numbersTable.box);

    function differences(one) {
      return one.with.map((value, i) => value - one.without[luck.at === 0 ? i : (i + 1) % most]);
    }

    function show() {
      if (!box.isConnected) return;
      const one = data.outcomes[outcome.at];
      const n = seeds.at + 2;
      const all = differences(one);
      const values = all.slice(0, n);
      const found = interval(values, data.t);
      const crossed = one.with.map((value, i) => value - one.without[(i + 1) % most]);
      const reach = 1.05 * Math.max(...crossed.map(Math.abs), ...all.map(Math.abs));
      dots.replaceChildren();
      values.forEach((value, i) => dots.append(shape("circle", { cx: percent(value, reach), cy: 10 + (i * 140) / most, r: 3.5, class: "demo-dot" })));
      const shown = shape("svg", { y: 155, height: 30 });
      drawInterval(shown, { ...found, low: Math.max(found.low, -reach), high: Math.min(found.high, reach) }, reach, 30);
      dots.append(shape("line", { x1: "50%", x2: "50%", y1: 0, y2: 155, class: "demo-nil" }), shown);
      ends.children[0].textContent = signed(-reach, one.unit);
      ends.children[2].textContent = signed(reach, one.unit);
      const sizes = Array.from({ length: most - 1 }, (_, i) => { const at = interval(all.slice(0, i + 2), data.t); return at.high - at.low; });
      const tallest = Math.max(...sizes.slice(1));
      const points = sizes.map((size, i) => [(100 * i) / (most - 2), 98 - 94 * Math.min(1, size / tallest)]);
      widths.replaceChildren(
        shape("line", { x1: 0, x2: 100, y1: 99, y2: 99, class: "demo-nil" }),
        shape("polyline", { points: points.map((p) => p.join(",")).join(" "), class: "demo-line" }),
        shape("line", { x1: points[n - 2][0], x2: points[n - 2][0], y1: 0, y2: 99, class: "demo-here" }));
      const words = n + " pairs: " + said(found, one.unit) + (found.told ? "; told from luck." : "; " + LUCK + ".");
      dots.setAttribute("aria-label", one.label + ", difference with the policy. " + words);
      widths.setAttribute("aria-label", "Width of the interval by number of pairs: " + difference(sizes[0], one.unit).slice(2) + " with two, " + difference(sizes[n - 2], one.unit).slice(2) + " with " + n + ", " + difference(sizes[most - 2], one.unit).slice(2) + " with all " + most + ".");
      summary.textContent = words + " One pair differs from another by " + difference(found.spread, one.unit).slice(2) + " or so (standard deviation).";
      numbersTable.fill(values.map((value, i) => [String(data.made.seeds[i]), plain(one.without[luck.at === 0 ? i : (i + 1) % most], one.unit), plain(one.with[i], one.unit), signed(value, one.unit)]));
    }
    show();
  }

  // -- follow a hundred pounds

  const WHERE = [
    ["with firms here", "here", (r, m) => r.moving[m.firms]], ["with residents", "here", (r, m) => r.moving[m.residents]],
    ["put by here, or back with council and landlords", "rests", (r) => r.ended[0] + r.ended[1] + r.ended[2]],
    ["with suppliers elsewhere, who pay some staff and firms here", "away", (r) => r.moving[2] + r.moving[3]],
    ["Treasury", "gone", (r) => r.ended[3]], ["rest of Greater Manchester", "gone", (r) => r.ended[4]],
    ["rest of the country and abroad", "gone", (r) => r.ended[5]],
  ];

  function pound(box, data) {
    const index = { firms: data.moving.indexOf("firms"), residents: data.moving.indexOf("residents") };
    const who = choice("Whose contract money", data.anchors.map((one) => one.label), show);
    const most = Math.max(...data.anchors.map((one) => one.rounds.length));
    const round = slider("Round", Array.from({ length: most }, (_, i) => String(i + 1)), 0, show);
    const next = button("Next round", () => { round.at = Math.min(round.at + 1, round.last); });
    const summary = element("p", { role: "status", class: "demo-summary" });
    const bar = shape("svg", { class: "demo-strip", role: "img", height: 56 });
    const legend = element("ul", { class: "demo-legend" });
    const numbersTable = table("Where £100 is after each round", ["Round", ...WHERE.map(([name]) => name), "received here so far"]);
    box.append(element("div", { class: "demo-dials" }, who.box, round.box, next), summary, bar, legend, numbersTable.box);

    function show() {
      if (!box.isConnected) return;
      const anchor = data.anchors[who.at];
      const upto = Math.min(round.at, anchor.rounds.length - 1);
      const received = anchor.rounds.map((_, i) => anchor.rounds.slice(0, i + 1).reduce((sum, one) => sum + one.moving[index.firms] + one.moving[index.residents], 0));
      const parts = WHERE.map(([name, kind, of]) => [name, kind, of(anchor.rounds[upto], index)]);
      bar.replaceChildren();
      let left = 0;
      parts.forEach(([, kind, amount], i) => {
        bar.append(shape("rect", { x: left + "%", width: Math.max(0, amount - 0.3) + "%", y: 4, height: 48, class: "demo-part " + kind + " part-" + i }));
        if (amount > 7) { const text = shape("text", { x: left + amount / 2 + "%", y: 33, class: "demo-in " + kind }); text.textContent = "£" + amount.toFixed(0); bar.append(text); }
        left += amount;
      });
      legend.replaceChildren(...parts.map(([name, kind, amount], i) => element("li", {}, element("span", { class: "demo-swatch " + kind + " part-" + i, "aria-hidden": "true" }), "£" + amount.toFixed(2) + " " + name)));
      const here = parts[0][2] + parts[1][2];
      const words = "After round " + (upto + 1) + ", of £100 paid by " + anchor.label + ": £" + here.toFixed(2) + " is moving here, £" + parts[2][2].toFixed(2) + " rests here, £" + (100 - here - parts[2][2]).toFixed(2) + " is elsewhere. Firms and residents here have received £" + received[upto].toFixed(2) + " in all.";
      summary.textContent = words + (upto >= 2 ? " LM3 is " + anchor.lm3.toFixed(2) + "." : "");
      bar.setAttribute("aria-label", words);
      numbersTable.fill(anchor.rounds.map((one, i) => [String(i + 1), ...WHERE.map(([, , of]) => "£" + of(one, index).toFixed(2)), "£" + received[i].toFixed(2)]));
    }
    show();
  }

  const KINDS = { policy, chance, pound };
  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll(".demo")) {
      KINDS[box.dataset.demo](box, JSON.parse(box.nextElementSibling.textContent));
    }
  });
})();
