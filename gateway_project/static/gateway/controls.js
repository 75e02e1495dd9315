// Controls for values, made from their schemas. Each is { node, read(), focus() }: `read` gives the value, undefined for one
// that is left out. What nobody has touched is given back as it came.

import { bounds, emptyMatters, fits, has, isNullable, isObject, isRequired, isSecret, kindOf, memberSchemas, shownValue } from "./schema.js";

const MASK = "********";
let numbers = 0;

export function make(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

export const filled = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => (name in values ? String(values[name]) : all));

/** Text with what stands in backticks as code. */
function told(text) {
  return text.split("`").map((part, place) => (place % 2 ? make("code", { textContent: part }) : part));
}

/** `form` holds what all controls of an editor share: `words`, `places`, by which errors find their field, `changed`. */
export function control(form, schema, value, options) {
  const asked = { name: "", place: "", required: false, ...options };
  const kind = fits(schema, value) ? kindOf(schema) : "json";
  return MAKERS[kind](form, schema, value, asked);
}

const MAKERS = { choice, tick, number, text, long: text, lines, list, group, map, json };

function helpOf(form, schema, asked) {
  const { words } = form, parts = [];
  if (schema.description) parts.push(...told(schema.description));
  for (const [word, values] of kindOf(schema) === "number" ? bounds(schema) : []) parts.push(" ", filled(words[word], values));
  if (kindOf(schema) === "lines") parts.push(" ", words.lines);
  if (has(schema, "default") && !isObject(schema.default) && shownValue(schema.default, words) !== "")
    parts.push(" ", filled(words.default, { value: shownValue(schema.default, words) }));
  if (asked.secret) parts.push(" ", filled(words.secret, { mask: MASK }));
  return parts;
}

/** A row: label, control, what is said of it, and room for its errors. */
function row(form, schema, asked, input, ...more) {
  const id = `plugin-value-${++numbers}`;
  input.id = id;
  const label = make("label", { for: id }, asked.plain ? asked.name : make("code", { textContent: asked.name }));
  if (asked.required) label.append(make("span", { className: "plugin-required", textContent: ` ${form.words.required}` }));
  const help = make("p", { className: "own-help", id: `${id}-help` }, ...helpOf(form, schema, asked));
  const errors = make("ul", { className: "own-errors", id: `${id}-errors`, role: "alert" });
  input.setAttribute("aria-describedby", `${id}-help ${id}-errors`);
  if (asked.required) input.setAttribute("aria-required", "true");
  const isTick = input.type === "checkbox";
  const node = make("div", { className: `plugin-row${isTick ? " plugin-tick" : ""}` }, ...(isTick ? [input, label] : [label, input]), ...more, help, errors);
  register(form, asked.place, input, errors);
  return node;
}

function register(form, place, input, errors) {
  form.places.set(place, (text) => {
    errors.append(make("li", { textContent: text }));
    if (input) input.setAttribute("aria-invalid", "true");
    for (let above = errors.parentElement; above; above = above.parentElement) if (above.tagName === "DETAILS") above.open = true;
  });
}

function leaf(form, schema, value, asked, input, read, ...more) {
  let touched = false;
  const node = row(form, schema, asked, input, ...more);
  for (const kind of ["input", "change"]) node.addEventListener(kind, () => { touched = true; form.changed(); });
  return { node, read: () => (touched ? read() : value), focus: () => input.focus(), touch: () => { touched = true; }, input };
}

function choice(form, schema, value, asked) {
  const values = schema.enum ?? [schema.const];
  const select = make("select", { className: "plugin-input" });
  if (!asked.required || value === undefined) {
    const left = has(schema, "default") ? filled(form.words.default, { value: shownValue(schema.default, form.words) }) : form.words.not_set;
    select.append(make("option", { value: "", textContent: left }));
  }
  values.forEach((one, place) => select.append(make("option", { value: String(place), textContent: shownValue(one, form.words) })));
  select.value = value === undefined ? "" : String(values.indexOf(value));
  return leaf(form, schema, value, asked, select, () => (select.value === "" ? undefined : values[Number(select.value)]));
}

