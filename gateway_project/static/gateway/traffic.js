// The page of live traffic: rows as requests end, drawn at most four times a second, and the details of one of them.

import "./copying.js";
import { follow } from "./events.js";

const DRAW_MS = 250;
const FILTERS = ["route", "service", "user", "status", "slow"];
const HIDDEN_FACTS = new Set(["method", "path", "status"]);
const COPIED_FACTS = new Set(["request_id", "trace_id"]);

const root = document.getElementById("traffic");
const texts = JSON.parse(document.getElementById("live-texts").textContent);
const most = Number(root.dataset.most);
const part = (id) => document.getElementById(id);
const rows = part("live-rows"), detail = part("live-detail"), form = root.querySelector("form"), pause = part("live-pause");

let waiting = [], shown = 0, skipped = 0, paused = false, stream = null, open = null, state = "connecting", why = "";

function field(name) { return form.elements[name]; }

function query() {
  const asked = new URLSearchParams();
  for (const name of FILTERS) if (field(name).value.trim()) asked.set(name, field(name).value.trim());
  return asked.toString();
}

function watch() {
  if (!form.reportValidity()) return;
  const asked = query();
  if (stream) stream.stop();
  history.replaceState(null, "", asked ? `?${asked}` : location.pathname);
  waiting = [];
  rows.replaceChildren();
  shown = skipped = 0;
  close();
  state = "connecting";
  part("live-empty-any").hidden = Boolean(asked);
  part("live-empty-filtered").hidden = !asked;
  draw();
  stream = follow(asked ? `${root.dataset.events}?${asked}` : root.dataset.events, {
    event(name, data) {
      if (name === "request") waiting.push(data);
      if (name === "skipped") skipped += data;
      if (waiting.length > most) waiting.splice(0, waiting.length - most);
    },
    state(word, text) { state = word; why = text; draw(); },
  });
}

function row(record) {
  const made = part("live-row").content.firstElementChild.cloneNode(true);
  for (const cell of made.querySelectorAll("[data-field]")) cell.textContent = record[cell.dataset.field];
  const cell = (name) => made.querySelector(`[data-field=${name}]`);
  const ended = new Date(record.time);
  cell("time").textContent = `${ended.toTimeString().slice(0, 8)}.${String(ended.getMilliseconds()).padStart(3, "0")}`;
  cell("time").title = record.time;
  cell("status").dataset.class = Math.floor(record.status / 100);
  cell("ms").textContent = `${record.ms < 10 ? record.ms.toFixed(1) : Math.round(record.ms)} ms`;
  const button = made.querySelector(".live-open");
  button.title = record.path;
  button.addEventListener("click", () => (open === made ? close() : show(made, record)));
  return made;
}

function draw() {
  const text = why || (paused && state === "open" ? texts.paused : texts[state]);
  const dot = paused && state === "open" ? "paused" : state;
  if (part("live-state").textContent !== text) part("live-state").textContent = text;
  part("live-dot").dataset.state = dot;
  if (!paused && waiting.length) {
    waiting.sort((one, other) => (one.time < other.time ? 1 : -1)); // workers report in turn
    rows.prepend(...waiting.map(row));
    shown += waiting.length;
    waiting = [];
    while (rows.children.length > most) rows.lastElementChild.remove();
  }
  const counts = [texts.shown.replace("{n}", shown)];
  if (paused) counts.push(texts.waiting.replace("{n}", waiting.length));
  if (skipped) counts.push(texts.skipped.replace("{n}", skipped));
  part("live-count").textContent = counts.join(" · ");
  part("live-empty").hidden = rows.children.length > 0;
}

function show(made, record) {
  close();
  open = made;
  made.setAttribute("aria-selected", "true");
  made.querySelector(".live-open").setAttribute("aria-expanded", "true");
  part("live-detail-title").textContent = `${record.status} ${record.method} ${record.path}`;
  const own = Math.max(0, record.ms - record.upstream_ms), total = Math.max(record.ms, 0.001);
  const split = part("live-split");
  split.setAttribute("aria-label", texts.split.replace("{own}", own.toFixed(2)).replace("{upstream}", record.upstream_ms));
  split.title = split.getAttribute("aria-label");
  split.children[0].style.width = `${(100 * own) / total}%`;
  split.children[1].style.width = `${(100 * record.upstream_ms) / total}%`;
  const facts = Object.entries({ ...record, gateway_ms: own.toFixed(3) });
  part("live-facts").replaceChildren(...facts.filter(([name, value]) => value !== "" && !HIDDEN_FACTS.has(name)).flatMap(fact));
  for (const link of detail.querySelectorAll("[data-to]")) to(link, record);
  for (const button of detail.querySelectorAll("[data-only]")) button.hidden = !record[button.dataset.only];
  detail.dataset.route = record.route;
  detail.dataset.user = record.user;
  detail.hidden = false;
  detail.scrollIntoView({ block: "nearest" });
}

function fact([name, value]) {
  const term = document.createElement("dt"), told = document.createElement("dd"), text = document.createElement("bdi");
  term.textContent = texts.facts[name] || name;
  text.textContent = String(value);
  told.append(text);
  if (COPIED_FACTS.has(name)) told.append(" ", copying(term.textContent, text.textContent));
  return [term, told];
}

function copying(name, text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "own-copy";
  button.dataset.copy = text;
  button.textContent = texts.copy;
  button.setAttribute("aria-label", `${texts.copy}: ${name}`);
  return button;
}

function to(link, record) {
  const values = { explain: { method: record.method, path: record.path }, route: { name: record.route }, service: { name: record.service } };
  const wanted = values[link.dataset.to];
  link.hidden = "name" in wanted && !wanted.name;
  link.href = `${link.getAttribute("href").split("?")[0]}?${new URLSearchParams(wanted)}`;
}

function close() {
  if (open) {
    open.removeAttribute("aria-selected");
    open.querySelector(".live-open").setAttribute("aria-expanded", "false");
  }
  open = null;
  detail.hidden = true;
}

function move(event) {
  const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
  const next = step && event.target.closest("tr")?.[step];
  if (!next) return;
  event.preventDefault();
  next.querySelector(".live-open").focus();
}

function pauseOrGoOn() {
  paused = !paused;
  pause.textContent = paused ? texts.go_on : texts.pause;
  pause.setAttribute("aria-pressed", String(paused));
  draw();
}

for (const [name, value] of new URLSearchParams(location.search)) if (FILTERS.includes(name)) field(name).value = value;
form.addEventListener("submit", (event) => { event.preventDefault(); watch(); });
form.addEventListener("change", watch);
part("live-all").addEventListener("click", () => { for (const name of FILTERS) field(name).value = ""; watch(); });
pause.addEventListener("click", pauseOrGoOn);
part("live-close").addEventListener("click", () => { const row = open; close(); row.querySelector(".live-open").focus(); });
rows.addEventListener("keydown", move);
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && open) part("live-close").click(); });
for (const button of detail.querySelectorAll("[data-only]")) button.addEventListener("click", () => {
  field(button.dataset.only).value = detail.dataset[button.dataset.only];
  watch();
});
setInterval(draw, DRAW_MS);
watch();
