// The preview: pages as pictures, words above them, and the way back to the notes.

const $ = id => document.getElementById(id);
const view = $("view"), box = $("pages"), thumbs = $("thumbs");

/** Documents by id: {id, grid, parts, pages: [{picture, text, w, h}], zoom, scroll, changed}. */
const tabs = new Map();
let order = [];
let current = null;
let findings = { groups: [], errors: 0, warnings: 0, held: false };
let title = "Recto";
let follow = stored("follow", "yes") === "yes";
/** The program is at work: thumbnails wait. */
let building = false;
let found = { query: "", matches: [], at: -1 };

function stored(key, fallback) {
  try { return localStorage.getItem("recto-" + key) ?? fallback; } catch { return fallback; }
}
function store(key, value) {
  try { localStorage.setItem("recto-" + key, value); } catch { /* private windows keep nothing */ }
}
function element(tag, properties = {}, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}
function post(path, body) {
  return fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

// --- the stream of events

const stream = new EventSource("events");
let fresh = true;
stream.addEventListener("state", event => {
  const state = JSON.parse(event.data);
  title = state.title;
  $("title").textContent = title;
  order = state.order;
  const known = new Set(state.tabs.map(tab => tab.id));
  for (const id of tabs.keys()) if (!known.has(id)) tabs.delete(id);
  for (const tab of state.tabs) take(tab);
  setFindings(state.findings);
  drawTabs();
  if (fresh && tabs.size) fresh = false;
  if (!tabs.has(current)) open(tabs.has(stored("tab")) ? stored("tab") : order.find(id => tabs.has(id)));
  say(state.status || (tabs.size ? "" : "Waiting for the first pages …"));
});
stream.addEventListener("pages", event => {
  const update = JSON.parse(event.data);
  const changed = take(update);
  if (update.id !== current) {
    if (!current) { drawTabs(); open(update.id); return; }
    if (changed.size && tabs.get(update.id).seen) tabs.get(update.id).changed = true;
    drawTabs();
    return;
  }
  const { focus } = update;
  if (focus?.svg) {
    const page = tabs.get(current).pages[focus.page];
    brought.clear();
    brought.set(page.picture, focus.svg).set(page.text, focus.layer);
  }
  // The program goes on with its other documents when this one is on the screen. (Asked for first: what is not the page waits
  // until then.)
  onScreen().then(() => post("drawn", { round: update.round }));
  reconcile(changed);
  if (focus && follow) focusOn(focus);
  if (found.query) search(found.query, false);
});
stream.addEventListener("findings", event => setFindings(JSON.parse(event.data)));
stream.addEventListener("build", event => {
  const build = JSON.parse(event.data);
  say(build.text);
  building = build.going;
  idle();
});
stream.onerror = () => say("Recto has stopped. These are its last pages.", true);

function say(text, bad = false) {
  $("status").textContent = text;
  $("status").style.color = bad ? "var(--error)" : "";
}

/** Takes a document's new pages; gives the numbers of those that changed. */
function take(update) {
  const tab = tabs.get(update.id) ?? { id: update.id, pages: [], zoom: "fit", scroll: 0, seen: false, changed: false };
  tab.grid = update.grid;
  tab.parts = update.parts;
  const changed = new Set();
  for (let i = tab.pages.length; i > update.count; i--) changed.add(i - 1);
  tab.pages.length = Math.min(tab.pages.length, update.count);
  for (const [i, picture, text, w, h] of update.pages) {
    tab.pages[i] = { picture, text, w, h };
    changed.add(i);
  }
  tabs.set(tab.id, tab);
  return changed;
}

// --- tabs

const LABELS = { cards: "single cards" };

function drawTabs() {
  const buttons = order.filter(id => tabs.has(id)).map((id, i) => {
    const button = element("button", { textContent: LABELS[id] ?? id, title: `${i + 1}`, onclick: () => open(id) });
    button.setAttribute("role", "tab");
    button.setAttribute("aria-selected", id === current);
    button.dataset.tab = id;
    button.classList.toggle("changed", tabs.get(id).changed);
    return button;
  });
  $("tabs").replaceChildren(...buttons);
}

function open(id) {
  if (!id || !tabs.has(id)) return;
  if (current && tabs.has(current)) tabs.get(current).scroll = view.scrollTop;
  current = id;
  store("tab", id);
  post("shown", { tab: id });
  const tab = tabs.get(id);
  tab.changed = false;
  tab.seen = true;
  found = { ...found, matches: [], at: -1 };
  drawTabs();
  build();
  view.scrollTop = tab.scroll;
  if (found.query) search(found.query, false);
}

// --- pages

let nodes = [];
let mountedThumbs = null;
/** Words to mark when their page is drawn: page → [from, to]. */
const pending = new Map();

const near = new IntersectionObserver(entries => {
  for (const entry of entries) {
    const i = Number(entry.target.dataset.page);
    entry.target.near = entry.isIntersecting;
    if (entry.isIntersecting) want(i); else unmount(i);
  }
}, { root: view, rootMargin: "900px 300px" });

/** Makes the current document's pages from nothing. */
function build() {
  const tab = tabs.get(current);
  near.disconnect();
  nodes = [];
  pending.clear();
  box.className = tab.grid ? "grid" : "";
  box.replaceChildren();
  reconcile(new Set());
}

/** Fits the pages to the document; those that changed are drawn again when they are near. */
function reconcile(changed) {
  const tab = tabs.get(current);
  while (nodes.length > tab.pages.length) {
    const node = nodes.pop();
    near.unobserve(node);
    node.remove();
  }
  const parts = new Map(tab.parts.map(([name, page]) => [page, name]));
  if (JSON.stringify(tab.parts) !== box.dataset.parts || box.dataset.tab !== current) {
    for (const old of box.querySelectorAll(".part")) old.remove();
    if (tab.parts.length > 1)
      for (const [page, name] of parts) if (nodes[page]) box.insertBefore(element("div", { className: "part", textContent: name }), nodes[page]);
    box.dataset.parts = JSON.stringify(tab.parts);
    box.dataset.tab = current;
  }
  for (let i = nodes.length; i < tab.pages.length; i++) {
    if (tab.parts.length > 1 && parts.has(i)) box.append(element("div", { className: "part", textContent: parts.get(i) }));
    const node = element("div", { className: "page" });
    node.dataset.page = i;
    nodes.push(node);
    box.append(node);
    near.observe(node);
    changed.delete(i);
  }
  tab.pages.forEach((page, i) => {
    const node = nodes[i];
    if (node.w === page.w && node.h === page.h) return;
    [node.w, node.h] = [page.w, page.h];
    node.style.setProperty("--w", page.w);
    node.style.setProperty("--h", page.h);
  });
  setZoom();
  for (const i of changed) if (nodes[i]?.near) want(i);
  drawThumbs();
  place();
}

/** Pictures and words that came with an event. */
const brought = new Map();
/** Pages to be drawn, and drawn pages whose words are to be laid over them; and the work on both. */
const wanted = new Set(), unread = new Set();
let busy = null;
/** Who waits until what changed is on the screen. */
const waiting = [];

/** After the next frame is on the screen; at once where nothing is shown. */
function frame() {
  if (document.hidden) return Promise.resolve();
  return new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

/** For so long a page that the browser has made is still being painted, milliseconds; other work would take it the processor. */
const PAINTING = 16;

async function shown() {
  if (!waiting.length) return;
  await frame();
  if (!document.hidden) await new Promise(resolve => setTimeout(resolve, PAINTING));
  for (const tell of waiting.splice(0)) tell();
  place();
}

function onScreen() {
  return new Promise(resolve => { waiting.push(resolve); drawing(); });
}

function want(i) {
  wanted.add(i);
  drawing();
}

/** Draws what is wanted: where a change is first, then what is seen, then what is near; words come last. */
function drawing() {
  busy ??= (async () => {
    // Everything that one event wants is known when it is done.
    await Promise.resolve();
    for (let start = performance.now(); wanted.size || unread.size;) {
      const list = wanted.size ? wanted : unread, i = next(list), first = pending.has(i);
      list.delete(i);
      if (list === unread) await read(i); else if (first || nodes[i]?.near) await mount(i);
      // The browser paints between pages.
      if (first) await shown(); else if (performance.now() - start > 24) await frame(); else continue;
      start = performance.now();
    }
    await shown();
  })().finally(() => {
    busy = null;
    if (wanted.size || unread.size || waiting.length) drawing(); else idle();
  });
}

/** The page of a list that comes first. */
function next(list) {
  const middle = view.getBoundingClientRect().top + view.clientHeight / 2;
  let best, least = Infinity;
  for (const i of list) {
    if (pending.has(i)) return i;
    const area = nodes[i]?.getBoundingClientRect();
    const distance = area ? Math.max(0, area.top - middle, middle - area.bottom) : 0;
    if (distance < least) [best, least] = [i, distance];
  }
  return best;
}

/** Draws a page; the old picture stays until then. */
async function mount(i) {
  const page = tabs.get(current)?.pages[i], node = nodes[i];
  if (!page || !node) return;
  const want = page.picture + page.text;
  if (node.has === want || node.wants === want) return;
  node.wants = want;
  try {
    const old = node.querySelector(".picture");
    const same = old?.dataset.key === page.picture;
    const words = brought.get(page.text) ?? ask(`text/${page.text}.json`, "json").catch(() => null);
    const svg = same || await (brought.get(page.picture) ?? ask(`page/${page.picture}.svg`, "text"));
    const marked = pending.has(i) && await words;
    if (node.wants !== want || nodes[i] !== node) return;
    const layer = element("div", { className: "layer" });
    layer.text = page.text;
    layer.due = words;
    node.replaceChildren(same ? old : picture(page.picture, svg), layer);
    node.has = want;
    if (marked) showChange(i, layer, marked);
    unread.add(i);
  } catch {
    // The page was made again meanwhile, and its next picture is on the way; or the program is busy.
    if (node.wants !== want) return;
    node.wants = null;
    setTimeout(() => { if (node.near && nodes[i] === node) { wanted.add(i); drawing(); } }, 400);
  }
}

/** Lays the words over a drawn page. */
async function read(i) {
  const layer = nodes[i]?.querySelector(".layer");
  const words = await layer?.due;
  if (!words || !layer.due || !layer.isConnected) return;
  layer.due = null;
  textLayer(layer, words);
  showHits(i);
}

async function ask(path, kind) {
  const response = await fetch(path);
  if (!response.ok) throw new Error("gone");
  return response[kind]();
}

function picture(key, svg) {
  const node = element("div", { className: "picture", innerHTML: svg });
  node.dataset.key = key;
  node.setAttribute("aria-hidden", "true");
  return node;
}

function unmount(i) {
  const node = nodes[i];
  wanted.delete(i);
  unread.delete(i);
  if (!node) return;
  node.replaceChildren();
  node.has = node.wants = null;
}

const pen = document.createElement("canvas").getContext("2d");

function textLayer(layer, data) {
  layer.data = data;
  const all = document.createDocumentFragment();
  data.figures.forEach(([[x, y, w, h]], i) => {
    const figure = element("i");
    figure.style.cssText = `left:${x}px;top:${y}px;width:${w}px;height:${h}px`;
    figure.dataset.figure = i;
    all.append(figure);
  });
  const linked = (x, y) => data.links.some(([[lx, ly, w, h]]) => x >= lx && x <= lx + w && y >= ly && y <= ly + h);
  let size = 0;
  data.words.forEach(([text, x, y, w, h, run, origin, turn], i) => {
    const span = element("span", { textContent: text });
    if (h !== size) pen.font = `${size = h}px "Source Serif 4", Georgia, "DejaVu Serif", serif`;
    // Letters are spaced until the word is as wide as it is drawn. (To scale it would make a layer of each word.)
    const spacing = ((w - pen.measureText(text).width) / [...text].length).toFixed(1);
    span.style.cssText = turn
      ? `left:0;top:0;font-size:${h}px;letter-spacing:${spacing}px;transform:matrix(${turn}) translate(${x}px,${y}px)`
      : `left:${x}px;top:${y}px;font-size:${h}px;letter-spacing:${spacing}px`;
    span.word = i;
    if (linked(x + w / 2, y + h / 2)) span.classList.add("link");
    all.append(span);
  });
  layer.append(all);
}

// --- clicks and selection

box.addEventListener("click", event => {
  const node = event.target.closest(".page");
  const layer = node?.querySelector(".layer");
  if (!layer?.data || !getSelection().isCollapsed) return;
  const area = node.getBoundingClientRect(), zoom = scale();
  const x = (event.clientX - area.left) / zoom, y = (event.clientY - area.top) / zoom;
  const link = layer.data.links.find(([[lx, ly, w, h]]) => x >= lx && x <= lx + w && y >= ly && y <= ly + h);
  const { word } = event.target;
  const written = word !== undefined && layer.data.words[word][6];
  if (link && (event.ctrlKey || event.metaKey || !written)) { go(link); return; }
  if (word !== undefined) jump({ text: layer.text, word });
  else if (event.target.dataset.figure !== undefined) jump({ text: layer.text, figure: Number(event.target.dataset.figure) });
});

// A word tells the note that it comes from.
box.addEventListener("mouseover", ({ target }) => {
  if (target.word === undefined || target.title) return;
  const { data } = target.parentNode, origin = data.words[target.word][6];
  if (origin) target.title = data.files[origin[0]];
});

function go([, target, y]) {
  if (typeof target === "number") scrollToPlace(target, y, "start");
  else window.open(target, "_blank", "noopener");
}

async function jump(what) {
  const response = await post("open", what);
  if (!response.ok) { toast("The layout says this by itself: no note stands behind it."); return; }
  const spot = await response.json();
  document.body.dataset.opened = JSON.stringify(spot);
  if (spot.error) { toast(spot.error, true); return; }
  toast(`${spot.path}:${spot.line}:${spot.column}`);
  if (spot.address) location.assign(spot.address);
}

document.addEventListener("copy", event => {
  const selection = getSelection();
  if (selection.isCollapsed || !box.contains(selection.anchorNode)) return;
  let text = "", last = null;
  for (const span of box.querySelectorAll(".layer span")) {
    if (!selection.containsNode(span, true)) continue;
    const at = span.getBoundingClientRect();
    if (last) text += Math.abs(at.top - last.top) > at.height * .6 ? (text.endsWith("\u00ad") ? "" : "\n") : at.left - last.right > at.height * .08 ? " " : "";
    text = text.replace(/\u00ad$/, "") + span.textContent.trimEnd();
    last = at;
  }
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
});

let toastTimer;
function toast(text, bad = false) {
  $("toast").textContent = text;
  $("toast").classList.toggle("error", bad);
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 3500);
}

// --- changes

function focusOn({ page, words }) {
  pending.clear();
  const node = nodes[page];
  if (!node) return;
  pending.set(page, words);
  if (!node.near) node.scrollIntoView({ block: "start" });
  node.has = node.wants = null;
  want(page);
}

/** Marks what changed for a while, and goes there. */
function showChange(i, layer, { words }) {
  const [from, to] = pending.get(i);
  pending.delete(i);
  const marks = words.slice(from, to).map(([text, x, y, w, h, , , turn]) => {
    const mark = element("b");
    mark.style.cssText = turn
      ? `left:0;top:0;width:${w}px;height:${h}px;transform:matrix(${turn}) translate(${x}px,${y}px)`
      : `left:${x}px;top:${y}px;width:${w}px;height:${1.15 * h}px`;
    mark.dataset.text = text;
    return mark;
  });
  layer.append(...marks);
  setTimeout(() => marks.forEach(mark => mark.remove()), 2500);
  const first = marks[0]?.getBoundingClientRect(), area = view.getBoundingClientRect();
  if (first && (first.top < area.top + 30 || first.bottom > area.bottom - 30)) marks[0].scrollIntoView({ block: "center", inline: "nearest" });
}

// --- zoom and place

/** Between cards, pixels. */
const GAP = 14;
/** Pixels to a point. */
let zoomNow = 1;
const scale = () => zoomNow;

function setZoom(zoom) {
  const tab = tabs.get(current);
  if (!tab?.pages.length) return;
  if (zoom !== undefined) tab.zoom = zoom;
  const w = Math.max(...tab.pages.map(page => page.w)), h = Math.max(...tab.pages.map(page => page.h));
  const room = view.clientWidth - (narrow.matches ? 20 : 56);
  let value = tab.zoom;
  // Cards lie in pairs, front and back, where there is room.
  const pair = (room - GAP) / 2 / w;
  if (value === "fit") value = tab.grid ? Math.min(1.25, pair > .7 ? pair : room / w) : Math.min(room / w, 1.5);
  if (value === "page") value = Math.min(room / w, (view.clientHeight - 40) / h);
  value = Math.min(8, Math.max(.15, value));
  const at = anchor();
  zoomNow = value;
  box.style.setProperty("--zoom", value);
  if (tab.grid) {
    const columns = Math.floor((room + GAP) / (w * value + GAP));
    box.style.setProperty("--columns", columns > 1 ? columns - columns % 2 : 1);
  }
  $("zoom-fit").textContent = `${Math.round(value * 75)} %`;
  if (zoom !== undefined && at) restore(at);
}

/** The page at the top of the view, and how far down it. */
function anchor() {
  const top = view.getBoundingClientRect().top;
  for (let i = 0; i < nodes.length; i++) {
    const area = nodes[i].getBoundingClientRect();
    if (area.bottom > top + 1) return { i, part: (top - area.top) / (area.height || 1) };
  }
  return null;
}
function restore({ i, part }) {
  const area = nodes[i].getBoundingClientRect();
  view.scrollTop += area.top + part * area.height - view.getBoundingClientRect().top;
}
function zoomBy(factor) { setZoom(zoomNow * factor); }

function scrollToPlace(page, y, block) {
  const node = nodes[page];
  if (!node) return;
  const top = node.getBoundingClientRect().top - view.getBoundingClientRect().top + view.scrollTop + y * zoomNow;
  view.scrollTo({ top: top - (block === "center" ? view.clientHeight / 2 : 24) });
}

function pageAt() {
  const area = view.getBoundingClientRect(), grid = tabs.get(current)?.grid;
  const middle = area.top + (grid ? 40 : area.height * .4);
  let best = 0;
  for (let i = 0; i < nodes.length; i++) {
    const { top } = nodes[i].getBoundingClientRect();
    // Of cards side by side the first.
    if (top <= middle) best = grid && nodes[best].getBoundingClientRect().top === top ? best : i; else break;
  }
  return best;
}

let placing = false;
function place() {
  if (placing || waiting.length) return;
  placing = true;
  requestAnimationFrame(() => {
    placing = false;
    const tab = tabs.get(current);
    if (!tab) return;
    const i = pageAt();
    $("place").textContent = tab.pages.length ? `${tab.grid ? "side" : "page"} ${i + 1} of ${tab.pages.length}` : "no pages";
    if (thumbs.classList.contains("results")) return;
    const old = thumbs.querySelector("[aria-current=true]");
    const now = thumbs.querySelector(`[data-thumb="${i}"]`);
    if (old !== now) {
      old?.removeAttribute("aria-current");
      now?.setAttribute("aria-current", "true");
      now?.scrollIntoView({ block: "nearest" });
    }
  });
}
view.addEventListener("scroll", place, { passive: true });
new ResizeObserver(() => { const at = anchor(); setZoom(); if (at) restore(at); }).observe(view);
view.addEventListener("wheel", event => {
  if (!event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY / 300));
}, { passive: false });

