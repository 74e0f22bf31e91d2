// A map of files: as large as they have lines, as warm as work piles up in them. Folders are the frames.

import { color, fileName, mix } from "./dom.js";

const HEAD = 17;

/** The tree of folders of `files` (`{path, lines, heat}`) below `prefix`; chains of single folders are one. */
export function treeOf(files, prefix) {
  const root = { name: prefix, lines: 0, inner: new Map(), file: null };
  for (const file of files) {
    let folder = root;
    root.lines += file.lines;
    const parts = file.path.slice(prefix.length).split("/");
    parts.forEach((part, at) => {
      if (!folder.inner.has(part)) folder.inner.set(part, { name: part, lines: 0, inner: new Map(), file: null, path: prefix + parts.slice(0, at + 1).join("/") });
      folder = folder.inner.get(part);
      folder.lines += file.lines;
    });
    folder.file = file;
  }
  return sorted(root);
}

function sorted(node) {
  let children = [...node.inner.values()];
  while (children.length === 1 && !children[0].file && node.path) {
    node = { ...children[0], name: `${node.name}/${children[0].name}`, lines: node.lines };
    children = [...node.inner.values()];
  }
  children = children.map(sorted).sort((one, other) => other.lines - one.lines || (one.name < other.name ? -1 : 1));
  return { ...node, children };
}

/** Rectangles of a tree in a box: `{x, y, w, h, node, depth}`, frames before what is in them. */
export function squares(tree, box) {
  const cells = [];
  fill(tree, box, 0, cells);
  return cells;
}

function fill(node, box, depth, cells) {
  if (depth > 0) cells.push({ ...box, node, depth });
  if (node.file || box.w < 6 || box.h < 6) return;
  const hasHead = depth > 0 && box.w > 44 && box.h > 40;
  const edge = depth > 0 ? 2 : 0;
  const inside = { x: box.x + edge, y: box.y + (hasHead ? HEAD : edge), w: box.w - 2 * edge, h: box.h - (hasHead ? HEAD : edge) - edge };
  for (const [child, place] of squarify(node.children.filter((child) => child.lines > 0), inside)) fill(child, place, depth + 1, cells);
}

/** Bruls, Huizing and van Wijk: rows of rectangles that are as square as they can be. */
function squarify(nodes, box) {
  const placed = [];
  let { x, y, w, h } = box;
  let left = nodes.reduce((sum, node) => sum + node.lines, 0);
  for (let start = 0; start < nodes.length && w > 0 && h > 0; ) {
    const side = Math.min(w, h);
    const scale = (w * h) / left;
    let [end, sum, best] = [start, 0, Infinity];
    while (end < nodes.length) {
      const next = sum + nodes[end].lines;
      const thick = (next * scale) / side;
      const worst = Math.max(thick / ((nodes[end].lines * scale) / thick), (nodes[start].lines * scale) / thick / thick);
      if (worst > best) break;
      [best, sum, end] = [worst, next, end + 1];
    }
    const thick = (sum * scale) / side;
    let along = 0;
    for (const node of nodes.slice(start, end)) {
      const length = (node.lines / sum) * side;
      placed.push([node, w >= h ? { x, y: y + along, w: thick, h: length } : { x: x + along, y, w: length, h: thick }]);
      along += length;
    }
    if (w >= h) [x, w] = [x + thick, w - thick];
    else [y, h] = [y + thick, h - thick];
    left -= sum;
    start = end;
  }
  return placed;
}

/** The color of a heat between 0 and 1. Most files are cool: the root spreads what lies low. */
export function heatColor(heat) {
  const share = Math.sqrt(heat);
  return share < 0.5 ? mix(color("cool"), color("warm"), share * 2) : mix(color("warm"), color("hot"), share * 2 - 1);
}

/** Draws cells on a canvas; `marked` has a frame around it. */
export function draw(canvas, cells, marked) {
  const ratio = window.devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  const [frame, ground, ink, muted] = ["line", "panel", "ink", "muted"].map(color);
  const font = getComputedStyle(document.body).fontFamily;
  pen.textBaseline = "middle";
  for (const { x, y, w, h, node, depth } of cells) {
    if (!node.file) {
      pen.fillStyle = depth % 2 ? frame : ground;
      pen.fillRect(x + 0.5, y + 0.5, w - 1, h - 1);
      if (w > 44 && h > 40) write(pen, `${depth === 1 ? "600" : "500"} 11px ${font}`, muted, node.name + "/", x + 6, y + HEAD / 2 + 1, w - 10);
      continue;
    }
    const fill = heatColor(node.file.heat);
    pen.fillStyle = fill;
    pen.fillRect(x + 0.5, y + 0.5, Math.max(0.5, w - 1), Math.max(0.5, h - 1));
    if (w > 46 && h > 16) write(pen, `11px ${font}`, isLight(fill) ? "#1b1a18" : "#ffffff", node.name, x + 5, y + Math.min(h / 2, 10), w - 8);
  }
  if (marked) {
    pen.strokeStyle = ink;
    pen.lineWidth = 2.5;
    pen.strokeRect(marked.x + 1, marked.y + 1, marked.w - 2, marked.h - 2);
  }
}

function write(pen, font, fill, text, x, y, room) {
  pen.font = font;
  pen.fillStyle = fill;
  let shown = text;
  while (shown.length > 3 && pen.measureText(shown).width > room) shown = `${shown.slice(0, -2).trimEnd()}…`.replace("……", "…");
  if (shown.length > 3 || shown === text) pen.fillText(shown, x, y);
}

function isLight(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return r * 0.299 + g * 0.587 + b * 0.114 > 140;
}

/** The next cell of a file in the direction of an arrow key. */
export function neighborOf(cells, cell, key) {
  const files = cells.filter((other) => other.node.file);
  if (!cell) return files[0];
  const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
  const centre = (one) => [one.x + one.w / 2, one.y + one.h / 2];
  const [cx, cy] = centre(cell);
  let [best, least] = [cell, Infinity];
  for (const other of files) {
    const [ox, oy] = centre(other);
    const [ahead, aside] = [(ox - cx) * dx + (oy - cy) * dy, Math.abs((ox - cx) * dy) + Math.abs((oy - cy) * dx)];
    if (ahead > 1 && ahead + aside * 2 < least) [best, least] = [other, ahead + aside * 2];
  }
  return best;
}

export const titleOf = (file) => fileName(file.path);
