// The instances of a service as the traffic sees them, every two seconds, and the buttons: calls of the API.

const EVERY_MS = 2000;
const HEALTH = { healthy: "good", draining: "warn", unhealthy: "bad" };
const BREAKER = { closed: "good", half_open: "warn", open: "bad" };

const root = document.getElementById("service");
const texts = JSON.parse(document.getElementById("service-texts").textContent);
const rows = document.getElementById("service-rows"), template = document.getElementById("service-row");
const known = new Map(); // rows by id, so that a button keeps the focus while its row changes
let timer = 0, saidUntil = 0;

function say(word, text, seconds = 0) {
  if (!seconds && Date.now() < saidUntil) return;
  saidUntil = Date.now() + 1000 * seconds;
  document.getElementById("live-dot").dataset.state = word;
  const place = document.getElementById("live-state");
  if (place.textContent !== text) place.textContent = text;
}

async function call(address, method, body) {
  const token = root.querySelector("[name=csrfmiddlewaretoken]").value;
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body), redirect: "error" });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.msg);
  return told;
}

function row(id) {
  if (known.has(id)) return known.get(id);
  const made = template.content.firstElementChild.cloneNode(true);
  made.dataset.id = id;
  for (const button of made.querySelectorAll("button")) button.addEventListener("click", () => press(id, button));
  known.set(id, made);
  return made;
}

function fill(made, name, text, state) {
  const cell = made.querySelector(`[data-field=${name}]`);
  if (cell.textContent !== String(text)) cell.textContent = text;
  if (state) cell.dataset.state = state;
}

function ago(since) { return since ? texts.since.replace("{time}", since.slice(11)) : ""; }

function breaker(made, circuit) {
  fill(made, "breaker", texts.breaker[circuit.state], BREAKER[circuit.state]);
  const wait = circuit.retry_after_seconds;
  fill(made, "since", circuit.by_hand ? texts.by_hand : wait ? texts.wait.replace("{n}", wait) : circuit.state === "closed" ? "" : ago(circuit.since));
  offer(made, "break", { open: circuit.state === "closed", close: circuit.state !== "closed" || circuit.by_hand, reset: circuit.state !== "closed" });
}

function offer(made, kind, offered) {
  for (const button of made.querySelectorAll(`[data-${kind}]`)) {
    button.hidden = !offered[button.dataset[kind]];
  }
}

function show(state) {
  const own = row("");
  fill(own, "name", texts.service);
  fill(own, "endpoint", "");
  breaker(own, state.breaker);
  offer(own, "set", {});
  const shown = state.instances.map((one) => {
    const made = row(one.id);
    fill(made, "name", one.instance_id);
    fill(made, "endpoint", one.endpoint);
    fill(made, "health", texts.health[one.status] || one.status, HEALTH[one.status]);
    fill(made, "why", one.status === "healthy" ? "" : texts.why[one.status_reason] || "");
    fill(made, "load", one.load);
    fill(made, "weight", one.weight);
    breaker(made, one.breaker);
    offer(made, "set", { draining: one.configured_status === "healthy", healthy: one.configured_status !== "healthy" });
    return made;
  });
  const order = [own, ...shown];
  if (order.length !== rows.children.length || order.some((made, place) => rows.children[place] !== made)) rows.replaceChildren(...order);
  document.getElementById("service-empty").hidden = shown.length > 0;
}

/** The form below must not put the status back when it is saved. */
function inForm(id, status) {
  for (const place of document.querySelectorAll("input[name^=instances-][name$=-id]"))
    if (place.value === id) place.form.elements[place.name.replace(/-id$/, "-status")].value = status;
}

async function press(id, button) {
  button.disabled = true;
  try {
    const { set, break: action } = button.dataset;
    const told = set
      ? await call(`${root.dataset.instances}/${id}`, "PUT", { status: set })
      : await call(root.dataset.breaker, "POST", id ? { action, instance_id: id } : { action });
    say("open", told.msg, 4);
    if (set) inForm(id, set);
  } catch (error) {
    say("refused", error.message, 8);
  }
  button.disabled = false;
  await ask();
  const row = known.get(id);
  if (button.hidden) row.querySelector("button:not([hidden])")?.focus();
}

async function ask() {
  clearTimeout(timer);
  if (!document.hidden) {
    try {
      show((await call(root.dataset.state, "GET")).content);
      say("open", texts.live);
    } catch (error) {
      say("closed", error.message || texts.lost);
    }
  }
  timer = setTimeout(ask, EVERY_MS);
}

ask();
