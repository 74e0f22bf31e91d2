// The page from end to end in headless Chromium, with axe for accessibility.
//
//   npm install --no-package-lock --prefix tests/node && node tests/node/page.mjs path/to/arc [folder for screenshots]
//
// It makes its own repositories. Without a browser it fails and says so: nothing is skipped silently. CHROMIUM names one that
// is not in the usual places (Debian: apt-get install chromium).

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";

const [arc, shots] = process.argv.slice(2).map((name) => path.resolve(name));
const browserPath = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((name) => name && fs.existsSync(name));
if (!arc || !fs.existsSync(arc)) stop("name the arc binary: node tests/node/page.mjs target/debug/arc");
if (!browserPath) stop("THE PAGE WAS NOT TESTED: there is no Chromium (apt-get install chromium, or set CHROMIUM)");
const puppeteer = (await import("puppeteer-core")).default;
const axe = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

function stop(why) {
  console.error(why);
  process.exit(1);
}

// --- Repositories

const HOSTILE = '<img src=x onerror="window.hacked = 1"><script>window.hacked = 2</script>';

function write(root, name, text) {
  fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
  fs.writeFileSync(path.join(root, name), text);
}

function git(root, ...words) {
  const who = Object.fromEntries(["AUTHOR", "COMMITTER"].flatMap((role) => [[`GIT_${role}_NAME`, "Ada"], [`GIT_${role}_EMAIL`, "ada@example.org"]]));
  execFileSync("git", words, { cwd: root, env: { ...process.env, ...who, GIT_CONFIG_GLOBAL: "/dev/null" }, stdio: "ignore" });
}

function shop() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "arc-page-"));
  write(root, "shop/__init__.py", "");
  write(root, "shop/price.py", `def price_of(item):\n    """What it costs. ${HOSTILE.replaceAll('"', "'")}"""\n    return item.price\n`);
  write(root, "shop/cart.py", "from shop.price import price_of\n\n\nclass Cart:\n    def total(self):\n        return sum(price_of(item) for item in self.items)\n\n    def load(self):\n        return []\n");
  write(root, "shop/order.py", "from shop.cart import Cart\n\n\nclass Order:\n    def load(self):\n        return Cart().total()\n");
  write(root, "tests/test_cart.py", "from shop.cart import Cart\n\n\ndef test_total():\n    assert Cart().total() == 0\n");
  write(root, "web/page.js", "import { show } from './list.js';\nexport function page() { return show(); }\n");
  write(root, "web/list.js", "import { page } from './page.js';\nexport function show() { return page; }\n");
  git(root, "init", "-q", "-b", "main");
  git(root, "add", "-A");
  git(root, "commit", "-q", "-m", "A shop");
  write(root, "shop/price.py", fs.readFileSync(path.join(root, "shop/price.py"), "utf8").replace("item.price\n", "item.price or 0\n"));
  git(root, "commit", "-q", "-a", "-m", `Gifts have no price ${HOSTILE}`, "-m", "They are free because somebody else paid.");
  return root;
}

/** One function that ten thousand others call. */
function hub() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "arc-hub-"));
  write(root, "hub.py", "def hub():\n    return 1\n");
  for (let file = 0; file < 100; file += 1) {
    const functions = Array.from({ length: 100 }, (_, at) => `def user_${file}_${at}():\n    return hub()\n`);
    write(root, `part${file % 10}/users_${file}.py`, `from hub import hub\n\n\n${functions.join("\n\n")}`);
  }
  return root;
}

async function serve(root, ...words) {
  const child = spawn(arc, ["serve", "--http", "0", ...words], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const { value } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return { address: value, stop: () => child.kill() };
}

// --- The browser

const browser = await puppeteer.launch({
  executablePath: browserPath,
  headless: true,
  args: ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
});
const complaints = [];
let passed = 0;

async function open(server, hash = "", { theme = "light", width = 1440, height = 900 } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: theme }]);
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A browser reports every answer that is no 200; those that are meant are asserted where they are made.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) complaints.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(server.address)) complaints.push(`asked for ${request.url()}`);
  });
  const began = Date.now();
  await page.goto(`${server.address}/${hash}`, { waitUntil: "load" });
  if (!server.isLocked) await ready(page, 1);
  page.took = Date.now() - began;
  return page;
}

