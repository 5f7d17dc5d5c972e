// The preview in a real browser: `node tests/e2e/preview.mjs RECTO`.
//
// RECTO is the program. playwright-core is looked for in $NODE_MODULES (default: ./node_modules), the browser at $CHROMIUM
// (default: /usr/bin/chromium). With `--latency PACK [EDITS]` it measures instead how long it takes from a save to the new
// page in the browser, over edits at random places of a copy of PACK.

import { spawn } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";

const [recto, ...rest] = process.argv.slice(2);
const modules = path.resolve(process.env.NODE_MODULES ?? "node_modules");
const { chromium } = createRequire(path.join(modules, "x.js"))("playwright-core");

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "recto-e2e-"));
const pack = path.join(folder, "pack");
const write = (name, text) => {
  fs.mkdirSync(path.dirname(path.join(pack, name)), { recursive: true });
  fs.writeFileSync(path.join(pack, name), text);
};
const read = name => fs.readFileSync(path.join(pack, name), "utf8");
const lineOf = (name, what) => 1 + read(name).split("\n").findIndex(line => line.includes(what));

let passed = 0;
function equal(got, wanted, what) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`${what}: ${JSON.stringify(got)}, wanted ${JSON.stringify(wanted)}`);
  passed++;
  console.log(`ok  ${what}`);
}

async function start(args = []) {
  const child = spawn(path.resolve(recto), ["watch", "pack", "--out", "out", "--editor", "none", ...args], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", data => {
      text += data;
      const found = text.match(/^preview: (\S+)/m);
      if (found) resolve(found[1]);
    });
    child.on("exit", code => reject(new Error(`recto ended with ${code}`)));
  });
  return { child, url };
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let running;
try {
  if (rest[0] === "--latency") await latency(rest[1], Number(rest[2] ?? 50)); else await check();
} finally {
  await browser.close();
  running?.child.kill("SIGINT");
  fs.rmSync(folder, { recursive: true, force: true });
}