function tick(form, schema, value, asked) {
  const standing = schema.default ?? false;
  const input = make("input", { type: "checkbox", checked: value ?? standing });
  return leaf(form, schema, value, asked, input, () => {
    if (has(schema, "const")) return input.checked ? schema.const : undefined;
    return input.checked === standing && !asked.required ? undefined : input.checked;
  });
}

function number(form, schema, value, asked) {
  const whole = [].concat(schema.type).includes("integer");
  const input = make("input", { type: "text", inputMode: whole ? "numeric" : "decimal", className: "plugin-input plugin-number", autocomplete: "off" });
  input.value = value === undefined || value === null ? "" : String(value);
  if (typeof schema.default === "number") input.placeholder = String(schema.default);
  const nothing = isNullable(schema) ? make("input", { type: "checkbox", checked: value === null }) : null;
  const more = nothing ? [make("label", { className: "plugin-beside" }, nothing, ` ${form.words.nothing}`)] : [];
  const state = () => { input.disabled = Boolean(nothing?.checked); };
  nothing?.addEventListener("change", state);
  state();
  return leaf(form, schema, value, asked, input, () => {
    if (nothing?.checked) return null;
    const typed = input.value.trim();
    return typed === "" ? undefined : /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(typed) ? Number(typed) : typed; // the server says of what
  }, ...more);
}

/** A tick that says an empty value is meant, for values where leaving them out is something else. */
function emptyTick(form, schema, value, asked, input, help) {
  if (asked.required || !emptyMatters(schema)) return null;
  const meant = make("input", { type: "checkbox", checked: value !== undefined && value.length === 0 });
  const label = make("label", { className: "plugin-beside", title: help }, meant, ` ${form.words.empty}`);
  const state = () => { label.hidden = input.value.trim() !== ""; };
  input.addEventListener("input", state);
  state();
  return { label, isMeant: () => meant.checked };
}

function text(form, schema, value, asked) {
  const long = kindOf(schema) === "long";
  const input = make(long ? "textarea" : "input", { className: "plugin-input", spellcheck: false, autocomplete: "off", value: value ?? "" });
  if (long) input.rows = 3;
  else secretOrNot(input, asked.secret || schema.writeOnly);
  if (typeof schema.default === "string") input.placeholder = schema.default;
  const empty = emptyTick(form, schema, value, asked, input, form.words.empty_text_help);
  const read = () => (input.value !== "" || asked.required || empty?.isMeant() ? input.value : undefined);
  return leaf(form, schema, value, { ...asked, secret: asked.secret || schema.writeOnly }, input, read, ...(empty ? [empty.label] : []));
}

function secretOrNot(input, secret) {
  input.type = secret ? "password" : "text";
  input.autocomplete = secret ? "new-password" : "off";
}

function lines(form, schema, value, asked) {
  const input = make("textarea", { className: "plugin-input", rows: 2, spellcheck: false, value: (value ?? []).join("\n") });
  if (Array.isArray(schema.default)) input.placeholder = schema.default.join("\n");
  const grow = () => { input.rows = Math.min(12, Math.max(2, input.value.split("\n").length)); };
  input.addEventListener("input", grow);
  grow();
  const empty = emptyTick(form, schema, value, asked, input, form.words.empty_list_help);
  return leaf(form, schema, value, asked, input, () => {
    const found = input.value.split("\n").map((one) => one.trim()).filter(Boolean);
    return found.length || asked.required || empty?.isMeant() ? found : undefined;
  }, ...(empty ? [empty.label] : []));
}

/** What no other control can show: the value as JSON. One that is none keeps the page from being sent. */
function json(form, schema, value, asked) {
  const text = value === undefined ? "" : JSON.stringify(value, null, 2);
  const input = make("textarea", { className: "plugin-input font-mono", rows: Math.min(12, Math.max(3, text.split("\n").length)), spellcheck: false, value: text });
  const note = make("p", { className: "own-errors", role: "status" });
  let found = value;
  const problem = { input, text: "" };
  form.problems.add(problem);
  input.addEventListener("input", () => {
    try {
      found = input.value.trim() ? JSON.parse(input.value) : undefined;
      problem.text = "";
    } catch (error) {
      problem.text = filled(form.words.not_json, { problem: error.message });
    }
    note.textContent = problem.text;
    input.toggleAttribute("aria-invalid", Boolean(problem.text));
  });
  const described = { ...schema, description: `${schema.description ?? ""} ${form.words.json}`.trim() };
  return leaf(form, described, value, asked, input, () => found, note);
}

