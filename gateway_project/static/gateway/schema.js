// What a JSON Schema (2020-12, the part that plugins use) means for a form. No page, no side effects.

const has = (object, name) => Object.prototype.hasOwnProperty.call(object ?? {}, name);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const types = (schema) => [].concat(schema.type ?? []);
const oneLine = (value) => typeof value === "string" && !/[\r\n]/.test(value);

export { has, isObject };

/** Which control shows values of this schema: choice, tick, number, text, long, lines, list, group, map or json. */
export function kindOf(schema) {
  if (has(schema, "const")) return schema.const === true ? "tick" : "choice";
  if (schema.enum) return "choice";
  const type = types(schema).find((one) => one !== "null");
  if (type === "boolean") return "tick";
  if (type === "integer" || type === "number") return "number";
  if (type === "string") return schema.pattern === undefined && schema.maxLength > 2000 ? "long" : "text";
  if (type === "array") return { text: "lines", group: "list" }[kindOf(schema.items ?? {})] ?? "json";
  if (type !== "object") return "json";
  if (schema.properties) return "group";
  return isObject(schema.additionalProperties) ? "map" : "json";
}

/** Whether the control can show this value as it is, and give it back. */
export function fits(schema, value) {
  if (value === undefined) return true;
  switch (kindOf(schema)) {
    case "choice": return (schema.enum ?? [schema.const]).includes(value);
    case "tick": return typeof value === "boolean" && (!has(schema, "const") || value === schema.const);
    case "number": return typeof value === "number" || oneLine(value) || (value === null && isNullable(schema)); // what was typed
    case "text": return oneLine(value);
    case "long": return typeof value === "string";
    case "lines": return Array.isArray(value) && value.every((one) => oneLine(one) && one.trim() === one && one !== "");
    case "list": return Array.isArray(value) && value.every(isObject);
    case "group": case "map": return isObject(value);
    default: return true;
  }
}

export function isNullable(schema) { return types(schema).includes("null"); }

export function isRequired(schema, name) { return (schema.required ?? []).includes(name); }

/** The schemas that a member of a map keeps to (core, 10.3.2), the first of them for its control. */
export function memberSchemas(schema, name) {
  if (has(schema.properties, name)) return [schema.properties[name]];
  const found = Object.entries(schema.patternProperties ?? {}).filter(([pattern]) => new RegExp(pattern, "u").test(name));
  return found.length ? found.map(([, one]) => one) : [schema.additionalProperties ?? {}];
}

export function isSecret(schemas) { return schemas.some((one) => one.writeOnly); }

/** Whether leaving the value out means something else than an empty one, and an empty one is allowed. */
export function emptyMatters(schema) {
  if (kindOf(schema) === "lines") return !schema.minItems && !(Array.isArray(schema.default) && schema.default.length === 0);
  if (schema.default === "" || schema.minLength > 0) return false;
  return schema.pattern === undefined || new RegExp(schema.pattern, "u").test("");
}

/** The bounds of a number, by the names of the texts that tell them. */
export function bounds(schema) {
  const low = schema.minimum, high = schema.maximum, above = schema.exclusiveMinimum;
  const told = [];
  if (low !== undefined && high !== undefined) return [["between", { low, high }]];
  if (low !== undefined) told.push(["at_least", { low }]);
  if (above !== undefined) told.push(["more_than", { low: above }]);
  if (high !== undefined) told.push(["at_most", { high }]);
  return told;
}

/** What is seen of a value in a sentence. */
export function shownValue(value, words) {
  if (value === true) return words.yes;
  if (value === false) return words.no;
  if (Array.isArray(value)) return value.map(String).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