async function check() {
  write("recto.yaml", "title: Small\nauthors: [Ann Author]\ndate: 2026-11-20\nschedule: {start: 2027-01-04}\n");
  write("1 Birds.md", "# Birds\n\nAbout birds.\n\n## Ducks\n\n|Concept|Brief Description|\n|---|---|\n|**[[Mallard]]**|A dabbling duck whose drake has a green head.|\n|**Teal**|The smallest dabbling duck of Europe.|\n");
  write("assets/pond.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='200' height='100' viewBox='-1 -1 202 102' font-size='9'><rect width='200' height='100' fill='#468'/><text x='20' y='60'>Pond</text></svg>");
  write("concepts/Mallard.md", "---\naliases: [Wild duck]\ntags: [ducks]\n---\n## Explanation\n\nIt dabbles in shallow water.\n\n![A pond](../assets/pond.svg \"Their habitat\")\n\n## Cards\n\nWhat colour is the drake's head? :: Green\n");
  const note = read("concepts/Mallard.md");
  running = await start();
  const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
  const errors = [];
  page.on("pageerror", error => errors.push(error.message));
  page.on("console", message => { if (message.type() === "error") errors.push(message.text()); });
  await page.goto(running.url);
  const word = text => page.locator(".layer span", { hasText: new RegExp(`^${text}$`) }).first();
  const tab = async (id, text) => {
    await page.locator(`#tabs [data-tab=${id}]`).click();
    await word(text).waitFor({ timeout: 60000 });
  };
  const opens = async (target, what, wanted) => {
    await page.evaluate(() => { delete document.body.dataset.opened; });
    await target.scrollIntoViewIfNeeded();
    await target.click();
    await page.waitForFunction(() => document.body.dataset.opened);
    const spot = JSON.parse(await page.evaluate(() => document.body.dataset.opened));
    equal([spot.path, spot.line], wanted, `a click on ${what} leads to its note and line`);
  };

  // Every tab comes; scrolled to where its words are.
  const find = async (id, text) => {
    await page.locator(`#tabs [data-tab=${id}]`).click({ timeout: 60000 });
    await page.fill("#query", text);
    await page.locator("#thumbs.results button").first().waitFor({ timeout: 60000 });
    const hit = page.locator(".layer span.hit.now", { hasText: new RegExp(text, "i") }).first();
    await hit.waitFor({ timeout: 60000 });
    return hit;
  };
  await opens(await find("handbook", "shallow"), "a word of the handbook", ["concepts/Mallard.md", lineOf("concepts/Mallard.md", "shallow")]);
  await opens(await find("handbook", "habitat"), "a word under a figure", ["concepts/Mallard.md", lineOf("concepts/Mallard.md", "habitat")]);
  await opens(page.locator(".layer i").first(), "a figure", ["concepts/Mallard.md", lineOf("concepts/Mallard.md", "habitat")]);
  const drawing = atob((await page.locator(".page image").first().getAttribute("xlink:href")).split(",")[1]);
  equal([drawing.includes("<text"), drawing.includes("<path")], [false, true], "text in a drawing is in outlines, as in print");
  await opens(await find("cheatsheets", "smallest"), "a word of a cheatsheet", ["1 Birds.md", lineOf("1 Birds.md", "Teal")]);
  await opens(await find("flashcards", "smallest"), "a word on a sheet of cards", ["1 Birds.md", lineOf("1 Birds.md", "Teal")]);
  await opens(await find("cards", "colour"), "a word of a card", ["concepts/Mallard.md", lineOf("concepts/Mallard.md", "What colour")]);
  await opens(await find("cards", "Teal"), "a card's title", ["1 Birds.md", lineOf("1 Birds.md", "Teal")]);
  await page.fill("#query", "");
  await page.locator("#tabs [data-tab=handbook]").click();

  write("concepts/Mallard.md", note.replace("It dabbles", "It upends and dabbles"));
  await word("upends").waitFor({ timeout: 60000 });
  equal(await page.locator(".layer b[data-text=upends]").count(), 1, "a saved note is shown, and its change is marked");
  const seen = await word("upends").evaluate(span => {
    const at = span.getBoundingClientRect(), view = document.getElementById("view").getBoundingClientRect();
    return at.top >= view.top && at.bottom <= view.bottom;
  });
  equal(seen, true, "the preview went to the change");
  const drawn = await word("upends").evaluate(span => {
    const drawing = span.closest(".page").querySelector("svg").getBoundingClientRect();
    return drawing.width > 100 && drawing.height > 100;
  });
  equal(drawn, true, "its page is drawn");

  write("concepts/Mallard.md", note.replace("[ducks]", "[ducks").replace("It dabbles", "It sinks"));
  const panel = page.locator("#findings button.error").first();
  await panel.waitFor({ timeout: 60000 });
  equal(/line [2-4],/.test(await panel.innerText()), true, "broken front matter is in the panel, with its line");
  equal(await page.locator("#held").isVisible(), true, "it is said that the pages are older");
  equal([await word("upends").count(), await word("sinks").count()], [1, 0], "the old pages stay");
  equal(/^\(✕\d/.test(await page.title()), true, "the tab's title counts errors");
  await opens(panel, "a finding", ["concepts/Mallard.md", Number((await panel.innerText()).match(/line (\d+)/)[1])]);
  await page.screenshot({ path: path.join(folder, "error.png") });

  write("concepts/Mallard.md", note.replace("It dabbles", "It sinks"));
  await word("sinks").waitFor({ timeout: 60000 });
  await page.locator("#held").waitFor({ state: "hidden" });
  equal(await page.locator("#findings button.error").count(), 0, "mended, the error is gone and the new text is shown");

  for (const key of ["2", "1", "+", "-", "w", "p", "j", "k", "t", "t", "d", "?"]) await page.keyboard.press(key);
  await page.keyboard.press("Escape");
  equal(await page.locator("#tabs [aria-selected=true]").getAttribute("data-tab"), "handbook", "keys choose the document");
  equal(errors, [], "the browser reports no error");
  console.log(`${passed} checks passed`);
}

async function latency(source, edits) {
  fs.cpSync(source, pack, { recursive: true });
  running = await start();
  const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
  page.on("pageerror", error => console.error(error.message));
  page.on("console", message => console.error(message.text()));
  // In the page: when the program's messages come, and the moment at which a word stands on a page that is drawn. The browser
  // says when it brought an element that is marked for it to the screen; one comes with the page, in the same frame.
  await page.addInitScript(() => {
    window.came = {};
    const Native = EventSource;
    window.EventSource = class extends Native {
      constructor(...args) {
        super(...args);
        for (const kind of ["build", "pages"]) this.addEventListener(kind, () => { came[kind] ??= Date.now(); });
      }
    };
    const painted = {};
    new PerformanceObserver(list => { for (const entry of list.getEntries()) painted[entry.identifier] = performance.timeOrigin + entry.renderTime; }).observe({ type: "element" });
    window.waitFor = word => new Promise(resolve => {
      const look = () => {
        const found = [...document.querySelectorAll(".layer b")].find(mark => mark.dataset.text.includes(word));
        if (!found) return false;
        const mark = document.createElement("b");
        mark.textContent = "mark";
        mark.setAttribute("elementtiming", word);
        mark.style.cssText = "position:fixed;left:2px;bottom:2px;font-size:20px";
        document.body.append(mark);
        const poll = () => { if (painted[word]) { mark.remove(); resolve(painted[word]); } else setTimeout(poll, 5); };
        poll();
        return true;
      };
      if (look()) return;
      const observer = new MutationObserver(() => { if (look()) observer.disconnect(); });
      observer.observe(document.getElementById("pages"), { childList: true, subtree: true });
    });
  });
  await page.goto(running.url);
  await page.locator(".page svg").first().waitFor({ timeout: 120000 });
  const done = () => page.waitForFunction(() => / in [\d.]+ s/.test(document.getElementById("status").textContent), null, { timeout: 120000, polling: 20 });
  await done();
  await page.waitForTimeout(500);
  const notes = fs.readdirSync(path.join(pack, "concepts")).filter(name => name.endsWith(".md")).sort();
  let seed = 7;
  const random = n => (seed = (seed * 48271) % 2147483647) % n;
  const times = { "build begins": [], "pages reach the browser": [], "new page in the browser": [], "all files on disk": [], "files after the page": [] };
  for (let n = 0; n < edits; n++) {
    const name = `concepts/${notes[random(notes.length)]}`;
    const text = read(name);
    const body = text.split(/\n## (?:Memory anchor|Cards|See also|Sources|Cheatsheet|Quiz)/)[0];
    const starts = [...body.matchAll(/\n\n(?=[A-Z])/g)].map(match => match.index + 2);
    if (!starts.length) { n--; continue; }
    const at = starts[random(starts.length)];
    const mark = `Mark${n}x`;
    const shown = page.evaluate(word => window.waitFor(word), mark);
    await page.evaluate(() => { window.came = {}; document.getElementById("status").textContent = ""; });
    const before = Date.now();
    write(name, `${text.slice(0, at)}${mark} ${text.slice(at)}`);
    const time = await Promise.race([shown, page.waitForTimeout(20000).then(() => null)]);
    if (time === null) throw new Error(`${mark} in ${name} is not shown`);
    await done();
    const files = Date.now();
    const came = await page.evaluate(() => window.came);
    [came.build - before, came.pages - before, time - before, files - before, files - time].forEach((ms, i) => Object.values(times)[i].push(ms));
    await page.waitForTimeout(150);
  }
  const at = (list, part) => [...list].sort((a, b) => a - b)[Math.floor(list.length * part)].toFixed(0).padStart(6);
  console.log(`${edits} edits; ms after the save:     median   90 %   most`);
  for (const [what, list] of Object.entries(times)) console.log(`${what.padEnd(30)} ${at(list, .5)} ${at(list, .9)} ${at(list, .999)}`);
}
