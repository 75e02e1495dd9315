// Makes forms of the texts in which a page of the console holds configurations of plugins. What is sent is the text; every
// change of a form writes it. A text that is no form's stays a text, and so does every one where this script does not run.

import { control, filled, group, make } from "./controls.js";
import { fits, has, isObject } from "./schema.js";

const ENABLED = "enabled";

for (const area of document.querySelectorAll("textarea[data-plugins]")) edit(area);

function edit(area) {
  const data = JSON.parse(document.getElementById(area.dataset.plugins).textContent);
  const { words } = data, known = new Map(data.plugins.map((one) => [one.name, one]));
  const single = Boolean(data.chosen_by || data.plugin);
  const chooser = data.chosen_by ? document.getElementById(data.chosen_by) : null;
  const chosen = () => data.plugin || chooser?.value || "";
  const form = { words, places: new Map(), problems: new Set(), changed: write };
  const note = make("p", { className: "own-errors", role: "status" });
  const body = make("div", { className: "plugin-editor" });
  const views = { form: view(words.as_form, "form"), json: view(words.as_json, "json") };
  const bar = make("div", { className: "plugin-bar", role: "group", "aria-label": words.view }, views.form, views.json);
  const typed = new Map(); // what stood in the form of a plugin that is chosen no more
  let cards = [], mode = "json", shown = "";

  function view(text, name) {
    const made = make("button", { type: "button", className: "plugin-button", textContent: text });
    made.addEventListener("click", () => turn(name));
    return made;
  }

  function turn(wanted) {
    note.textContent = "";
    if (wanted === "form") {
      const problem = draw();
      if (problem) {
        note.textContent = filled(words.stays_json, { problem });
        wanted = "json";
      }
    }
    mode = wanted;
    area.hidden = mode === "form";
    body.hidden = mode !== "form";
    for (const [name, made] of Object.entries(views)) made.setAttribute("aria-pressed", String(name === mode));
  }

  /** The forms of what the text says; a text of what is wrong with it, if something is. */
  function draw() {
    let value;
    try {
      value = area.value.trim() ? JSON.parse(area.value) : {};
    } catch (error) {
      return error.message;
    }
    if (!isObject(value)) return words.not_object;
    form.places.clear();
    form.problems.clear();
    shown = chosen();
    if (single && !known.has(shown)) {
      cards = [];
      body.replaceChildren(make("p", { className: "own-help", textContent: words.choose }));
      return "";
    }
    cards = (single ? [[shown, value]] : Object.entries(value)).map(([name, config]) => card(name, config));
    arrange();
    return "";
  }

  function arrange() {
    const none = cards.length ? [] : [make("p", { className: "own-help", textContent: words.none })];
    body.replaceChildren(...none, ...cards.map((one) => one.node), ...(single ? [] : [adder()]));
  }

  function write() {
    const found = single ? cards[0]?.read() : Object.fromEntries(cards.map((one) => [one.name, one.read()]));
    area.value = JSON.stringify(found ?? {}, null, 2);
    area.dispatchEvent(new Event("change", { bubbles: true })); // for what warns of forms that are not saved
  }

  function card(name, config) {
    const plugin = known.get(name);
    const schema = plugin?.schema ?? {};
    const node = make("section", { className: "plugin-card" });
    const title = make("h3", { id: `plugin-${name}-title` }, make("code", { textContent: name }));
    const head = make("header", {}, title, make("p", { className: "own-help", textContent: plugin?.about ?? words.unknown }));
    node.setAttribute("aria-labelledby", title.id);
    node.append(head);
    const inner = plugin && isObject(config) && fits(schema, config) ? formOf(schema, name, config) : control(form, {}, config, { name: words.as_json, place: name });
    if (!single) head.append(removal(name));
    node.append(inner.node);
    return { name, node, read: inner.read, focus: inner.focus };
  }

  /** A plugin's own form, and above it whether it is in force. */
  function formOf(schema, name, config) {
    const own = { type: "boolean", default: true, description: words.in_force_help };
    const standing = has(config, ENABLED) ? config[ENABLED] : undefined;
    const enabled = control(form, own, standing, { name: words.in_force, place: `${name}.${ENABLED}`, plain: true });
    const inner = group(form, schema, config, { name, place: name, bare: true, except: [ENABLED] });
    const node = make("div", { className: "plugin-body" }, enabled.node, inner.node);
    const read = () => {
      const found = enabled.read();
      return { ...(found === undefined ? {} : { [ENABLED]: found }), ...inner.read() };
    };
    return { node, read, focus: inner.focus };
  }

  function removal(name) {
    const made = make("button", { type: "button", className: "plugin-button", textContent: words.remove, "aria-label": filled(words.remove_named, { name }) });
    made.addEventListener("click", () => {
      cards = cards.filter((one) => one.name !== name);
      arrange();
      write();
      body.querySelector(".plugin-add > summary").focus();
    });
    return made;
  }

  function adder() {
    const left = data.plugins.filter((one) => !cards.some((card) => card.name === one.name));
    const items = left.map((one) => {
      const pick = make("button", { type: "button", className: "plugin-pick" }, make("code", { textContent: one.name }), make("span", { textContent: one.about }));
      pick.addEventListener("click", () => {
        const made = card(one.name, {});
        cards.push(made);
        arrange();
        write();
        made.focus();
        made.node.scrollIntoView({ block: "nearest" });
      });
      return make("li", {}, pick);
    });
    const summary = make("summary", { className: "plugin-button", textContent: words.add });
    return make("details", { className: "plugin-add" }, summary, make("ul", {}, ...items));
  }

  /** What the server has found wrong goes to the field it is about; what fits none stays where it is. */
  function place() {
    const scope = area.closest(".field-line, .form-row, .grow") ?? area.parentElement;
    for (const item of scope.querySelectorAll(".errorlist li")) {
      const told = /^([^:]+): ([^]*)$/.exec(item.textContent.trim());
      if (told && tell(single ? told[1] : told[1], told[2])) item.hidden = true;
    }
  }

  function tell(where, problem) {
    const missing = /^'([^']+)' is a required property/.exec(problem);
    const own = missing && form.places.get(`${where}.${missing[1]}`);
    if (own) return own(problem), true;
    for (let at = where, rest = ""; at; ) {
      const found = form.places.get(at);
      if (found) return found(/^\d+$/.test(rest) ? filled(words.line, { n: Number(rest) + 1, problem }) : problem), true;
      const cut = at.lastIndexOf(".");
      if (cut < 0) return false;
      rest = at.slice(cut + 1);
      at = at.slice(0, cut);
    }
    return false;
  }

  chooser?.addEventListener("change", () => {
    typed.set(shown, area.value);
    area.value = typed.get(chosen()) ?? "";
    turn(mode);
  });
  area.form?.addEventListener("submit", (event) => {
    const open = mode === "form" && [...form.problems].find((one) => one.text && one.input?.isConnected);
    if (!open) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    open.input.focus();
  }, true);
  area.before(bar, note);
  area.after(body);
  turn("form");
  place();
}
