"use strict";
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue("--" + name).trim();
  const station = data.station_m;
  const select = document.getElementById("lap");
  const readout = document.getElementById("readout");
  const sync = uPlot.sync("station");
  let plots = [];

  // Corner bands behind the lines, their numbers above the first chart.
  function bands(withNumbers) {
    return { hooks: { drawClear: [(u) => {
      const ctx = u.ctx;
      ctx.save();
      ctx.textAlign = "center";
      ctx.font = Math.round(12 * devicePixelRatio) + "px " + style.getPropertyValue("--family");
      for (const c of data.corners) {
        const x0 = u.valToPos(c.turn_in_m, "x", true), x1 = u.valToPos(c.turn_out_m, "x", true);
        if (x1 < u.bbox.left || x0 > u.bbox.left + u.bbox.width) continue;
        ctx.fillStyle = colour("raised");
        ctx.fillRect(Math.max(x0, u.bbox.left), u.bbox.top, Math.min(x1, u.bbox.left + u.bbox.width) - Math.max(x0, u.bbox.left), u.bbox.height);
        if (withNumbers) {
          ctx.fillStyle = c.worst ? colour("losing") : colour("quiet");
          ctx.fillText(c.turn_number, u.valToPos(c.apex_m, "x", true), u.bbox.top + 14 * devicePixelRatio);
        }
      }
      ctx.restore();
    }] } };
  }

  function axis(size, values) {
    return { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 0.5 }, ticks: { show: false }, size, values, font: "12px " + style.getPropertyValue("--family") };
  }

  function chart(id, title, height, columns, series, options) {
    const node = document.getElementById(id);
    node.replaceChildren();
    const last = options && options.last;
    const plot = new uPlot({
      width: node.clientWidth, height,
      cursor: { sync: { key: "station", setSeries: false }, points: { size: 6 }, drag: { x: true, y: false } },
      legend: { show: false },
      scales: { x: { time: false }, y: (options && options.range) ? { range: options.range } : {} },
      axes: [Object.assign(axis(last ? 36 : 12, last ? (u, v) => v.map((s) => s + " m") : () => []), {}), Object.assign(axis(64, null), { label: title, labelSize: 18, labelFont: "12px " + style.getPropertyValue("--family") })],
      series: [{}].concat(series),
      plugins: [bands(options && options.numbers)],
      hooks: { setCursor: [show], setScale: [follow] },
    }, [station].concat(columns), node);
    sync.sub(plot);
    plots.push(plot);
  }

  let following = false;
  function follow(u, key) {  // one zoom for all charts
    if (key !== "x" || following) return;
    following = true;
    for (const p of plots) if (p !== u) p.setScale("x", { min: u.scales.x.min, max: u.scales.x.max });
    following = false;
  }

  const number = (v, digits, sign) => v == null ? "–" : (sign && v >= 0 ? "+" : "") + v.toFixed(digits);
  let current = null;
  function show(u) {
    const i = u.cursor.idx;
    if (i == null || !current) return;
    const c = data.corners.find((q) => station[i] >= q.start_m && station[i] < q.end_m);
    readout.textContent = station[i].toFixed(0) + " m" + (c ? " · " + c.name : "") + " · delta " + number(current.delta_s[i], 3, true) + " s · " +
      number(current.speed[i], 1) + " " + data.speed_unit + " (reference " + number(data.reference.speed[i], 1) + ")";
    const mark = document.getElementById("here");
    if (mark) { mark.setAttribute("cx", data.map_x[i]); mark.setAttribute("cy", data.map_y[i]); mark.classList.remove("hidden"); }
  }

  function draw() {
    for (const p of plots) p.destroy();
    plots = [];
    current = data.laps[select.selectedIndex];
    const own = current, ref = data.reference, thin = { stroke: colour("reference"), width: 1 };
    const none = station.map(() => null), stepped = { paths: uPlot.paths.stepped({ align: 1 }) };
    const line = (name, width, more) => Object.assign({ stroke: colour(name), width }, more);
    const charts = [
      ["delta", "delta, s", 150, [own.delta_s], [line("losing", 2, { fill: colour("losing") + "22" })], { numbers: true }],
      ["speed", data.speed_unit, 220, [ref.speed, own.speed], [thin, line("text", 1.8)], {}],
    ];
    const pedals = [], lines = [];
    if (own.throttle) { pedals.push(ref.throttle || none, own.throttle); lines.push(thin, line("throttle", 1.6)); }
    if (own.brake) { pedals.push(ref.brake || none, own.brake); lines.push(Object.assign({ dash: [4, 3] }, thin), line("brake", 1.6)); }
    if (pedals.length) charts.push(["pedals", "pedals, %", 150, pedals, lines, { range: [-3, 103] }]);
    if (own.steer) charts.push(["steer", "steering, °", 110, [ref.steer || none, own.steer], [thin, line("coach", 1.4)], {}]);
    if (own.gear) charts.push(["gear", "gear", 90, [ref.gear || none, own.gear], [Object.assign({}, stepped, thin), line("text", 1.4, stepped)], {}]);
    charts.forEach(([id, title, height, columns, series, options], k) => {
      const last = k === charts.length - 1;
      chart(id, title, height + (last ? 24 : 0), columns, series, Object.assign({ last }, options));
    });
    paintMap(own);
  }

  // The map shows time lost per metre of the chosen lap: blue gains, orange loses.
  function paintMap(own) {
    const name = document.getElementById("map-lap");
    if (name) name.textContent = select.options[select.selectedIndex].text;
    const parts = document.querySelectorAll("#map-line path");
    parts.forEach((part, k) => {
      const v = own.loss_rate[k];
      part.setAttribute("stroke", v == null ? colour("line") : mix(v));
    });
  }
  const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
  function mix(v) {
    const from = rgb(colour("line")), to = rgb(colour(v > 0 ? "losing" : "gaining")), a = Math.min(1, Math.abs(v));
    return "rgb(" + from.map((f, k) => Math.round(f + (to[k] - f) * a)).join(",") + ")";
  }

  select.addEventListener("change", draw);
  let timer = 0;
  addEventListener("resize", () => { clearTimeout(timer); timer = setTimeout(draw, 150); });
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", draw);
  document.querySelectorAll("[data-corner]").forEach((row) => row.addEventListener("click", () => {
    const c = data.corners.find((q) => q.number === Number(row.dataset.corner));
    if (c && plots.length) plots[0].setScale("x", { min: Math.max(0, c.start_m - 30), max: Math.min(station[station.length - 1], c.turn_out_m + 200) });
  }));
  const reset = document.getElementById("whole");
  if (reset) reset.addEventListener("click", () => plots.length && plots[0].setScale("x", { min: station[0], max: station[station.length - 1] }));
  draw();
})();
