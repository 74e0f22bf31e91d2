// The blast radius of a target or of a diff: the graph, and beside it what it shows as lists.

import { view } from "./api.js";
import { badge, bar, count, el, empty, folderOf, linkTo, percent, place, placeOf, roving, shortName, shortPlace } from "./dom.js";
import { drawGraph } from "./graph.js";

const SIZES = [40, 120, 400, 1500, 10000];
/** Of the tests so many are drawn for each row; the list has them all. */
const TESTS_A_ROW = 0.25;
const FACTORS = {
  dependents: "direct dependents", impacted: "rows that are affected", tests: "tests that reach it", unresolved: "uses that may be it",
  unfamiliar_author: "author is new to these files", recent_fixes: "fixes in these files of late", people: "people who changed these files",
  author_changes: "changes by the author in a year", lines: "lines changed", folders: "folders touched", files: "files touched",
};

/** Shows the blast radius of `asked` (`{target}` or `{diff}`) in a box; gives a function that ends it. */
export async function showBlast(box, asked, { signal, rows = SIZES[0], answer = null } = {}) {
  box.replaceChildren(el("p", { class: "waiting", role: "status" }, "Walking the graph…"));
  const found = answer ?? (await view("neighborhood", { ...asked, rows }, signal));
  if (signal?.aborted) return () => {};
  const { impact } = found;
  const nodes = nodesOf(impact);
  const canvas = el("div", { class: "canvas" });
  const list = el("div", { class: "side" });
  box.replaceChildren(el("div", { class: "split" }, canvas, list));
  if (nodes.length === impact.targets.length) {
    canvas.append(empty("Nothing is known to depend on it", unknownText(impact.unknown) ?? "No file or symbol in this repository uses it, and nothing usually changes along."));
  }
  const details = el("div", { class: "details", hidden: true });
  const marks = new Map();
  let picture = null;
  let after = () => {};
  const end = () => {
    window.removeEventListener("themechange", recolor);
    picture?.end();
    picture = null;
    after();
  };
  const resize = async (next) => {
    end();
    try {
      after = await showBlast(box, asked, { signal, rows: next });
    } catch (error) {
      if (!signal?.aborted) box.replaceChildren(empty("That did not work", error.message, el("p", {}, el("button", { type: "button", class: "primary", onclick: () => resize(next) }, "Try again"))));
    }
  };
  const showDetails = (key) => {
    const node = nodes.find((one) => one.key === key);
    details.hidden = !node;
    if (node) details.replaceChildren(...detailsOf(node, nodes, found.ties, showSelected));
    marks.forEach((row, other) => row.classList.toggle("is-marked", other === key));
  };
  const showSelected = (key) => { picture?.select(key); showDetails(key); };
  list.append(...sideOf(impact, nodes, marks, {
    onpoint: (key) => picture?.point(key),
    onmark: showSelected,
  }));
  if (nodes.length > impact.targets.length) {
    const tests = Math.max(6, Math.ceil(impact.impacted.length * TESTS_A_ROW));
    const drawn = nodes.slice(0, impact.targets.length + impact.impacted.length + tests);
    const inside = found.ties.filter((tie) => Math.max(tie.from, tie.to) < drawn.length);
    picture = drawGraph(canvas, drawn, tiesOf(inside, drawn), { onselect: showDetails });
    canvas.append(...[legend(), sizes(found, rows, resize), details].filter(Boolean));
  }
  const recolor = () => picture?.recolor();
  window.addEventListener("themechange", recolor);
  window.arcPicture = picture;
  return end;
}

/** Targets, rows and tests, counted through as ties count them. */
function nodesOf(impact) {
  const node = (row, role, at) => ({
    key: `${role}${at}`, role, row, label: shortName(row), tag: tagOf(row, role), score: row.score ?? 1, group: folderOf(row.path ?? "~"), target: placeOf(row), why: row.reasons?.[0]?.text,
  });
  return [
    ...impact.targets.map((row, at) => node(row, "seed", at)),
    ...impact.impacted.map((row, at) => node(row, row.is_test ? "test" : "row", at)),
    ...impact.tests.map((row, at) => node(row, "test", impact.impacted.length + at)),
  ];
}