const ready = (page, times) => page.waitForFunction((times) => Number(document.body.dataset.ready ?? 0) >= times, { timeout: 120_000 }, times);
const shown = (page) => page.evaluate(() => Number(document.body.dataset.ready));
const text = (page, selector) => page.$eval(selector, (node) => node.textContent);

/** Goes somewhere with `act` and waits until it is shown. */
async function go(page, act) {
  const times = await shown(page);
  await act();
  await ready(page, times + 1);
}

async function accessible(page, what) {
  // The policy lets no other script in, and axe comes through the debugger.
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const told = violations.map((one) => `${one.id}: ${one.help}\n    ${one.nodes.slice(0, 4).map((node) => `${node.html.slice(0, 160)} ${node.any[0]?.message ?? ""}`).join("\n    ")}`);
  assert.deepEqual(told, [], `${what} is not accessible`);
}

async function shoot(page, name) {
  if (!shots) return;
  fs.mkdirSync(shots, { recursive: true });
  await new Promise((resolve) => setTimeout(resolve, 700));
  await page.screenshot({ path: path.join(shots, `${name}.png`) });
}

async function test(name, run) {
  try {
    await run();
    assert.deepEqual(complaints.splice(0), [], "the browser complains");
    passed += 1;
    console.log(`ok    ${name}`);
  } catch (error) {
    failed.push(name);
    console.log(`FAIL  ${name}\n${error.stack ?? error}`);
  }
}

// --- What must hold

const failed = [];
const root = shop();
const server = await serve(root);

