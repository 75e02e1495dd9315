// The overview: figures of this moment, plots of the last minutes and of the past. It asks only while somebody looks.

import { Plot, short } from "./plot.js";

const EVERY_MS = 1000, KEPT = 300, SMOOTH = 5;
const QUANTILES = { p50: 0.5, p95: 0.95, p99: 0.99 };

const root = document.getElementById("overview");
const texts = JSON.parse(document.getElementById("overview-texts").textContent);
const part = (id) => document.getElementById(id);
const taken = []; // answers, the newest last

const LINES = Object.keys(QUANTILES).map((name, place) => ({ name, unit: " ms", kind: ["first", "second", "bad"][place] }));
const plots = {
  rate: new Plot(part("plot-rate"), [
    { name: texts.requests, unit: " /s", kind: "first", filled: true },
    { name: texts.errors, unit: " /s", kind: "bad" },
    { name: texts.limited, unit: " /s", kind: "second" },
  ], texts),
  times: new Plot(part("plot-times"), LINES, texts),
  pastTimes: new Plot(part("plot-past-times"), LINES, texts),
};

/** What `share` of the observations do not exceed, in milliseconds; as proxy/metering/buckets.py does it. */
export function quantile(share, counts, bounds) {
  const rank = share * counts.reduce((sum, count) => sum + count, 0);
  if (!rank) return null;
  let below = 0, lower = 0;
  for (let place = 0; place < bounds.length; place++) {
    if (counts[place] && below + counts[place] >= rank) return 1000 * (lower + ((bounds[place] - lower) * (rank - below)) / counts[place]);
    below += counts[place];
    lower = bounds[place];
  }
  return 1000 * lower;
}

/** Rates between two answers. Figures that are smaller than before are those of a new run. */
function between(one, other) {
  const seconds = other.at - one.at, added = other.sums.map((value, place) => value - one.sums[place]);
  if (seconds <= 0 || added.some((value) => value < 0)) return null;
  const [errors, limited, asked, hits, ...counts] = added;
  const requests = counts.reduce((sum, count) => sum + count, 0);
  const found = { requests: requests / seconds, errors: errors / seconds, limited: limited / seconds };
  found.share = requests ? (100 * errors) / requests : 0;
  found.cached = asked ? (100 * hits) / asked : null;
  for (const [name, share] of Object.entries(QUANTILES)) found[name] = quantile(share, counts, other.bounds);
  return found;
}

function take(answer) {
  taken.push(answer);
  if (taken.length > KEPT) taken.shift();
  const points = taken.slice(1).map((other, place) => between(taken[Math.max(0, place + 1 - SMOOTH)], other));
  const times = taken.slice(1).map((other) => other.at * 1000);
  const line = (name) => points.map((point) => (point ? point[name] : null));
  plots.rate.show(times, ["requests", "errors", "limited"].map(line), clock);
  plots.times.show(times, Object.keys(QUANTILES).map(line), clock);
  const now = points.at(-1);
  if (now) for (const tile of root.querySelectorAll("[data-figure]")) fill(tile, now[tile.dataset.figure]);
  moment(answer.moment);
}

function fill(tile, value) {
  tile.textContent = value === null ? "–" : short(value) + (tile.dataset.unit || "");
  if (tile.dataset.alarm) tile.dataset.state = value >= Number(tile.dataset.alarm) ? "bad" : "";
}

function moment(found) {
  say("instances", found.healthy, texts.of.replace("{n}", found.instances), found.healthy < found.instances);
  const named = found.breakers.map((one) => `${one.service}: ${one.instance || texts.service_breaker}`);
  say("breakers", found.open, named.slice(0, 3).join(", "), found.open > 0);
  if (!("workers" in found)) return;
  const behind = texts.behind.replace("{names}", found.behind.join(", "));
  say("workers", found.workers, (found.behind.length ? behind : texts.serving).replace("{n}", found.revision), found.behind.length > 0);
  say("problems", found.problems, "", found.problems > 0);
}

function say(name, value, note, isBad) {
  const card = root.querySelector(`[data-moment=${name}]`);
  card.querySelector("b").textContent = value;
  card.querySelector("b").dataset.state = isBad ? "bad" : "";
  card.querySelector("small").textContent = note;
}

function clock(time) { return new Date(time).toTimeString().slice(0, 8); }

function state(word, text) {
  part("live-dot").dataset.state = word;
  if (part("live-state").textContent !== text) part("live-state").textContent = text;
}

async function ask() {
  if (!document.hidden) {
    try {
      const answer = await fetch(root.dataset.figures, { headers: { Accept: "application/json" }, redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.json());
      state("open", texts.live);
    } catch {
      state("closed", texts.lost);
    }
  }
  setTimeout(ask, EVERY_MS);
}

async function past(span) {
  for (const button of root.querySelectorAll("[data-span]")) button.setAttribute("aria-pressed", String(button.dataset.span === span));
  const answer = await fetch(root.dataset.history.replace("SPAN", span));
  if (!answer.ok) return;
  const { by, points } = await answer.json();
  const label = (time) => day(new Date(time), span);
  const counts = new Plot(part("plot-past"), [
    { name: texts[`requests_${by}`], unit: "", kind: "first", filled: true },
    { name: texts[`errors_${by}`], unit: "", kind: "bad" },
  ], texts);
  const times = points.map((point) => Date.parse(point.time));
  const line = (name) => points.map((point) => point[name]);
  counts.show(times, [line("requests"), line("errors")], label);
  plots.pastTimes.show(times, Object.keys(QUANTILES).map((name) => line(`${name}_ms`)), label);
}

function day(date, span) {
  const hour = { hour: "2-digit", minute: "2-digit", hour12: false }, place = { month: "numeric", day: "numeric" };
  return date.toLocaleString(document.documentElement.lang, span === "day" ? hour : span === "week" ? { ...place, ...hour } : place);
}

for (const button of root.querySelectorAll("[data-span]")) button.addEventListener("click", () => past(button.dataset.span));
ask();
past("day");