function turn(step) {
  const tab = tabs.get(current);
  if (!tab) return;
  const i = Math.min(tab.pages.length - 1, Math.max(0, pageAt() + step));
  scrollToPlace(i, 0, "start");
}

// --- thumbnails

const nearThumbs = new IntersectionObserver(entries => {
  for (const { target, isIntersecting } of entries) target.near = isIntersecting;
  idle();
}, { root: thumbs, rootMargin: "60px 0px" });

/** Draws thumbnails, one at a time, when there is nothing else to do. */
let resting = false;
function idle() {
  if (resting || busy || building || found.query || thumbs.hidden) return;
  const stale = [...thumbs.children].find(button => button.near && button.firstChild.dataset.key !== keyOf(button));
  if (!stale) return;
  resting = true;
  rest(async () => {
    const image = stale.firstChild, key = keyOf(stale);
    if (!busy && !building && key) {
      image.dataset.key = key;
      image.src = `page/${key}.svg`;
      await image.decode().catch(() => { /* made again meanwhile */ });
    }
    resting = false;
    idle();
  });
}
const keyOf = button => tabs.get(current)?.pages[button.dataset.thumb]?.picture;
const rest = window.requestIdleCallback ?? (work => setTimeout(work, 50));

function drawThumbs() {
  const tab = tabs.get(current);
  if (found.query || thumbs.hidden) return;
  const whole = mountedThumbs !== current || thumbs.children.length !== tab.pages.length;
  if (whole) {
    mountedThumbs = current;
    nearThumbs.disconnect();
    thumbs.className = "";
    thumbs.replaceChildren(...tab.pages.map((page, i) => {
      const image = element("img", { alt: "", width: 92, height: Math.round(92 * page.h / page.w) });
      const button = element("button", { onclick: () => scrollToPlace(i, 0, "start") }, image, String(i + 1));
      button.dataset.thumb = i;
      button.setAttribute("aria-label", `Page ${i + 1}`);
      nearThumbs.observe(button);
      return button;
    }));
  }
  idle();
  place();
}

