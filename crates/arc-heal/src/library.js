// Tells what the language offers: names, members of its values, modules. Runs nothing but itself.
"use strict";
const modules = require("module").builtinModules.filter((name) => !name.startsWith("_"));
const names = Object.getOwnPropertyNames(globalThis).concat(["module", "exports", "require", "__dirname", "__filename", "arguments", "undefined"]);
const members = new Set();
const add = (value) => {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
  for (const name of Object.getOwnPropertyNames(value)) members.add(name);
};
for (const name of Object.getOwnPropertyNames(globalThis)) {
  const value = globalThis[name];
  add(value);
  if (typeof value === "function") add(value.prototype);
}
members.add("exports");
const request = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const name of request.modules) if (modules.includes(name)) add(require(name));
process.stdout.write(JSON.stringify({ modules, members: [...members], builtins: names }));