function button(text, label, onPress) {
  const made = make("button", { type: "button", className: "plugin-button", textContent: text });
  if (label !== text) made.setAttribute("aria-label", label);
  made.addEventListener("click", onPress);
  return made;
}

/** A framed part with a heading, a line of help, its controls, and room for errors of the whole. */
function frame(form, asked, description, ...tools) {
  const errors = make("ul", { className: "own-errors", role: "alert" });
  const legend = make("legend", {}, make("code", { textContent: asked.name }));
  if (asked.required) legend.append(make("span", { className: "plugin-required", textContent: ` ${form.words.required}` }));
  const node = make("fieldset", { className: "plugin-frame" }, legend);
  if (description) node.append(make("p", { className: "own-help" }, ...told(description)));
  const body = make("div", { className: "plugin-body" });
  const foot = make("div", { className: "plugin-foot" }, ...tools);
  node.append(body, foot, errors);
  register(form, asked.place, null, errors);
  return { node, body, foot };
}

/** The members that a schema names; those it does not know follow as JSON, so that nothing is lost. */
export function group(form, schema, value, asked) {
  const given = value ?? {};
  const parts = Object.entries(schema.properties).map(([name, own]) => [name, member(form, schema, own, given[name], name, asked)]);
  for (const name of Object.keys(given)) {
    if (!has(schema.properties, name) && !(asked.except ?? []).includes(name))
      parts.push([name, json(form, {}, given[name], { name, place: inside(asked.place, name) })]);
  }
  const nodes = parts.map(([, part]) => part.node);
  const read = () => Object.fromEntries(parts.map(([name, part]) => [name, part.read()]).filter(([, one]) => one !== undefined));
  const focus = () => parts[0]?.[1].focus();
  if (asked.bare) {
    const errors = make("ul", { className: "own-errors", role: "alert" });
    register(form, asked.place, null, errors);
    return { node: make("div", { className: "plugin-body" }, ...nodes, errors), read, focus };
  }
  const made = frame(form, asked, schema.description);
  made.body.append(...nodes);
  return { node: made.node, read, focus, foot: made.foot };
}

function inside(place, name) { return `${place}.${name}`; }

function member(form, schema, own, value, name, asked) {
  const options = { name, place: inside(asked.place, name), required: isRequired(schema, name) };
  const kind = kindOf(own);
  const optional = !options.required && ["group", "map", "list"].includes(kind);
  return optional ? removable(form, own, value, options) : control(form, own, kind === "group" ? value ?? {} : value, options);
}

/** A part that may be absent as a whole: a button adds it, another removes it. */
function removable(form, schema, value, asked) {
  const { words } = form, node = make("div");
  let inner = null;
  const drop = () => { inner = null; show(); form.changed(); node.querySelector("button").focus(); };
  const add = (given) => {
    inner = control(form, schema, given, asked);
    const remove = button(words.remove, filled(words.remove_named, { name: asked.name }), drop);
    (inner.foot ?? inner.node).append(remove);
  };
  const show = () => {
    if (inner) return node.replaceChildren(inner.node);
    const press = () => { add(kindOf(schema) === "list" ? [] : {}); show(); form.changed(); inner.focus(); };
    const label = filled(words.add_named, { name: asked.name });
    node.replaceChildren(make("div", { className: "plugin-absent" }, button(`+ ${asked.name}`, label, press), make("span", { className: "own-help" }, ...told(schema.description ?? ""))));
  };
  if (value !== undefined) add(value);
  show();
  return { node, read: () => inner?.read(), focus: () => (inner ?? node.querySelector("button")).focus() };
}