// --- search

let asked = 0;
async function search(query, move = true) {
  found.query = query.trim();
  const number = ++asked;
  if (!found.query) {
    found = { query: "", matches: [], at: -1 };
    $("hits").textContent = "";
    $("steps").hidden = true;
    mountedThumbs = null;
    showResults(false);
    if (current) drawThumbs();
    nodes.forEach((_, i) => showHits(i));
    return;
  }
  const response = await fetch(`search?tab=${encodeURIComponent(current)}&q=${encodeURIComponent(found.query)}`);
  const answer = await response.json();
  if (number !== asked) return;
  found.matches = answer.matches;
  const here = pageAt();
  found.at = move ? found.matches.findIndex(match => match.page >= here) : Math.min(found.at, found.matches.length - 1);
  if (found.at < 0 && found.matches.length) found.at = 0;
  const many = answer.more ? "+" : "";
  thumbs.className = thumbs.classList.contains("above") ? "results above" : "results";
  mountedThumbs = null;
  thumbs.replaceChildren(...(found.matches.length ? found.matches.map((match, i) => {
    const button = element("button", { onclick: () => { showMatch(i); if (narrow.matches) showResults(false); } }, element("b", { textContent: `page ${match.page + 1}` }), match.around);
    return button;
  }) : [element("p", { textContent: "Nothing found in this document." })]));
  $("hits").textContent = found.matches.length ? `${found.at + 1}/${found.matches.length}${many}` : "0";
  $("hits").dataset.more = many;
  $("steps").hidden = !found.matches.length;
  nodes.forEach((_, i) => showHits(i));
  if (move && found.matches.length) showMatch(found.at);
}

