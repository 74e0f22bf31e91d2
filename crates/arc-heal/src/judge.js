// Reads texts and edits of them; tells which are programs. Compiles, and runs nothing of what it reads.
"use strict";
const vm = require("vm");

const kind = process.argv[1];
// What Node.js gives a module beside its text.
const GIVEN = ["exports", "require", "module", "__filename", "__dirname"];

function script(text) {
  vm.compileFunction(text.startsWith("#!") ? "//" + text : text, GIVEN, { filename: "file" });
}

function module_(text) {
  new vm.SourceTextModule(text, { identifier: "file" });
}

// What keeps the text from being a program, if anything does.
function failure(text) {
  if (kind !== "module") {
    try {
      script(text);
      return null;
    } catch (error) {
      if (kind === "script" || !/^\s*(?:import|export)\b/m.test(text)) return error;
    }
  }
  try {
    module_(text);
    return null;
  } catch (error) {
    return error;
  }
}

// Of a line that is too long to be shown Node.js tells no column. What comes before the fault goes wrong in another way: at its end.
const SHOWN = 1000;

function stops(text, line, message) {
  const rows = text.split("\n");
  const row = rows[line - 1] || "";
  if (row.length <= SHOWN) return 0;
  const above = rows.slice(0, line - 1).map((each) => each + "\n").join("");
  const says = (length) => {
    const error = failure(above + row.slice(0, length));
    return error !== null && String(error.message) === message;
  };
  let [low, high] = [0, row.length];
  if (says(low) || !says(high)) return 0;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (says(middle)) high = middle;
    else low = middle;
  }
  // Columns count characters.
  return Array.from(row.slice(0, high)).length;
}

function fault(error, text) {
  // Node.js keeps where a module stops to itself until it prints the error.
  if (!/^file:\d+$/m.test(error.stack || "")) {
    try {
      require("internal/util").decorateErrorStack(error);
    } catch {
      // Another version of Node.js: the grammar says where.
    }
  }
  const place = /file:(\d+)/.exec(error.stack || "");
  const line = place ? Number(place[1]) : 1;
  const rows = (error.stack || "").split("\n");
  const mark = rows[rows.findIndex((row) => /^file:\d+$/.test(row)) + 2] || "";
  const shown = place ? mark.search(/\^/) + 1 : 0;
  const column = shown || (place ? stops(text, line, String(error.message)) : 0);
  return { line, column, end_line: line, message: String(error.message), kind: String(error.name) };
}

const request = JSON.parse(require("fs").readFileSync(0, "utf8"));
const data = Buffer.from(request.text, "utf8");
if (request.edits) {
  const read = (answer) =>
    request.edits.map(([start, end, replacement]) => {
      const edited = Buffer.concat([data.subarray(0, start), Buffer.from(replacement, "utf8"), data.subarray(end)]).toString("utf8");
      return answer(failure(edited), edited);
    });
  const told = request.asks_faults
    ? { faults: read((error, edited) => error && fault(error, edited)) }
    : { answers: read((error) => (error ? null : {})) };
  process.stdout.write(JSON.stringify(told));
} else {
  const error = failure(request.text);
  process.stdout.write(JSON.stringify(error ? { fault: fault(error, request.text) } : { reading: {} }));
}