/** The name in the picture, where there is less room than in the list. */
function tagOf(row, role) {
  const name = role === "test" && row.symbol ? row.symbol.split(/\.|::/).at(-1) : shortName(row);
  return name.length > 34 ? `${name.slice(0, 33)}…` : name;
}

/** Ties with their texts; a row that none leads to is tied loosely to the middle, by its first reason. */
function tiesOf(ties, nodes) {
  const seeds = nodes.filter((node) => node.role === "seed").length;
  const tied = new Set(ties.flatMap((tie) => [tie.from, tie.to]));
  const sure = ties.map((tie) => ({ ...tie, text: tie.count > 1 ? `${tie.kind} ×${tie.count}` : tie.kind }));
  const loose = nodes.flatMap((node, at) => (at < seeds || tied.has(at) || !seeds ? [] : [{ from: at, to: 0, kind: "goes_with", text: node.row.reasons?.[0]?.text ?? "", loose: true }]));
  return [...sure, ...loose];
}

function sideOf(impact, nodes, marks, { onpoint, onmark }) {
  const rows = nodes.filter((node) => node.role !== "seed");
  const affected = rows.slice(0, impact.impacted.length);
  const tests = rows.slice(impact.impacted.length);
  const panels = [
    ["affected", "Affected", impact.total.impacted, listOf(affected, marks, onpoint, onmark, "Nothing is affected, as far as can be seen.")],
    ["tests", "Tests", impact.total.tests, listOf(tests, marks, onpoint, onmark, "No test is known to reach it.")],
    ["risk", "Risk", null, riskOf(impact)],
  ];
  const buttons = panels.map(([id, title, total], at) => el("button", {
    type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`, "aria-selected": String(at === 0), tabindex: at ? "-1" : "0",
    onclick: () => choose(at),
    onkeydown: (event) => {
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      choose((to + panels.length) % panels.length, true);
    },
  }, title, total === null ? riskPill(impact.risk) : el("span", { class: "tally" }, `${total.toLocaleString("en")}${impact.total.at_least ? "+" : ""}`)));
  const boxes = panels.map(([id, , , content], at) => el("div", { class: "panel", role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, hidden: at > 0 }, content));
  const choose = (chosen, focus = false) => {
    buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === chosen));
      button.setAttribute("tabindex", at === chosen ? "0" : "-1");
      if (focus && at === chosen) button.focus();
    });
    boxes.forEach((panel, at) => (panel.hidden = at !== chosen));
  };
  return [el("div", { class: "sidetabs", role: "tablist", "aria-label": "What it reaches" }, buttons), ...boxes];
}

function listOf(nodes, marks, onpoint, onmark, nothing) {
  if (!nodes.length) return el("p", { class: "muted pad" }, nothing);
  const shown = nodes.slice(0, 500);
  const list = el("ol", { class: "rows" }, shown.map((node) => {
    const { row } = node;
    const item = el("li", { onmouseenter: () => onpoint(node.key), onmouseleave: () => onpoint(null) },
      el("a", { class: "row", href: linkTo(node.target), "data-key": node.key, onclick: (event) => { if (!event.metaKey && !event.ctrlKey && event.detail === 1) { event.preventDefault(); onmark(node.key); } }, ondblclick: () => (location.hash = linkTo(node.target)) },
        el("span", { class: "first" }, el("span", { class: "score" }, percent(row.score)), bar(row.score, `probability ${percent(row.score)}`), el("span", { class: "name" }, node.label)),
        el("span", { class: "second" }, el("span", { class: "why" }, row.reasons?.[0]?.text ?? ""), row.symbol && row.path ? shortPlace(row.path, row.line) : null)));
    marks.set(node.key, item);
    return item;
  }));
  roving(list, "a.row", (link) => onmark(link.dataset.key));
  return [list, nodes.length > shown.length ? el("p", { class: "muted pad" }, `${(nodes.length - shown.length).toLocaleString("en")} more are in the graph.`) : null];
}

const riskPill = (risk) => el("span", { class: "pill", "data-level": risk.level }, risk.level);

function riskOf(impact) {
  const { risk, unknown } = impact;
  const factors = risk.factors.filter((factor) => factor.share > 0.005 || factor.value > 0);
  return el("div", { class: "pad" },
    el("p", { class: "risk" }, riskPill(risk), el("span", {}, ` ${percent(risk.score)}`)),
    factors.length ? el("table", { class: "factors" },
      el("caption", {}, "What it is made of"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "factor"), el("th", { scope: "col" }, "value"), el("th", { scope: "col" }, "share"))),
      el("tbody", {}, factors.map((factor) => el("tr", {}, el("th", { scope: "row" }, FACTORS[factor.name] ?? factor.name.replaceAll("_", " ")), el("td", {}, factor.value.toLocaleString("en", { maximumFractionDigits: 2 })), el("td", {}, bar(factor.share)))))) : null,
    el("h2", {}, "What cannot be seen"),
    el("p", { class: "muted" }, unknownText(unknown) ?? "Nothing: every reference by this name is tied to a definition."),
    unknown.unresolved_sites.length ? el("ul", { class: "sites" }, unknown.unresolved_sites.slice(0, 40).map((site) => el("li", {}, el("a", { href: linkTo(site.at, "source") }, site.at), ` ${site.name}`))) : null);
}

function unknownText(unknown) {
  const sites = unknown.unresolved_sites.length + unknown.sites_left_out;
  const parts = [
    sites && `${count(sites, "reference")} by this name could not be tied to a definition; ${sites === 1 ? "it" : "they"} may be meant.`,
    unknown.parse_errors && `${count(unknown.parse_errors, "byte")} are inside syntax errors.`,
    unknown.called_from_outside && "Code outside of this repository may use it.",
  ].filter(Boolean);
  return parts.length ? parts.join(" ") : null;
}

function detailsOf(node, nodes, ties, onselect) {
  const at = nodes.indexOf(node);
  const near = ties.filter((tie) => tie.from === at || tie.to === at).slice(0, 5);
  const { row } = node;
  return [
    el("h2", {}, badge(row.kind ?? "test"), " ", el("a", { href: linkTo(node.target) }, row.symbol ?? row.path)),
    row.path ? el("p", {}, place(row.path, row.line)) : null,
    row.reasons?.length ? el("ul", { class: "reasons" }, row.reasons.slice(0, 5).map((reason) => el("li", {}, reason.text, " ", reason.at.slice(0, 2).map((site) => (/:\d+$/.test(site) ? el("a", { class: "at", href: linkTo(site, "source") }, site) : el("span", { class: "at" }, site.slice(0, 10))))))) : null,
    near.length ? el("ul", { class: "ties" }, near.map((tie) => {
      const other = nodes[tie.from === at ? tie.to : tie.from];
      return el("li", {}, el("span", { class: "muted" }, tie.from === at ? `${tie.kind} ` : `${tie.kind} from `), el("button", { type: "button", class: "link", onclick: () => onselect(other.key) }, other.label), tie.at ? el("span", { class: "at" }, ` ${tie.at}`) : null);
    })) : null,
    row.run ? el("p", {}, el("code", {}, row.run)) : null,
  ].filter(Boolean);
}

const legend = () => el("ul", { class: "legend", "aria-label": "Colors" },
  ["seed|changed", "hot|likely affected", "cool|less likely", "test|test"].map((entry) => el("li", { "data-role": entry.split("|")[0] }, entry.split("|")[1])));

function sizes(found, rows, onchoose) {
  const { total } = found.impact;
  const all = total.impacted + total.tests;
  const useful = SIZES.filter((size, at) => at === 0 || SIZES[at - 1] < Math.max(total.impacted, total.tests));
  if (useful.length < 2) return null;
  const select = el("select", { onchange: (event) => onchoose(Number(event.target.value)) }, useful.map((size) => el("option", { value: size, selected: size === rows }, size >= Math.max(total.impacted, total.tests) ? `all ${all.toLocaleString("en")}` : `the ${size.toLocaleString("en")} likeliest`)));
  return el("label", { class: "sizes" }, "Show ", select);
}