function showHits(i) {
  const spans = nodes[i]?.querySelectorAll(".layer span");
  if (!spans?.length) return;
  for (const span of nodes[i].querySelectorAll(".hit")) span.classList.remove("hit", "now");
  found.matches.forEach((match, n) => {
    if (match.page !== i) return;
    for (let w = match.words[0]; w < match.words[1]; w++) {
      spans[w]?.classList.add("hit");
      spans[w]?.classList.toggle("now", n === found.at);
    }
  });
}

async function showMatch(at) {
  if (!found.matches.length) return;
  found.at = (at + found.matches.length) % found.matches.length;
  const match = found.matches[found.at];
  $("hits").textContent = `${found.at + 1}/${found.matches.length}${$("hits").dataset.more}`;
  thumbs.querySelector("[aria-current=true]")?.removeAttribute("aria-current");
  const result = thumbs.classList.contains("results") ? thumbs.children[found.at] : null;
  result?.setAttribute("aria-current", "true");
  result?.scrollIntoView({ block: "nearest" });
  if (!nodes[match.page].near) nodes[match.page].scrollIntoView({ block: "start" });
  await mount(match.page);
  await read(match.page);
  nodes.forEach((_, i) => showHits(i));
  nodes[match.page].querySelector(".hit.now")?.scrollIntoView({ block: "center", inline: "nearest" });
}

