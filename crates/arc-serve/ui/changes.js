// What the uncommitted change touches.

import { Refusal, view } from "./api.js";
import { showBlast } from "./blast.js";
import { badge, count, el, emptyPage, linkTo } from "./dom.js";

const VERDICTS = { breaking: "breaks", review: "to be looked at", no_impact: "no effect" };

/** Shows what differs from `against` in a box; gives a function that ends it. */
export async function showChanges(box, against, { signal } = {}) {
  box.replaceChildren(el("p", { class: "waiting", role: "status" }, "Comparing with the last commit…"));
  let answer;
  try {
    answer = await view("neighborhood", { diff: against, rows: 40 }, signal);
  } catch (error) {
    if (error instanceof Refusal && error.code === "no_history") {
      box.replaceChildren(emptyPage("There is no history here", "Changes are seen by comparing with a commit, and this folder has none."));
      return () => {};
    }
    throw error;
  }
  const { changes = [], diff } = answer.impact;
  if (!changes.length) {
    box.replaceChildren(emptyPage(diff?.files ? "Nothing that runs was changed" : `Nothing differs from ${against}`, diff?.files ? `${count(diff.files, "file")} differ, and no definition in them.` : "Edit a file: what the change touches is shown here.", compare(against)));
    return () => {};
  }
  const order = ["breaking", "review", "no_impact"];
  const sorted = [...changes].sort((one, other) => order.indexOf(one.verdict) - order.indexOf(other.verdict));
  const tally = order.map((verdict) => [verdict, changes.filter((change) => change.verdict === verdict).length]).filter(([, number]) => number);
  const blast = el("div", { class: "fill" });
  box.replaceChildren(
    el("div", { class: "head" },
      el("div", {}, el("h1", {}, "What this change touches"),
        el("p", { class: "muted" }, `${count(diff.files, "file")} against ${diff.against}: `, tally.map(([verdict, number], at) => [at ? ", " : "", el("span", { class: "verdict", "data-verdict": verdict }, `${number} ${VERDICTS[verdict]}`)]))),
      compare(against)),
    el("details", { class: "changes", open: true }, el("summary", {}, count(changes.length, "changed definition")),
      el("ul", {}, sorted.slice(0, 100).map(changeOf)),
      sorted.length > 100 ? el("p", { class: "muted pad" }, `and ${sorted.length - 100} more`) : null),
    blast);
  return showBlast(blast, { diff: against }, { signal, answer });
}

function changeOf(change) {
  const name = change.symbol ?? change.path;
  return el("li", { "data-verdict": change.verdict },
    el("span", { class: "verdict", "data-verdict": change.verdict }, VERDICTS[change.verdict]),
    badge(change.symbol_kind), el("a", { href: linkTo(change.line ? `${change.path}:${change.line}` : change.path) }, name),
    el("span", { class: "muted" }, change.old_symbol && change.old_symbol !== name ? `${change.kind} from ${change.old_symbol}` : change.kind),
    change.note ? el("span", {}, change.note) : null,
    change.sites.length ? el("span", { class: "sites" }, change.sites.slice(0, 4).map((site) => el("a", { class: "at", href: linkTo(site, "source") }, site)), change.sites.length > 4 ? ` +${change.sites.length - 4}` : "") : null);
}

function compare(against) {
  const field = el("input", { id: "against", value: against, autocomplete: "off", spellcheck: "false", size: "14" });
  return el("form", { class: "against", onsubmit: (event) => { event.preventDefault(); location.hash = `#/changes/${encodeURIComponent(field.value.trim() || "HEAD")}`; } },
    el("label", { for: "against" }, "Compare with"), field, el("button", { class: "primary" }, "Show"));
}
