// The picture of a blast radius: what is changed in the middle, what it reaches on rings around it. Drawn by sigma with WebGL;
// the places come from layout.js. Whoever cannot see it reads the same rows in the list beside it.

import { color, el, linkTo, mix, percent } from "./dom.js";
import { middle, rings } from "./layout.js";

/** Draws `nodes` (`{key, label, score, role, group, target, why}`, the seeds first) and `ties` between them. */
export function drawGraph(box, nodes, ties, { onselect }) {
  const Graph = window.graphology?.Graph;
  if (!Graph || !window.Sigma || !hasWebGl()) {
    box.append(el("p", { class: "empty muted" }, "This browser draws no WebGL. The list beside this says the same."));
    return null;
  }
  const seeds = nodes.filter((node) => node.role === "seed");
  const rows = nodes.filter((node) => node.role !== "seed").sort((one, other) => other.score - one.score);
  const { placed, circles } = rings(rows, seeds.length);
  const seats = middle(seeds.length);
  const graph = new Graph({ type: "directed", multi: false });
  const many = nodes.length > 400;
  const small = Math.min(1, Math.sqrt(120 / nodes.length) + 0.12);
  seeds.forEach((node, at) => graph.addNode(node.key, { ...seats[at], size: Math.max(5, 13 * small), ...node, label: node.tag, name: node.label, zIndex: 3 }));
  rows.forEach((node, at) => graph.addNode(node.key, { ...placed[at], isLeft: placed[at].x < 0, size: Math.max(1.6, (4 + 7 * node.score) * small), ...node, label: node.tag, name: node.label, zIndex: 1 }));
  for (const tie of ties) {
    const [from, to] = [nodes[tie.from].key, nodes[tie.to].key];
    if (from !== to && !graph.hasEdge(from, to)) graph.addEdge(from, to, { kind: tie.kind, text: tie.text ?? tie.kind, confidence: tie.confidence, loose: tie.loose, size: 1 });
  }
  const state = { hovered: null, selected: null, near: new Set(), passing: null };
  const stage = el("div", { class: "stage", tabindex: "0", role: "application", "aria-label": `Graph of ${nodes.length} nodes. Arrow keys move, Enter opens.`, "aria-describedby": "graph-says" });
  const says = el("p", { class: "visually-hidden", id: "graph-says", "aria-live": "polite" });
  box.append(stage, says);
  const sigma = new window.Sigma(graph, stage, {
    allowInvalidContainer: true,
    defaultEdgeType: many ? "line" : "arrow",
    defaultDrawNodeHover: drawHover,
    defaultDrawNodeLabel: drawLabel,
    edgeLabelSize: 11,
    enableEdgeEvents: false,
    hideEdgesOnMove: nodes.length > 3000,
    labelDensity: 2,
    labelFont: getComputedStyle(document.body).fontFamily,
    labelGridCellSize: 110,
    labelRenderedSizeThreshold: nodes.length > 150 ? 7 : 3,
    labelSize: 12,
    maxCameraRatio: 3,
    minCameraRatio: 0.02,
    renderEdgeLabels: true,
    stagePadding: 44,
    zIndex: true,
    nodeReducer: (key, data) => nodeLook(key, data, state),
    edgeReducer: (key, data) => edgeLook(key, data, state, graph, many),
  });
  sigma.createCanvasContext("rings", { beforeLayer: "edges" });
  sigma.resize(true);
  const paint = () => paintRings(sigma, circles);
  sigma.on("beforeRender", () => (taken = []));
  sigma.on("afterRender", paint);

  const recolor = () => {
    sigma.setSetting("labelColor", { color: color("ink") });
    sigma.setSetting("edgeLabelColor", { color: color("muted") });
    sigma.refresh();
  };
  const point = (key) => {
    state.hovered = key;
    const at = key ?? state.selected;
    state.near = new Set(at ? [at, ...graph.neighbors(at)] : []);
    sigma.refresh({ skipIndexation: true });
  };
  const select = (key, tell = true) => {
    state.selected = key;
    point(null);
    const node = key && graph.getNodeAttributes(key);
    says.textContent = node ? `${node.name}, ${node.role === "seed" ? "changed" : percent(node.score)}${node.why ? `, ${node.why}` : ""}` : "";
    if (tell) onselect(key);
  };
  sigma.on("enterNode", ({ node }) => { stage.style.cursor = "pointer"; point(node); });
  sigma.on("leaveNode", () => { stage.style.cursor = ""; point(null); });
  sigma.on("clickNode", ({ node }) => select(node));
  sigma.on("doubleClickNode", ({ node, preventSigmaDefault }) => { preventSigmaDefault(); open(node); });
  sigma.on("clickStage", () => select(null));
  const open = (key) => { location.hash = linkTo(graph.getNodeAttribute(key, "target")); };

  const camera = sigma.getCamera();
  const zoom = { in: () => camera.animatedZoom({ duration: 180 }), out: () => camera.animatedUnzoom({ duration: 180 }), all: () => camera.animatedReset({ duration: 220 }) };
  box.append(el("div", { class: "zoom", role: "group", "aria-label": "Zoom" },
    el("button", { type: "button", "aria-label": "Zoom in", onclick: zoom.in }, "+"),
    el("button", { type: "button", "aria-label": "Zoom out", onclick: zoom.out }, "−"),
    el("button", { type: "button", "aria-label": "Show all", onclick: zoom.all }, "⤢")));
  stage.addEventListener("keydown", (event) => {
    if (event.key.startsWith("Arrow")) select(step(graph, state.selected ?? seeds[0]?.key ?? nodes[0].key, event.key));
    else if (event.key === "Enter" && state.selected) open(state.selected);
    else if (event.key === "Escape") select(null);
    else if (event.key === "+" || event.key === "=") zoom.in();
    else if (event.key === "-") zoom.out();
    else if (event.key === "0") zoom.all();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  recolor();
  return { select: (key) => select(key, false), point, recolor, end: () => sigma.kill(), graph, sigma };
}

function hasWebGl() {
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("webgl2") ?? canvas.getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext();
  return Boolean(context);
}

function roleColor({ role, score }) {
  if (role === "seed") return color("accent");
  if (role === "test") return color("test");
  return mix(color("cool"), color("hot"), 0.15 + score * 0.85);
}

function nodeLook(key, data, state) {
  const look = { ...data, color: roleColor(data) };
  const at = state.hovered ?? state.selected;
  if (at && !state.near.has(key)) return data.role === "seed" ? look : { ...look, color: color("faint"), label: null, zIndex: 0 };
  if (key === state.selected || key === state.hovered) return { ...look, highlighted: true, forceLabel: true, zIndex: 4 };
  if (data.role === "seed" || at) look.forceLabel = data.role === "seed" || state.near.size < 26;
  return look;
}

function edgeLook(key, data, state, graph, many) {
  const at = state.hovered ?? state.selected;
  const ends = graph.extremities(key);
  const touchesSeed = ends.some((end) => graph.getNodeAttribute(end, "role") === "seed");
  if (!at) return { ...data, label: "", size: many ? 0.4 : 1, color: color(touchesSeed && !data.loose ? "edge" : "faint") };
  if (!ends.includes(at)) return { ...data, label: "", size: 0.4, color: color("faint"), hidden: many };
  return { ...data, label: data.text, forceLabel: state.near.size < 14, size: 2, color: ends[0] === at ? color("accent") : color("hot"), zIndex: 2 };
}

/** The nearest node in the direction of a key; ties count more than nearness. */
function step(graph, from, key) {
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
  const here = graph.getNodeAttributes(from);
  let [best, least] = [from, Infinity];
  graph.forEachNode((other, { x, y }) => {
    const [ahead, aside] = [(x - here.x) * dx + (y - here.y) * dy, Math.abs((x - here.x) * dy) + Math.abs((y - here.y) * dx)];
    const far = ahead + aside * 2.2;
    if (other !== from && ahead > 0.01 && far < least) [best, least] = [other, far];
  });
  return best;
}

function paintRings(sigma, circles) {
  const pen = sigma.canvasContexts?.rings ?? sigma.getCanvases().rings.getContext("2d");
  const { width, height } = sigma.getDimensions();
  pen.clearRect(0, 0, width, height);
  const centre = sigma.graphToViewport({ x: 0, y: 0 });
  pen.strokeStyle = color("ring");
  pen.fillStyle = color("muted");
  pen.font = `10.5px ${getComputedStyle(document.body).fontFamily}`;
  pen.textAlign = "center";
  const every = Math.ceil(circles.length / 8);
  let told = null;
  circles.forEach(({ radius, score, free }, at) => {
    if ((at + 1) % every && at !== circles.length - 1) return;
    const edge = sigma.graphToViewport({ x: radius, y: 0 });
    const reach = Math.hypot(edge.x - centre.x, edge.y - centre.y);
    pen.beginPath();
    pen.arc(centre.x, centre.y, reach, 0, 2 * Math.PI);
    pen.stroke();
    if (percent(score) === told) return;
    told = percent(score);
    const x = centre.x + reach * Math.cos(free);
    const y = centre.y - reach * Math.sin(free);
    pen.clearRect(x - 20, y - 7, 40, 14);
    pen.fillText(`≥ ${told}`, x, y + 3.5);
  });
}

/** Where labels of this frame stand: none is written over another. */
let taken = [];

/** Labels stand on the outer side of their nodes. */
function drawLabel(pen, data, settings) {
  if (!data.label) return;
  pen.font = `${data.role === "seed" ? 600 : 400} ${settings.labelSize}px ${settings.labelFont}`;
  pen.lineWidth = 3;
  pen.lineJoin = "round";
  pen.strokeStyle = color("ground");
  pen.fillStyle = color("ink");
  const width = pen.measureText(data.label).width;
  const away = data.size + 4;
  const y = data.y + settings.labelSize / 3;
  const x = data.isLeft ? data.x - away - width : data.x + away;
  const isFree = taken.every((other) => x > other.x + other.width + 6 || x + width + 6 < other.x || Math.abs(y - other.y) > settings.labelSize);
  if (!isFree && !data.forceLabel) return;
  taken.push({ x, y, width });
  pen.strokeText(data.label, x, y);
  pen.fillText(data.label, x, y);
}

function drawHover(pen, data, settings) {
  const ringed = data.size + 3;
  pen.beginPath();
  pen.arc(data.x, data.y, ringed, 0, 2 * Math.PI);
  pen.lineWidth = 2;
  pen.strokeStyle = color("ink");
  pen.stroke();
  if (!data.label) return;
  pen.font = `600 ${settings.labelSize}px ${settings.labelFont}`;
  const width = pen.measureText(data.label).width;
  const x = data.isLeft ? data.x - ringed - 15 - width : data.x + ringed + 3;
  const y = data.y - 11;
  pen.fillStyle = color("panel");
  pen.strokeStyle = color("line");
  pen.lineWidth = 1;
  pen.beginPath();
  pen.roundRect(x, y, width + 12, 22, 6);
  pen.fill();
  pen.stroke();
  pen.fillStyle = color("ink");
  pen.fillText(data.label, x + 6, data.y + settings.labelSize / 3);
}