/** In a narrow window results lie above the page, and only while one chooses among them. */
const narrow = matchMedia("(max-width: 820px)");
function showResults(on) {
  thumbs.classList.toggle("above", on);
  if (on) thumbs.querySelector("[aria-current=true]")?.scrollIntoView({ block: "nearest" });
}
$("before").onclick = () => showMatch(found.at - 1);
$("after").onclick = () => showMatch(found.at + 1);
$("hits").onclick = () => showResults(!thumbs.classList.contains("above"));

$("search").addEventListener("submit", event => { event.preventDefault(); showMatch(found.at + 1); });
let typing;
$("query").addEventListener("input", event => {
  clearTimeout(typing);
  typing = setTimeout(() => search(event.target.value), 120);
});
$("query").addEventListener("keydown", event => {
  if (event.key === "Enter") { event.preventDefault(); clearTimeout(typing); if (event.target.value.trim() !== found.query) search(event.target.value); else showMatch(found.at + (event.shiftKey ? -1 : 1)); }
  if (event.key === "Escape") { event.target.value = ""; search(""); view.focus(); }
});

// --- findings

function setFindings(report) {
  findings = report;
  const { errors, warnings } = report;
  const counts = [errors && `${errors} error${errors > 1 ? "s" : ""}`, warnings && `${warnings} warning${warnings > 1 ? "s" : ""}`].filter(Boolean);
  $("tally").textContent = counts.join(", ") || "no findings";
  $("findings-button").className = errors ? "errors" : warnings ? "warnings" : "";
  $("held").hidden = !report.held;
  const marks = [errors && `✕${errors}`, warnings && `⚠${warnings}`].filter(Boolean).join(" ");
  document.title = `${marks ? `(${marks}) ` : ""}${title} – Recto`;
  if (errors && report.held) showFindings(true);
  const out = [];
  for (const group of report.groups) {
    out.push(element("h3", { textContent: group.path ?? "The pack" }));
    for (const item of group.items) {
      const button = element("button", { className: item.severity });
      button.append(item.message);
      if (item.quote) button.append(element("code", { textContent: item.quote }));
      for (const hint of item.hints) button.append(element("small", { textContent: hint }));
      button.append(element("small", { textContent: `${item.line ? `line ${item.line}, column ${item.column} · ` : ""}${item.rule}` }));
      if (group.path && item.line) button.onclick = () => jump({ path: group.path, line: item.line, column: item.column });
      out.push(button);
    }
  }
  if (!out.length) out.push(element("p", { textContent: "Nothing is wrong with the pack." }));
  $("findings").replaceChildren(...out);
}

