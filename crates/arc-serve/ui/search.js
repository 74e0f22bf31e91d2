// The field at the top: names as they are typed.

import { tool } from "./api.js";
import { badge, el, linkTo, place } from "./dom.js";

/** Puts the search field into its place. */
export function startSearch(box) {
  const list = el("ul", { id: "hits", role: "listbox", "aria-label": "Found", hidden: true });
  const field = el("input", {
    type: "search", id: "query", role: "combobox", "aria-expanded": "false", "aria-controls": "hits", "aria-autocomplete": "list", "aria-label": "Search symbols and files", placeholder: "Search symbols and files", autocomplete: "off", spellcheck: "false",
  });
  box.replaceChildren(field, el("kbd", { "aria-hidden": "true" }, "/"), list);
  let [hits, at, running, timer] = [[], -1, null, 0];

  const close = () => {
    // What is still on its way would open the list again.
    clearTimeout(timer);
    running?.abort();
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };
  const mark = (next) => {
    at = next;
    [...list.children].forEach((item, other) => item.setAttribute("aria-selected", String(other === at)));
    if (at >= 0) {
      field.setAttribute("aria-activedescendant", `hit-${at}`);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  };
  const open = (target) => {
    location.hash = linkTo(target);
    field.value = "";
    close();
    field.blur();
  };
  const show = (items) => {
    list.replaceChildren(...items);
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  };
  const search = async () => {
    const query = field.value.trim();
    running?.abort();
    if (!query) return close();
    running = new AbortController();
    try {
      const found = isPlace(query) ? { results: [], total: 0 } : await tool("search", { query, limit: 12 }, running.signal);
      hits = found.results.filter((row) => row.path).map((row) => ({ row, target: row.line && row.kind !== "file" ? `${row.path}:${row.line}` : row.path }));
      if (isPlace(query)) hits = [{ row: null, target: query }];
      show(hits.length ? hits.map(hitOf) : [el("li", { class: "nothing", role: "option", "aria-disabled": "true", "aria-selected": "false" }, `Nothing is called “${query}”. Words of names are found, and the start of the last one.`)]);
      mark(hits.length ? 0 : -1);
    } catch (error) {
      if (error.name === "AbortError") return;
      [hits, at] = [[], -1];
      show([el("li", { class: "nothing", role: "option", "aria-disabled": "true", "aria-selected": "false" }, error.message)]);
    }
  };
  const hitOf = ({ row, target }, number) => el("li", { id: `hit-${number}`, role: "option", "aria-selected": "false", onmousedown: (event) => { event.preventDefault(); open(target); }, onmousemove: () => at !== number && mark(number) },
    row ? [badge(row.kind), el("span", { class: "name" }, row.symbol ?? row.path), row.symbol ? place(row.path, row.line) : null] : ["Go to ", el("span", { class: "name" }, target)]);

  field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 70); });
  field.addEventListener("focus", () => field.value && search());
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && hits.length) mark((at + 1) % hits.length);
    else if (event.key === "ArrowUp" && hits.length) mark((at - 1 + hits.length) % hits.length);
    else if (event.key === "Enter" && hits[at] && !list.hidden) open(hits[at].target);
    else if (event.key === "Escape") { field.value = ""; close(); field.blur(); }
    else return;
    event.preventDefault();
  });
  return field;
}

const isPlace = (query) => /^\S+(:\d+|::\S+)$/.test(query);