/** Objects in their order. */
function list(form, schema, value, asked) {
  const { words } = form, entries = [];
  const add = (given) => {
    const number = entries.length;
    const name = filled(words.entry, { name: asked.name, n: number + 1 });
    const inner = group(form, { ...schema.items, description: "" }, given, { name, place: inside(asked.place, number) });
    entries.push(inner);
    return inner;
  };
  const made = frame(form, asked, schema.description);
  const more = button(`+ ${asked.name}`, filled(words.add_named, { name: asked.name }), () => {
    const inner = add({});
    draw();
    form.changed();
    inner.focus();
  });
  const again = (values) => { entries.length = 0; values.forEach(add); draw(); form.changed(); };
  const draw = () => {
    made.body.replaceChildren(...entries.map((one) => one.node));
    entries.forEach((one, place) => {
      const name = filled(words.entry, { name: asked.name, n: place + 1 });
      const tools = [button(words.remove, filled(words.remove_named, { name }), () => {
        again(entries.filter((other) => other !== one).map((other) => other.read()));
        more.focus();
      })];
      if (place) tools.unshift(button("↑", filled(words.up, { name }), () => {
        const values = entries.map((other) => other.read());
        values.splice(place - 1, 2, values[place], values[place - 1]);
        again(values);
        entries[place - 1].focus();
      }));
      one.foot.replaceChildren(...tools);
    });
  };
  (value ?? []).forEach(add);
  if (!entries.length && asked.required) add({});
  draw();
  made.foot.append(more);
  return { node: made.node, foot: made.foot, read: () => entries.map((one) => one.read()), focus: () => (entries[0] ?? more).focus() };
}

/** Names of the person's choosing, each with a value. A name that is there twice keeps the page from being sent. */
function map(form, schema, value, asked) {
  const { words } = form, rows = new Set();
  const made = frame(form, asked, schema.description);
  const twice = { input: null, text: "" };
  form.problems.add(twice);
  const judge = () => {
    const seen = new Set();
    twice.text = "";
    for (const one of rows) {
      const again = one.key.value !== "" && seen.has(one.key.value);
      one.note.textContent = again ? words.twice : "";
      if (again) Object.assign(twice, { input: one.key, text: words.twice });
      seen.add(one.key.value);
    }
  };
  const add = (name, given) => {
    const entry = mapEntry(form, schema, name, given, asked, judge, () => { rows.delete(entry); entry.node.remove(); judge(); form.changed(); more.focus(); });
    rows.add(entry);
    made.body.append(entry.node);
    return entry;
  };
  const more = button(`+ ${asked.name}`, filled(words.add_named, { name: asked.name }), () => add("", undefined).key.focus());
  for (const [name, given] of Object.entries(value ?? {})) add(name, given);
  made.foot.append(more);
  const read = () => Object.fromEntries([...rows].map((one) => [one.key.value, one.read()]).filter(([name, one]) => name !== "" || (one !== "" && one !== undefined && !isEmpty(one))));
  const focus = () => ([...rows][0]?.key ?? more).focus();
  if (!rows.size && asked.required) add("", undefined);
  return { node: made.node, foot: made.foot, read, focus };
}

function isEmpty(value) { return isObject(value) && Object.keys(value).length === 0; }

function mapEntry(form, schema, name, given, asked, judge, drop) {
  const { words } = form;
  const key = make("input", { type: "text", className: "plugin-input", value: name, autocomplete: "off", spellcheck: false, placeholder: words.map_name, "aria-label": words.map_name });
  const note = make("p", { className: "own-errors", role: "status" });
  const own = memberSchemas(schema, name)[0];
  const isText = kindOf(own) === "text";
  const inner = control(form, { ...own, description: isText ? "" : own.description }, given ?? (isText ? "" : undefined), {
    name: words.map_value, place: inside(asked.place, name), required: true, secret: isSecret(memberSchemas(schema, name)), bare: true,
  });
  key.addEventListener("input", () => {
    const secret = isSecret(memberSchemas(schema, key.value));
    if (isText && inner.input && (secret || inner.input.type === "password")) secretOrNot(inner.input, secret);
    judge();
    form.changed();
  });
  const remove = button(words.remove, filled(words.remove_named, { name: name || asked.name }), drop);
  const node = make("div", { className: `plugin-entry${isText ? " plugin-pair" : ""}` }, key, inner.node, remove, note);
  return { node, key, note, read: inner.read };
}