function showFindings(on) {
  $("findings").hidden = !on;
  $("findings-button").setAttribute("aria-pressed", on);
}
function showThumbs(on) {
  thumbs.hidden = !on;
  $("thumbs-button").setAttribute("aria-pressed", on);
  store("thumbs", on ? "yes" : "no");
  mountedThumbs = null;
  if (on && current) drawThumbs();
}
function setFollow(on) {
  follow = on;
  $("follow").setAttribute("aria-pressed", on);
  store("follow", on ? "yes" : "no");
}

// --- buttons and keys

$("findings-button").onclick = () => showFindings($("findings").hidden);
$("thumbs-button").onclick = () => showThumbs(thumbs.hidden);
$("follow").onclick = () => setFollow(!follow);
$("zoom-in").onclick = () => zoomBy(1.15);
$("zoom-out").onclick = () => zoomBy(1 / 1.15);
$("zoom-fit").onclick = () => setZoom(tabs.get(current)?.zoom === "fit" ? "page" : "fit");
$("help-button").onclick = () => $("help").showModal();

const KEYS = {
  j: () => turn(1), k: () => turn(-1), g: () => turn(-1e9), G: () => turn(1e9), PageDown: () => turn(1), PageUp: () => turn(-1),
  ArrowRight: () => turn(1), ArrowLeft: () => turn(-1), Home: () => turn(-1e9), End: () => turn(1e9),
  "+": () => zoomBy(1.15), "=": () => zoomBy(1.15), "-": () => zoomBy(1 / 1.15), w: () => setZoom("fit"), p: () => setZoom("page"),
  "/": () => { $("query").focus(); $("query").select(); }, n: () => showMatch(found.at + 1), N: () => showMatch(found.at - 1),
  f: () => setFollow(!follow), t: () => showThumbs(thumbs.hidden), d: () => showFindings($("findings").hidden), "?": () => $("help").showModal(),
};
document.addEventListener("keydown", event => {
  if (event.target.matches("input") || $("help").open || event.altKey) return;
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "f") { event.preventDefault(); KEYS["/"](); }
    return;
  }
  const number = Number(event.key);
  if (number >= 1 && number <= 9) { open(order.filter(id => tabs.has(id))[number - 1]); return; }
  const action = KEYS[event.key];
  if (action) { event.preventDefault(); action(); }
});

setFollow(follow);
showThumbs(stored("thumbs", "yes") === "yes" && innerWidth > 700);
