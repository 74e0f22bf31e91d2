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
// What an object or a module has, by its name; what is only inherited from all objects counts too.
const holders = {};
const hold = (name, value) => {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return;
  const all = new Set();
  for (let own = value; own; own = Object.getPrototypeOf(own)) for (const member of Object.getOwnPropertyNames(own)) all.add(member);
  holders[name] = [...all];
};
for (const name of ["Array", "Atomics", "BigInt", "Buffer", "Date", "Error", "Function", "Intl", "JSON", "Map", "Math", "Number", "Object", "Promise", "Proxy", "Reflect", "RegExp", "Set", "String", "Symbol", "URL", "console", "process"]) hold(name, globalThis[name]);
const request = JSON.parse(require("fs").readFileSync(0, "utf8"));
for (const name of request.modules) if (modules.includes(name)) {
  add(require(name));
  hold(name, require(name));
}
// Which modules have a name; one that hands on what another has comes after it.
const LIKELY = "fs path util url os crypto events stream http https zlib assert child_process querystring string_decoder buffer readline timers worker_threads perf_hooks async_hooks net tls dns v8 vm fs/promises timers/promises stream/promises".split(" ");
const owners = {};
for (const name of request.names || []) {
  for (const module of LIKELY) {
    if (modules.includes(module) && Object.prototype.hasOwnProperty.call(require(module), name)) (owners[name] = owners[name] || []).push(module);
  }
}
process.stdout.write(JSON.stringify({ modules, owners, holders, members: [...members], builtins: names }));
