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

function fault(error) {
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
  const column = place ? mark.search(/\^/) + 1 : 0;
  return { line, column, end_line: line, message: String(error.message), kind: String(error.name) };
}

const request = JSON.parse(require("fs").readFileSync(0, "utf8"));
const data = Buffer.from(request.text, "utf8");
if (request.edits) {
  const errors = request.edits.map(([start, end, replacement]) => {
    const edited = Buffer.concat([data.subarray(0, start), Buffer.from(replacement, "utf8"), data.subarray(end)]);
    return failure(edited.toString("utf8"));
  });
  const told = request.asks_faults
    ? { faults: errors.map((error) => error && fault(error)) }
    : { answers: errors.map((error) => (error ? null : {})) };
  process.stdout.write(JSON.stringify(told));
} else {
  const error = failure(request.text);
  process.stdout.write(JSON.stringify(error ? { fault: fault(error) } : { reading: {} }));
}