await test("the map shows files, hotspots, modules and circles", async () => {
  await (await open(server)).close();
  const page = await open(server);
  console.log(`      the map is there after ${page.took} ms`);
  assert.equal(await text(page, "h1"), "Map of the repository");
  assert.match(await text(page, "#repository"), /^arc-page-/);
  assert.ok((await page.$$(".map .side a.row")).length > 0, "hotspots");
  assert.ok((await page.$$("a.module")).length >= 2, "modules");
  await page.focus("canvas.treemap");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  assert.match(await text(page, "#map-says"), /\d+ lines?/);
  await accessible(page, "the map");
  await shoot(page, "map");
  await go(page, () => page.keyboard.press("Enter"));
  assert.match(page.url(), /#\/at\//);
  await page.close();
});

await test("a name is found and opened with the keyboard alone", async () => {
  const page = await open(server);
  await page.keyboard.press("/");
  await page.keyboard.type("price of");
  await page.waitForSelector('#hits [role="option"][aria-selected="true"]');
  await accessible(page, "the open search");
  await shoot(page, "search");
  await go(page, () => page.keyboard.press("Enter"));
  assert.match(await text(page, "h1"), /shop\.price\.price_of/);
  await page.close();
});

await test("a blast radius is a graph and the same as a list", async () => {
  const page = await open(server, "#/at/shop%2Fprice.py%3A1");
  assert.match(await text(page, "#panel-affected"), /Cart\.total.*calls price_of/s);
  assert.doesNotMatch(await text(page, "main"), /null|undefined|NaN|\[object/);
  assert.ok(await page.evaluate(() => window.arcPicture.graph.order >= 3 && window.arcPicture.graph.size >= 2));
  await page.focus(".stage");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowDown");
  assert.match(await text(page, "#graph-says"), /, (changed|\d+ %)/);
  await page.focus("#panel-affected a.row");
  await page.waitForSelector(".details:not([hidden])");
  await accessible(page, "the blast radius");
  await shoot(page, "blast");
  await page.focus("#tab-affected");
  await page.keyboard.press("ArrowRight");
  assert.match(await text(page, "#panel-tests"), /test_total/);
  await page.keyboard.press("ArrowRight");
  assert.match(await text(page, "#panel-risk"), /What cannot be seen/);
  await accessible(page, "the risk");
  await page.close();
});

await test("why and source are a key away, and what the repository says stays text", async () => {
  const page = await open(server, "#/at/shop%2Fprice.py%3A3");
  await go(page, () => page.keyboard.press("w"));
  assert.match(await text(page, ".timeline"), /Gifts have no price <img.*because somebody else paid/s);
  await accessible(page, "the trail");
  await shoot(page, "why");
  await go(page, () => page.keyboard.press("s"));
  assert.match(await text(page, ".code"), /<img src=x.*def price_of/s);
  await accessible(page, "the source");
  await shoot(page, "source");
  assert.equal(await page.evaluate(() => window.hacked), undefined);
  assert.equal(await page.$("main img"), null);
  await page.close();
});

await test("an uncommitted change is told with what it breaks", async () => {
  let page = await open(server, "#/changes");
  assert.match(await text(page, "main"), /Nothing differs from HEAD/);
  await accessible(page, "no change");
  const file = "shop/price.py";
  const before = fs.readFileSync(path.join(root, file), "utf8");
  write(root, file, before.replace("price_of(item)", "cost_of(item)"));
  await page.waitForSelector("#fresh", { timeout: 60_000 });
  await go(page, () => page.click("#fresh .link"));
  assert.match(await text(page, ".changes"), /breaks.*cost_of.*renamed from price_of/s);
  await accessible(page, "the changes");
  await shoot(page, "changes");
  await page.close();
  write(root, file, before);
});

await test("what is not there, or is several, is said with a way on", async () => {
  const page = await open(server, "#/at/zzz");
  assert.match(await text(page, "main"), /Nothing has this name/);
  await accessible(page, "a name that nothing has");
  await go(page, () => page.evaluate(() => (location.hash = "#/at/load")));
  assert.match(await text(page, "main"), /Several things have this name/);
  await accessible(page, "a name that several have");
  await shoot(page, "ambiguous");
  await go(page, () => page.click(".candidates a"));
  assert.match(await text(page, "h1"), /load/);
  await page.close();
});

await test("the dark theme and a narrow window are as readable", async () => {
  for (const hash of ["#/map", "#/at/shop%2Fprice.py%3A1", "#/at/shop%2Fprice.py%3A3/why", "#/at/shop%2Fprice.py%3A1/source"]) {
    const page = await open(server, hash, { theme: "dark", width: 760, height: 1000 });
    assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
    await accessible(page, `${hash} in the dark`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${hash} is ${wide} px too wide`);
    await shoot(page, `narrow-${hash.replaceAll(/\W+/g, "-")}`);
    await page.close();
  }
});

await test("a token is asked for where the server wants one", async () => {
  const locked = await serve(root, "--token", "a token of some length");
  locked.isLocked = true;
  const page = await open(locked);
  await page.waitForSelector("#door[open]");
  await accessible(page, "the door");
  await page.type("#token", "a token of some length");
  await page.keyboard.press("Enter");
  await ready(page, 1);
  assert.equal(await text(page, "h1"), "Map of the repository");
  await page.close();
  locked.stop();
});

await test("ten thousand nodes are drawn and can be walked", async () => {
  const many = await serve(hub());
  const page = await open(many, "#/at/hub.py%3A1");
  const began = Date.now();
  await page.select(".sizes select", "10000");
  await page.waitForFunction(() => window.arcPicture?.graph.order >= 10_000, { timeout: 120_000 });
  console.log(`      ${await page.evaluate(() => window.arcPicture.graph.order)} nodes are drawn after ${Date.now() - began} ms`);
  await page.focus(".stage");
  await page.keyboard.press("ArrowRight");
  assert.match(await text(page, "#graph-says"), /user_/);
  await shoot(page, "many");
  await page.close();
  many.stop();
});

server.stop();
await test("a server that went away is told", async () => {
  // What a closed port answers is for the page to say, and for nobody to complain of.
  const page = await browser.newPage();
  const again = await serve(root);
  await page.goto(again.address, { waitUntil: "load" });
  await ready(page, 1);
  again.stop();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await page.evaluate(() => (location.hash = "#/changes"));
  await page.waitForFunction(() => document.querySelector("main").textContent.includes("The server is away"));
  await page.close();
});

await browser.close();
console.log(`${passed} passed, ${failed.length} failed`);
process.exit(failed.length ? 1 : 0);
