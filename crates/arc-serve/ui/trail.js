// Why code is as it is: the commits behind it, as a timeline.

import { tool } from "./api.js";
import { count, el, empty, linkTo } from "./dom.js";

const SOURCES = { commit: "commit message", pull_request: "pull request", review: "review", issue: "issue", decision: "decision", change_log: "change log", comment: "comment" };

/** Shows the decision trail of a target in a box. */
export async function showTrail(box, target, { signal } = {}) {
  box.replaceChildren(el("p", { class: "waiting", role: "status" }, "Reading the history…"));
  const found = await tool("why", { target, limit: 30 }, signal);
  if (signal?.aborted) return;
  if (!found.steps.length) {
    box.replaceChildren(empty("No commit is behind these lines", found.uncommitted.length ? "They are not committed yet." : "The history says nothing of them."));
    return;
  }
  const steps = [...found.steps].sort((one, other) => (one.commit.time < other.commit.time ? 1 : -1));
  const best = Math.min(...steps.map((step) => step.rank));
  box.replaceChildren(el("div", { class: "trail" },
    el("p", { class: "muted" },
      found.reason_recorded ? "Newest first. The step that explains most is marked." : "Nobody wrote down a reason; these are the commits that made it. Newest first.",
      found.surroundings ? " None of its lines is committed: these are the lines around it." : "",
      found.shallow ? " The clone is shallow: what came before its end is not known." : ""),
    el("ol", { class: "timeline" }, steps.map((step) => stepOf(step, step.rank === best))),
    found.truncated ? el("p", { class: "muted" }, `${count(found.total - steps.length, "more step")} ${found.total - steps.length === 1 ? "is" : "are"} known.`) : null));
}

function stepOf(step, isBest) {
  const { commit, quote } = step;
  return el("li", { class: isBest ? "step is-best" : "step" },
    el("p", { class: "when" }, el("time", { datetime: commit.time }, new Date(commit.time).toLocaleDateString("en", { year: "numeric", month: "short", day: "numeric" })), el("span", { class: "role" }, step.role.replaceAll("_", " "))),
    el("h2", {}, commit.subject),
    quote ? el("blockquote", {}, el("p", {}, quote.text), el("footer", {}, `${SOURCES[quote.source] ?? quote.source.replaceAll("_", " ")}, ${/^[0-9a-f]{40}$/.test(quote.at) ? quote.at.slice(0, 10) : quote.at}`)) : null,
    el("p", { class: "by" }, el("span", {}, commit.author), outward(commit.url, el("code", {}, commit.id.slice(0, 10))), lines(step.lines)),
    el("ul", { class: "tickets" },
      [step.pull_request, ...step.issues].filter(Boolean).map((ticket) => el("li", {}, outward(ticket.url, ticket.name), ticket.title ? ` ${ticket.title}` : "")),
      step.decisions.map((decision) => el("li", {}, el("a", { href: linkTo(`${decision.path}:${decision.line}`, "source") }, decision.label ?? decision.path), ` ${decision.title}`, decision.status ? ` (${decision.status})` : ""))));
}

const lines = (ranges) => (ranges.length ? el("span", { class: "muted" }, `line${ranges.length === 1 && ranges[0][0] === ranges[0][1] ? "" : "s"} ${ranges.slice(0, 6).map(([first, last]) => (first === last ? first : `${first}–${last}`)).join(", ")}${ranges.length > 6 ? " …" : ""}`) : null);

/** A link to another site, if it is one: addresses come from the repository. */
function outward(url, content) {
  return url && /^https?:\/\//.test(url) ? el("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, content) : el("span", {}, content);
}
