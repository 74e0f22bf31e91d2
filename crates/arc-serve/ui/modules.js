// Modules and what they depend on, in layers: whoever depends stands above what it depends on. Circles are drawn in red.

import { count, el } from "./dom.js";

const MOST = 40;
const [WIDE, HIGH, GAP, BETWEEN] = [148, 40, 16, 62];

/** The picture of `modules` (`{module, layer, lines, depends_on}`) in `width`, and the cycles as words. */
export function modulesPicture(modules, cycles, width) {
  // A file that is tied to nothing, as a license is, says nothing here.
  const tied = modules.filter((one) => one.module.endsWith("/") || one.dependents || one.depends_on.length);
  if (!tied.length) return [el("p", { class: "muted" }, "No module depends on another.")];
  const shown = tied.slice(0, MOST);
  const names = new Set(shown.map((one) => one.module));
  const circle = new Map(cycles.flatMap((cycle, at) => cycle.map((name) => [name, at])));
  const places = seats(shown, width);
  const height = Math.max(...[...places.values()].map(({ y }) => y)) + HIGH + 8;
  const uses = shown.flatMap((one) => one.depends_on.filter((use) => names.has(use.module)).map((use) => ({ from: one.module, to: use.module, references: use.references })));
  const most = Math.max(1, ...uses.map((use) => use.references));
  const lines = uses.map((use) => lineOf(use, places, most, circle));
  const boxes = shown.map((one) => boxOf(one, places.get(one.module), circle.has(one.module)));
  const svg = el("svg", { class: "modules", width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `${shown.length} modules and what they depend on` }, el("g", { class: "uses" }, lines), boxes);
  const light = (name) => {
    svg.classList.toggle("is-lit", Boolean(name));
    lines.forEach((line, at) => line.classList.toggle("is-lit", uses[at].from === name || uses[at].to === name));
  };
  boxes.forEach((box, at) => {
    for (const [event, name] of [["mouseenter", shown[at].module], ["mouseleave", null], ["focusin", shown[at].module], ["focusout", null]]) box.addEventListener(event, () => light(name));
  });
  return [svg, shown.length < tied.length ? el("p", { class: "muted" }, `The ${shown.length} largest of ${count(tied.length, "module")}.`) : null];
}

/** A row of seats for each layer, the highest on top; wide layers have several rows. */
function seats(modules, width) {
  const layers = [...new Set(modules.map((one) => one.layer))].sort((one, other) => other - one);
  const room = Math.max(1, Math.floor((width + GAP) / (WIDE + GAP)));
  const places = new Map();
  let y = 4;
  for (const layer of layers) {
    const own = modules.filter((one) => one.layer === layer);
    for (let start = 0; start < own.length; start += room) {
      const row = own.slice(start, start + room);
      const left = (width - row.length * (WIDE + GAP) + GAP) / 2;
      row.forEach((one, at) => places.set(one.module, { x: left + at * (WIDE + GAP), y }));
      y += HIGH + (start + room < own.length ? GAP : BETWEEN);
    }
  }
  return places;
}

function lineOf({ from, to, references }, places, most, circle) {
  const [start, end] = [places.get(from), places.get(to)];
  const [x1, x2] = [start.x + WIDE / 2, end.x + WIDE / 2];
  const down = end.y > start.y;
  const [y1, y2] = start.y === end.y ? [start.y + HIGH, end.y + HIGH] : down ? [start.y + HIGH, end.y] : [start.y, end.y + HIGH];
  const bend = start.y === end.y ? 34 : Math.max(26, Math.abs(y2 - y1) / 2) * (down ? 1 : -1);
  const d = `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${start.y === end.y ? y2 + bend : y2 - bend} ${x2} ${y2}`;
  const isCircle = circle.has(from) && circle.get(from) === circle.get(to);
  return el("path", { d, class: isCircle ? "use is-circle" : "use", "stroke-width": (0.8 + 2.6 * Math.sqrt(references / most)).toFixed(1) }, el("title", {}, `${from} depends on ${to}: ${count(references, "reference")}${isCircle ? " (in a circle)" : ""}`));
}

function boxOf(one, { x, y }, isCircle) {
  const name = one.module.replace(/\/$/, "").split("/").pop() + (one.module.endsWith("/") ? "/" : "");
  const shown = name.length > 17 ? `${name.slice(0, 16)}…` : name;
  const link = document.createElementNS("http://www.w3.org/2000/svg", "a");
  link.setAttribute("href", one.module.endsWith("/") ? `#/map/${encodeURIComponent(one.module)}` : `#/at/${encodeURIComponent(one.module)}`);
  link.setAttribute("class", isCircle ? "module is-circle" : "module");
  link.setAttribute("aria-label", `${one.module}, ${count(one.lines, "line")}, layer ${one.layer}${isCircle ? ", in a circle" : ""}`);
  link.append(el("rect", { x, y, width: WIDE, height: HIGH, rx: 7 }), el("text", { x: x + 10, y: y + 17 }, shown), el("text", { class: "lines", x: x + 10, y: y + 31 }, `${one.lines.toLocaleString("en")} lines`), el("title", {}, one.module));
  return link;
}
