// Small things that every view is made of.

/** An element with properties and children. Texts become text nodes: nothing from the repository is ever read as markup. */
export function el(tag, properties = {}, ...children) {
  const svg = ["svg", "g", "path", "rect", "circle", "text", "title", "line"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const count = (number, word, many = `${word}s`) => `${number.toLocaleString("en")} ${number === 1 ? word : many}`;
export const percent = (share) => (share > 0 && share < 0.01 ? "<1 %" : `${Math.round(share * 100)} %`);

/** `Command.main` of `click.core.Command.main`: the name with what contains it. */
export function shortName(row) {
  if (!row.symbol) return fileName(row.path ?? "?");
  if (["section", "external", "decision"].includes(row.kind)) return row.symbol;
  return row.symbol.split(/\.|::/).slice(-2).join(".");
}

export const fileName = (path) => path.split("/").slice(-2).join("/");
export const folderOf = (path) => (path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "");
export const placeOf = (row) => (row.path ? (row.line ? `${row.path}:${row.line}` : row.path) : row.symbol ?? "");

/** The address of a target in this page. */
export const linkTo = (target, tab = "") => `#/at/${encodeURIComponent(target)}${tab ? `/${tab}` : ""}`;

/** The name of a kind, short, in its color. */
export function badge(kind) {
  const word = { function: "fn", method: "method", constant: "const", variable: "var", interface: "iface", external: "outside" }[kind] ?? kind;
  return el("span", { class: "badge", "data-kind": kind }, word.replaceAll("_", " "));
}

/** A place in the code, with the folder held back. */
export function place(path, line) {
  const folder = folderOf(path);
  return el("span", { class: "place" }, el("span", { class: "folder" }, folder), path.slice(folder.length), line ? `:${line}` : "");
}

/** The same where there is little room: the folder is told when somebody points at it. */
export function shortPlace(path, line) {
  return el("span", { class: "place", title: path }, path.slice(folderOf(path).length), line ? `:${line}` : "");
}

export function bar(share, label) {
  return el("span", { class: "meter", role: "img", "aria-label": label ?? percent(share) }, el("span", { style: { width: `${Math.max(2, share * 100)}%` } }));
}

/** What stands where nothing is to be shown: in a part of the page, or instead of all of it. */
export const empty = (title, text, ...more) => nothing("h2", title, text, more);
export const emptyPage = (title, text, ...more) => nothing("h1", title, text, more);

function nothing(tag, title, text, more) {
  return el("div", { class: "empty" }, el(tag, {}, title), text ? el("p", { class: "muted" }, text) : null, ...more);
}

/** Lets arrow keys move through the links or buttons of a list; `onmark` is told which one. */
export function roving(list, selector, onmark = () => {}) {
  const items = () => [...list.querySelectorAll(selector)];
  items().forEach((item, at) => item.setAttribute("tabindex", at === 0 ? "0" : "-1"));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (!step) return;
    const all = items();
    const now = all.indexOf(document.activeElement);
    const next = all[Math.min(all.length - 1, Math.max(0, now + step))];
    event.preventDefault();
    all.forEach((item) => item.setAttribute("tabindex", item === next ? "0" : "-1"));
    next?.focus();
  });
  list.addEventListener("focusin", (event) => {
    const item = event.target.closest(selector);
    if (item) onmark(item);
  });
}

/** A color of the present theme. */
export const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Between two colors, `#rrggbb` each. */
export function mix(from, to, share) {
  const part = (hex, at) => parseInt(hex.slice(1 + at * 2, 3 + at * 2), 16);
  const between = (at) => Math.round(part(from, at) + (part(to, at) - part(from, at)) * Math.min(1, Math.max(0, share)));
  return `#${[0, 1, 2].map((at) => between(at).toString(16).padStart(2, "0")).join("")}`;
}
