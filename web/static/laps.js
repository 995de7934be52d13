// The charts of a lap beside its reference, fed by one binary document (docs/laps.md). Without this script the page still
// says everything in words and figures.
"use strict";
(async function () {
  const box = document.getElementById("charts");
  if (!box || !window.uPlot) return;
  const plotsNode = document.getElementById("plots");
  const readout = document.getElementById("readout");
  const here = document.getElementById("here");
  let data;
  try {
    const answer = await fetch(box.dataset.series, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    data = unpack(await answer.arrayBuffer());
  } catch (error) {
    readout.textContent = "The charts could not be loaded. Reload the page to try again.";
    return;
  }
  const station = data.columns.station_m;
  const last = station.length - 1;
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const family = () => colour("family");
  const sync = uPlot.sync("station");
  let plots = [];

  function unpack(buffer) {
    const size = new DataView(buffer).getUint32(0, true);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
    const columns = {};
    head.columns.forEach((name, k) => {
      const values = new Float32Array(buffer, 4 + size + 4 * k * head.points, head.points);
      columns[name] = name === "station_m" ? values : Array.from(values, (v) => Number.isFinite(v) ? v : null);
    });
    return { head, columns };
  }

  // Corner bands behind the lines, their numbers above the first chart.
  function bands(withNumbers) {
    return { hooks: { drawClear: [(u) => {
      const ctx = u.ctx, left = u.bbox.left, right = left + u.bbox.width;
      ctx.save();
      ctx.textAlign = "center";
      ctx.font = Math.round(12 * devicePixelRatio) + "px " + family();
      for (const c of data.head.corners) {
        const x0 = Math.max(left, u.valToPos(c.turn_in_m, "x", true)), x1 = Math.min(right, u.valToPos(c.turn_out_m, "x", true));
        if (x1 <= x0) continue;
        ctx.fillStyle = colour("raised");
        ctx.fillRect(x0, u.bbox.top, x1 - x0, u.bbox.height);
        if (withNumbers) { ctx.fillStyle = colour("quiet"); ctx.fillText(c.turn_number, (x0 + x1) / 2, u.bbox.top + 13 * devicePixelRatio); }
      }
      ctx.restore();
    }] } };
  }

  function chart(title, height, columns, series, options) {
    const node = document.createElement("div");
    node.className = "chart";
    plotsNode.append(node);
    const font = "12px " + family();
    const axis = { stroke: colour("quiet"), grid: { stroke: colour("line"), width: 0.5 }, ticks: { show: false }, font };
    plots.push(new uPlot({
      width: node.clientWidth, height: height + (options.last ? 24 : 0),
      cursor: { sync: { key: "station", setSeries: false }, points: { size: 6 }, drag: { x: true, y: false } },
      legend: { show: false },
      scales: { x: { time: false }, y: options.range ? { range: options.range } : {} },
      axes: [
        { ...axis, size: options.last ? 36 : 10, values: options.last ? (u, v) => v.map((s) => s + " m") : () => [] },
        { ...axis, size: node.clientWidth < 500 ? 44 : 58, label: title, labelSize: 18, labelFont: font },
      ],
      series: [{}, ...series],
      plugins: [bands(options.numbers)],
      hooks: { setCursor: [show], setScale: [follow] },
    }, [station, ...columns], node));
    sync.sub(plots[plots.length - 1]);
  }

  let following = false;
  function follow(u, key) {  // one zoom for all charts
    if (key !== "x" || following) return;
    following = true;
    for (const other of plots) if (other !== u) other.setScale("x", { min: u.scales.x.min, max: u.scales.x.max });
    following = false;
  }

  const number = (v, digits, sign) => v == null ? "\u2013" : (sign && v >= 0 ? "+" : "") + v.toFixed(digits);
  function tell(i) {
    const c = data.head.corners.find((one) => station[i] >= one.start_m && station[i] < one.end_m), at = (name) => (data.columns[name] || [])[i];
    readout.textContent = station[i].toFixed(0) + " m" + (c ? " \u00b7 " + c.name : "") +
      (data.columns.delta_s ? " \u00b7 delta " + number(at("delta_s"), 3, true) + " s" : "") + " \u00b7 " + number(at("speed_kmh"), 1) + " km/h" +
      (data.columns.ref_speed_kmh ? " (reference " + number(at("ref_speed_kmh"), 1) + ")" : "");
    if (here && data.columns.map_x) {
      here.setAttribute("cx", data.columns.map_x[i]);
      here.setAttribute("cy", data.columns.map_y[i]);
      here.classList.remove("hidden");
    }
  }
  function show(u) { if (u.cursor.idx != null) tell(u.cursor.idx); }

  function draw() {
    for (const plot of plots) plot.destroy();
    plots = [];
    plotsNode.replaceChildren();
    const from = data.columns, none = new Array(station.length).fill(null), thin = { stroke: colour("reference"), width: 1 };
    const line = (name, width, more) => ({ stroke: colour(name), width, ...more }), stepped = { paths: uPlot.paths.stepped({ align: 1 }) };
    const wanted = [];
    if (from.delta_s) wanted.push(["delta, s", 150, [from.delta_s], [line("losing", 2, { fill: colour("losing") + "22" })], {}]);
    wanted.push(["km/h", 220, [from.ref_speed_kmh || none, from.speed_kmh], [thin, line("text", 1.8)], {}]);
    const pedals = [], lines = [];
    if (from.throttle_percent) { pedals.push(from.ref_throttle_percent || none, from.throttle_percent); lines.push(thin, line("throttle", 1.6)); }
    if (from.brake_percent) { pedals.push(from.ref_brake_percent || none, from.brake_percent); lines.push({ ...thin, dash: [4, 3] }, line("brake", 1.6)); }
    if (pedals.length) wanted.push(["pedals, %", 150, pedals, lines, { range: [-3, 103] }]);
    if (from.steer_deg) wanted.push(["steering, \u00b0", 120, [from.ref_steer_deg || none, from.steer_deg], [thin, line("coach", 1.4)], {}]);
    if (from.gear) wanted.push(["gear", 90, [from.ref_gear || none, from.gear], [{ ...thin, ...stepped }, line("text", 1.4, stepped)], {}]);
    wanted.forEach(([title, height, columns, series, options], k) => chart(title, height, columns, series, { ...options, numbers: k === 0, last: k === wanted.length - 1 }));
  }

  function zoom(min, max) { if (plots.length) plots[0].setScale("x", { min, max }); }
  document.querySelectorAll("tr[data-corner]").forEach((row) => row.addEventListener("click", () => {
    const c = data.head.corners.find((one) => one.number === Number(row.dataset.corner));
    if (c) zoom(Math.max(0, c.start_m - 30), Math.min(station[last], c.turn_out_m + 200));
  }));
  document.getElementById("whole").addEventListener("click", () => zoom(station[0], station[last]));
  let at = 0;
  plotsNode.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -25, PageDown: 25, Home: -last, End: last }[event.key];
    if (!step || !plots.length) return;
    event.preventDefault();
    at = Math.min(last, Math.max(0, at + step * (event.shiftKey ? 10 : 1)));
    plots[0].setCursor({ left: plots[0].valToPos(station[at], "x"), top: 10 });
    tell(at);
  });
  let timer = 0, width = innerWidth;
  addEventListener("resize", () => { if (innerWidth === width) return; width = innerWidth; clearTimeout(timer); timer = setTimeout(draw, 150); });
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", draw);
  draw();
  box.dataset.drawn = "1";
})();
