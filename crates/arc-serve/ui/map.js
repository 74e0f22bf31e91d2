// The repository or a folder at one look.

import { view } from "./api.js";
import { bar, color, count, el, linkTo, percent, place, roving } from "./dom.js";
import { modulesPicture } from "./modules.js";
import { draw, heatColor, neighborOf, squares, treeOf } from "./treemap.js";

/** Shows the map of a folder in a box; gives a function that ends it. */
export async function showMap(box, folder, { signal } = {}) {
  box.replaceChildren(el("p", { class: "waiting", role: "status" }, "Drawing the map…"));
  const { overview, files } = await view("map", { folder }, signal);
  if (signal?.aborted) return () => {};
  const rows = files.names.map((path, at) => ({ path, lines: files.lines[at], changes: files.changes[at], complexity: files.complexity[at], heat: files.heat[at] }));
  const hot = overview.hotspots.slice(0, 14);
  const canvas = el("canvas", { class: "treemap", tabindex: "0", role: "application", "aria-label": `Map of ${count(rows.length, "file")}. Arrow keys move, Enter opens. The hotspots beside it are its warmest.`, "aria-describedby": "map-says" });
  const says = el("p", { class: "says", id: "map-says", "aria-live": "polite" });
  const modules = el("div", { class: "modules-box" });
  box.replaceChildren(
    el("div", { class: "head" }, el("div", {}, el("h1", {}, crumbs(overview.folder)), el("p", { class: "muted" }, `${count(overview.total.files, "file")}, ${count(overview.total.lines, "line")} of code in ${count(overview.total.modules, "module")}`)), languages(overview.languages)),
    el("div", { class: "split map" },
      el("section", { class: "card grow", "aria-labelledby": "where" }, el("div", { class: "cardhead" }, el("h2", { id: "where" }, "Where the work goes"), scale()), el("div", { class: "holder" }, canvas), says),
      el("section", { class: "card side", "aria-labelledby": "hot" }, el("h2", { id: "hot" }, "Hotspots"),
        hot.length ? hotList(hot) : el("p", { class: "muted" }, "Nothing here was changed and is complicated, or there is no history."),
        overview.entry_points.length ? [el("h2", {}, "Where it starts"), el("ul", { class: "plainlist" }, overview.entry_points.slice(0, 6).map((entry) => el("li", {}, el("a", { href: linkTo(entry.line ? `${entry.path}:${entry.line}` : entry.path) }, place(entry.path, entry.line)))))] : null)),
    el("section", { class: "card", "aria-labelledby": "deps" }, el("h2", { id: "deps" }, "What depends on what"), cyclesText(overview.cycles, overview.folder), modules));
  const tree = treeOf(rows, overview.folder);
  let [cells, marked] = [[], null];
  const redraw = () => {
    if (!canvas.clientWidth) return;
    cells = squares(tree, { x: 0, y: 0, w: canvas.clientWidth, h: canvas.clientHeight });
    marked = marked && cells.find((cell) => cell.node.file === marked.node.file);
    draw(canvas, cells, marked);
  };
  const redrawAll = () => {
    redraw();
    modules.replaceChildren(...(overview.modules.length > 1 ? modulesPicture(overview.modules, overview.cycles, modules.clientWidth || 900).filter(Boolean) : [el("p", { class: "muted" }, "There is one module only.")]));
  };
  const tell = (cell) => {
    marked = cell;
    draw(canvas, cells, marked);
    const file = cell?.node.file;
    says.replaceChildren(...(file ? [place(file.path), el("span", { class: "muted" }, ` ${count(file.lines, "line")}, ${count(file.changes, "change")}, complexity ${file.complexity.toLocaleString("en")}`)] : [el("span", { class: "muted" }, "Each rectangle is a file: as large as it is long, as warm as it is complicated and often changed.")]));
  };
  const under = (event) => cells.findLast((cell) => cell.node.file && event.offsetX >= cell.x && event.offsetX < cell.x + cell.w && event.offsetY >= cell.y && event.offsetY < cell.y + cell.h);
  const open = (cell) => { if (cell) location.hash = linkTo(cell.node.file.path); };
  canvas.addEventListener("mousemove", (event) => {
    const cell = under(event) ?? null;
    // Thousands of files are not drawn again for each step of the mouse.
    if (cell !== marked) tell(cell);
  });
  canvas.addEventListener("mouseleave", () => tell(null));
  canvas.addEventListener("click", (event) => open(under(event)));
  canvas.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) tell(neighborOf(cells, marked, event.key));
    else if (event.key === "Enter") open(marked);
    else return;
    event.preventDefault();
  });
  const watch = new ResizeObserver(redrawAll);
  watch.observe(box);
  window.addEventListener("themechange", redrawAll);
  redrawAll();
  tell(null);
  return () => {
    watch.disconnect();
    window.removeEventListener("themechange", redrawAll);
  };
}

function crumbs(folder) {
  const parts = folder.split("/").filter(Boolean);
  return [
    parts.length ? el("a", { href: "#/map" }, "all") : "Map of the repository",
    parts.map((part, at) => [" / ", at === parts.length - 1 ? part : el("a", { href: `#/map/${encodeURIComponent(`${parts.slice(0, at + 1).join("/")}/`)}` }, part)]),
  ];
}

function languages(list) {
  const all = list.reduce((sum, one) => sum + one.lines, 0) || 1;
  const shown = list.filter((one) => one.lines / all > 0.01).slice(0, 5);
  return el("ul", { class: "languages", "aria-label": "Languages" }, shown.map((one, at) => el("li", { "data-at": String(at) }, el("span", { class: "dot" }), one.language, " ", el("span", { class: "muted" }, percent(one.lines / all)))));
}

function hotList(hot) {
  const list = el("ol", { class: "rows" }, hot.map((spot) => el("li", {}, el("a", { class: "row", href: linkTo(spot.path) },
    el("span", { class: "first" }, bar(spot.score, `heat ${percent(spot.score)}`), el("span", { class: "name" }, place(spot.path))),
    el("span", { class: "second" }, `${count(spot.changes, "change")}, ${count(spot.fixes, "fix", "fixes")}, complexity ${spot.complexity.toLocaleString("en")}`)))));
  roving(list, "a.row");
  return list;
}

const scale = () => el("p", { class: "scale muted" }, "calm ", [0, 0.06, 0.25, 0.56, 1].map((heat) => el("span", { class: "swatch", style: { background: heatColor(heat) } })), " hot");

function cyclesText(cycles, folder) {
  if (!cycles.length) return el("p", { class: "muted" }, "Whoever depends stands above what it depends on. No modules depend on each other in a circle.");
  return [
    el("p", { class: "muted" }, "Whoever depends stands above what it depends on. ", el("strong", { class: "bad" }, `${count(cycles.length, "circle")}`), cycles.length === 1 ? " is drawn in red:" : " are drawn in red:"),
    el("ul", { class: "cycles" }, cycles.slice(0, 6).map((cycle) => el("li", {}, cycle.slice(0, 10).map((name) => name.slice(folder.length)).join(" ⇄ "), cycle.length > 10 ? ` and ${cycle.length - 10} more` : ""))),
  ];
}
