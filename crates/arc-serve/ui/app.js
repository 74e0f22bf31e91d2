// What is shown where: the address behind the # says it, and nothing else is remembered but the theme.

import { Refusal, standing, tool } from "./api.js";
import { showBlast } from "./blast.js";
import { showChanges } from "./changes.js";
import { badge, count, el, emptyPage, linkTo, place } from "./dom.js";
import { showMap } from "./map.js";
import { startSearch } from "./search.js";
import { showSource } from "./source.js";
import { showTrail } from "./trail.js";

const main = document.getElementById("main");
const TABS = [["", "Blast radius", "b"], ["why", "Why", "w"], ["source", "Source", "s"]];
let [end, running, looks, again] = [() => {}, null, null, 0];

/** Shows what the address says. */
async function route() {
  end();
  running?.abort();
  clearTimeout(again);
  const own = new AbortController();
  [end, running] = [() => {}, own];
  const { signal } = own;
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  document.querySelectorAll("[data-view]").forEach((link) => (link.dataset.view === (name || "map") ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")));
  const before = standing().catch(() => ({}));
  try {
    const ended = await shown(name, rest.map(decoded), signal);
    if (signal.aborted) ended?.();
    else end = ended ?? end;
  } catch (error) {
    if (!signal.aborted) showFailure(error);
  }
  const { looks: seen, freshness } = await before;
  if (signal.aborted) return;
  // While the graph was made, what is shown waited for it.
  looks = freshness?.state === "current" ? seen : null;
  document.body.dataset.ready = String(Number(document.body.dataset.ready ?? 0) + 1);
}

function shown(name, parts, signal) {
  document.title = `${parts[0] ?? { changes: "changes" }[name] ?? "map"} · arc`;
  if (name === "at" && parts[0]) return showTarget(parts[0], parts[1] ?? "", signal);
  if (name === "changes") return showChanges(main, parts[0] ?? "HEAD", { signal });
  return showMap(main, parts[0] ?? "", { signal });
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

async function showTarget(target, tab, signal) {
  const head = el("div", { class: "head target" });
  const tabs = el("nav", { class: "tabs under", "aria-label": "About this" }, TABS.map(([id, title]) => el("a", { href: linkTo(target, id), "aria-current": id === tab ? "page" : null }, title)));
  const box = el("div", { class: "fill" });
  head.append(el("div", {}, el("h1", {}, target)), tabs);
  main.replaceChildren(head, box);
  const naming = tool("context", { target, limit: 1 }, signal).then((found) => head.replaceChildren(titleOf(found, target), tabs));
  const content = { why: showTrail, source: showSource }[tab]?.(box, target, { signal }) ?? showBlast(box, { target }, { signal });
  const [drawn, named] = await Promise.allSettled([content, naming]);
  const failed = [drawn, named].find((one) => one.status === "rejected");
  if (!failed) return drawn.value;
  // What was drawn nevertheless is not shown, and must not listen any more.
  drawn.value?.();
  throw failed.reason;
}

function titleOf(found, target) {
  const { path, symbol, kind, line } = found.target;
  const touch = found.history;
  return el("div", {},
    el("h1", {}, badge(kind), " ", symbol ?? path ?? target),
    el("p", { class: "facts" },
      symbol && path ? place(path, line) : null,
      found.signature ? el("code", { class: "signature" }, found.signature) : null,
      touch ? el("span", { class: "muted" }, `${count(touch.commits, "commit")}, the last by ${touch.author}, ${new Date(touch.time).toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" })}`) : null));
}

function showFailure(error) {
  if (!(error instanceof Refusal)) {
    main.replaceChildren(emptyPage("The page stumbled", String(error.message)));
    throw error;
  }
  const titles = { ambiguous: "Several things have this name", not_found: "Nothing has this name", outside: "That is not in this repository", deleted: "That is gone", graph_not_ready: "The graph is being made", no_graph: "There is no graph", away: "The server is away", no_history: "There is no history here" };
  const title = titles[error.code] ?? "That did not work";
  main.replaceChildren(emptyPage(title, error.message,
    error.hints.length && error.code !== "ambiguous" ? el("ul", { class: "hints" }, error.hints.map((hint) => el("li", {}, hint))) : null,
    error.candidates.length ? el("ul", { class: "candidates" }, error.candidates.map((one) => el("li", {}, el("a", { href: linkTo(one.id) }, one.kind ? badge(one.kind) : null, " ", one.symbol ?? one.id, " ", one.path ? place(one.path, one.line) : null)))) : null,
    el("p", {}, el("button", { type: "button", class: "primary", onclick: route }, "Try again"), " ", el("a", { href: "#/map" }, "Go to the map"))));
  if (["graph_not_ready", "away"].includes(error.code)) again = setTimeout(tryAgain, 2000);
}

/** Shows the same once more, when somebody looks. */
function tryAgain() {
  if (document.hidden) again = setTimeout(tryAgain, 2000);
  else route();
}

/** How fresh the graph is, asked for while somebody looks. */
async function watch() {
  if (!document.hidden) {
    const pill = document.getElementById("freshness");
    try {
      const now = await standing();
      document.getElementById("repository").textContent = now.name ?? "";
      const { state, changed_files: changed, commit, problem } = now.freshness;
      const words = { current: "up to date", updating: now.has_graph ? "updating…" : "making the graph…", behind: "behind the files", frozen: "frozen" };
      pill.dataset.state = state;
      pill.replaceChildren(el("span", { class: "dot" }), words[state] ?? state, changed ? ` (${count(changed, "file")})` : "");
      pill.title = problem ?? (commit ? `made at ${commit.slice(0, 10)}` : "");
      if (looks !== null && now.looks !== looks && state === "current") offerFresh();
      looks = now.looks;
    } catch (error) {
      pill.dataset.state = "away";
      pill.replaceChildren(el("span", { class: "dot" }), "server is away");
      pill.title = error.message;
    }
  }
  setTimeout(watch, 4000);
}

/** The graph is another one now: what is shown may be old. Nothing moves under the reader's eyes. */
function offerFresh() {
  if (document.getElementById("fresh")) return;
  const note = el("div", { class: "toast", id: "fresh", role: "status" }, "The files changed. ", el("button", { type: "button", class: "link", onclick: () => { note.remove(); route(); } }, "Show the new state"), el("button", { type: "button", class: "plain", "aria-label": "Dismiss", onclick: () => note.remove() }, "×"));
  document.body.append(note);
}

function theme(next) {
  if (next) localStorage.setItem("arc-theme", next);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = localStorage.getItem("arc-theme") ?? (dark ? "dark" : "light");
  window.dispatchEvent(new Event("themechange"));
}

function keys() {
  let [before, since] = ["", 0];
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog")) return;
    const pair = before === "g" && Date.now() - since < 1200 ? `g${event.key}` : event.key;
    [before, since] = [event.key, Date.now()];
    const tab = TABS.find(([, , key]) => key === pair);
    const at = location.hash.match(/^#\/at\/([^/]+)/);
    if (pair === "/") document.getElementById("query").focus();
    else if (pair === "gm") location.hash = "#/map";
    else if (pair === "gc") location.hash = "#/changes";
    else if (pair === "?") document.getElementById("keys").showModal();
    else if (tab && at) location.hash = linkTo(decoded(at[1]), tab[0]);
    else return;
    event.preventDefault();
  });
}

theme();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme());
document.getElementById("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
document.getElementById("help").addEventListener("click", () => document.getElementById("keys").showModal());
startSearch(document.getElementById("search"));
keys();
addEventListener("hashchange", route);
route();
watch();
