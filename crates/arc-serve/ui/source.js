// One symbol or file all round: its source, what uses it, what it uses.

import { tool } from "./api.js";
import { badge, count, el, linkTo, place, placeOf, roving, shortName } from "./dom.js";

/** Shows a target's source and neighbors in a box. */
export async function showSource(box, target, { signal } = {}) {
  box.replaceChildren(el("p", { class: "waiting", role: "status" }, "Reading…"));
  const found = await tool("context", { target, detail: "standard", limit: 40 }, signal);
  if (signal?.aborted) return;
  const { path } = found.target;
  const members = found.members.map((row) => ({ path, ...row }));
  const lists = [["Used by", found.dependents, found.total.dependents], ["Uses", found.dependencies, found.total.dependencies], ["Contains", members, found.total.members]];
  box.replaceChildren(el("div", { class: "reading" },
    el("div", { class: "code" }, sourceOf(found)),
    el("div", { class: "around" }, lists.map(([title, rows, total]) => neighbors(title, rows, total)))));
}

function sourceOf({ source, doc, target }) {
  const text = source?.text;
  return [
    doc ? el("p", { class: "doc" }, doc) : null,
    text ? el("pre", { tabindex: "0", "aria-label": `Source of ${target.symbol ?? target.path}` }, text.replace(/\n$/, "").split("\n").map((line, at) => el("span", { class: "line", "data-number": String(source.first_line + at) }, `${line}\n`))) : el("p", { class: "muted" }, target.symbol ? "Its source cannot be shown." : "A whole file: pick one of its symbols to read it."),
    source?.cut ? el("p", { class: "muted" }, "The definition goes on.") : null,
    source?.stale ? el("p", { class: "warning" }, "This file changed since the graph was made: the lines may be others.") : null,
  ];
}

function neighbors(title, rows, total) {
  if (!rows.length) return null;
  const list = el("ul", { class: "rows" }, rows.map((row) => el("li", {}, el("a", { class: "row", href: linkTo(placeOf(row)), title: row.symbol ?? row.path },
    el("span", { class: "first" }, badge(row.kind), el("span", { class: "name" }, shortName(row))),
    row.edge && el("span", { class: "second" }, el("span", { class: "why" }, row.edge), row.at?.length ? el("span", { class: "at" }, row.at[0]) : row.path ? place(row.path, row.line) : null)))));
  roving(list, "a.row");
  return el("section", {}, el("h2", {}, title, " ", el("span", { class: "tally" }, (total ?? rows.length).toLocaleString("en"))), list, total > rows.length ? el("p", { class: "muted pad" }, `and ${count(total - rows.length, "more", "more")}`) : null);
}
