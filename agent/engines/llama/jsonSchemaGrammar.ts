/**
 * JSON Schema → GBNF, so that every finished output is valid by construction. A keyword that a grammar cannot enforce is refused by name
 * instead of being ignored. Optional white space is at most one blank, so nothing can go on for ever between two tokens.
 */
import { EngineError } from "../engine.ts";
import { integerRange, primitives, stringRule } from "./jsonPrimitives.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Schema = { [key: string]: unknown };

const RULES_MAX = 2_000;
const ENUM_MAX = 1_000;

const annotations = new Set(
  "title description default examples $schema $id $comment $defs definitions deprecated readOnly writeOnly format strict nullable".split(
    " ",
  ),
);
const keywords: Record<string, readonly string[]> = {
  object: ["properties", "required", "additionalProperties"],
  array: ["items", "prefixItems", "minItems", "maxItems"],
  string: ["minLength", "maxLength"],
  integer: ["minimum", "maximum"],
};

const refuse = (why: string): never => {
  throw new EngineError("invalid_request", `response schema: ${why}`);
};
/** A GBNF literal of exactly this text. */
const literal = (text: string): string =>
  `"${[...text]
    .map((c) => {
      const code = c.codePointAt(0) ?? 0;
      if (c === '"' || c === "\\") return `\\${c}`;
      return code < 0x20 ? `\\x${code.toString(16).padStart(2, "0")}` : c;
    })
    .join("")}"`;

/** A value as JSON in ASCII: its characters may be split over tokens, escapes are not. */
const jsonLiteral = (value: Json, after = ""): string =>
  literal(
    JSON.stringify(value).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`) +
      after,
  );

const isSchema = (value: unknown): value is Schema =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const asCount = (value: unknown, keyword: string): number | undefined => {
  if (value === undefined) return undefined;
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuse(`${keyword} must be a whole number`);
};

function checkKeywords(schema: Schema, type: string): void {
  const known = new Set([...(keywords[type] ?? []), "type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"]);
  for (const [keyword, value] of Object.entries(schema))
    if (!known.has(keyword) && !annotations.has(keyword) && !keyword.startsWith("x-") && value !== undefined)
      refuse(`"${keyword}" is not supported${type ? ` for ${type}` : ""}`);
}

/** The type a schema means, when it does not say. */
function typesOf(schema: Schema): string[] {
  const { type } = schema;
  const named =
    typeof type === "string"
      ? [type]
      : Array.isArray(type) && type.every((t) => typeof t === "string")
        ? type
        : undefined;
  const types =
    named ??
    (schema.properties || schema.additionalProperties
      ? ["object"]
      : schema.items || schema.prefixItems
        ? ["array"]
        : []);
  return schema.nullable === true && !types.includes("null") ? [...types, "null"] : types;
}

function createWriter(root: unknown) {
  const rules = new Map<string, string>();
  const refs = new Map<string, string>();
  const add = (body: string): string => {
    if (rules.size >= RULES_MAX) refuse("too large");
    const name = `r${rules.size}`;
    rules.set(name, body);
    return name;
  };
  const union = (parts: string[]): string => (parts.length === 1 ? (parts[0] ?? "") : add(parts.join(" | ")));

  function resolve(ref: string): unknown {
    if (!ref.startsWith("#")) refuse("only local $ref is supported");
    return ref
      .slice(1)
      .split("/")
      .slice(1)
      .reduce<unknown>((at, part) => {
        const key = decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~");
        return isSchema(at) && Object.hasOwn(at, key) ? at[key] : refuse(`${ref} leads nowhere`);
      }, root);
  }
  function reference(ref: string): string {
    const known = refs.get(ref);
    if (known) return known;
    const name = add("");
    refs.set(ref, name);
    rules.set(name, rule(resolve(ref)));
    return name;
  }

  function object(schema: Schema): string {
    const properties = isSchema(schema.properties) ? schema.properties : {};
    const required = Array.isArray(schema.required)
      ? schema.required.filter((r): r is string => typeof r === "string")
      : [];
    const names = [...Object.keys(properties), ...required.filter((r) => !Object.hasOwn(properties, r))];
    if (names.length === 0) {
      const others = schema.additionalProperties ?? true;
      if (others === false) return add('"{" "}"');
      const member = `string ":" sp ${others === true ? "value" : rule(others)}`;
      return add(`"{" (${member} ("," sp ${member})*)? "}"`);
    }
    // rest(i, comma): members i… of the list; a comma precedes the next one if a member was written.
    const made = new Map<string, string>();
    const members = names.map((name) => {
      const value = Object.hasOwn(properties, name) ? rule(properties[name]) : "value";
      return { text: `${jsonLiteral(name, ":")} sp ${value}`, needed: required.includes(name) };
    });
    const rest = (i: number, comma: boolean): string => {
      const member = members[i];
      if (!member) return '""';
      const key = `${i}${comma}`;
      const known = made.get(key);
      if (known) return known;
      const taken = `${comma ? '"," sp ' : ""}${member.text} ${rest(i + 1, true)}`;
      const name = add(member.needed ? taken : `${taken} | ${rest(i + 1, comma)}`);
      made.set(key, name);
      return name;
    };
    return add(`"{" ${rest(0, false)} "}"`);
  }

  function array(schema: Schema): string {
    const min = asCount(schema.minItems, "minItems") ?? 0;
    const max = asCount(schema.maxItems, "maxItems");
    if (max !== undefined && max < min) refuse("maxItems is below minItems");
    const fixed = Array.isArray(schema.prefixItems) ? schema.prefixItems.map(rule) : [];
    if (fixed.length > 0) return add(`"[" ${fixed.join(' "," sp ')} "]"`);
    const item = schema.items === undefined ? "value" : rule(schema.items);
    if (max === 0) return add('"[" "]"');
    const more = `("," sp ${item}){${Math.max(0, min - 1)},${max === undefined ? "" : max - 1}}`;
    return add(min > 0 ? `"[" ${item} ${more} "]"` : `"[" (${item} ${more})? "]"`);
  }

  function ofType(schema: Schema, type: string): string {
    checkKeywords(schema, type);
    switch (type) {
      case "object":
        return object(schema);
      case "array":
        return array(schema);
      case "string":
        return add(
          stringRule({
            format: schema.format,
            minLength: asCount(schema.minLength, "minLength"),
            maxLength: asCount(schema.maxLength, "maxLength"),
            refuse,
          }),
        );
      case "integer":
        return add(integerRange({ minimum: schema.minimum, maximum: schema.maximum, refuse }));
      case "number":
      case "boolean":
      case "null":
        return type;
      default:
        return refuse(`unknown type ${type}`);
    }
  }

  function rule(schema: unknown): string {
    if (schema === true) return "value";
    if (!isSchema(schema)) return refuse("a schema must be an object or true");
    if (typeof schema.$ref === "string") return reference(schema.$ref);
    if ("const" in schema) return add(jsonLiteral(schema.const as Json));
    if (Array.isArray(schema.enum)) {
      if (schema.enum.length === 0 || schema.enum.length > ENUM_MAX) refuse("enum must have 1 to 1000 values");
      return add(schema.enum.map((v: Json) => jsonLiteral(v)).join(" | "));
    }
    const all = schema.allOf;
    if (Array.isArray(all))
      return all.length === 1 ? rule(all[0]) : refuse('"allOf" of several schemas is not supported');
    const any = schema.anyOf ?? schema.oneOf;
    if (Array.isArray(any)) return any.length > 0 ? union(any.map(rule)) : refuse("an empty union");
    const types = typesOf(schema);
    if (types.length === 0) checkKeywords(schema, "");
    return types.length === 0 ? "value" : union(types.map((type) => ofType(schema, type)));
  }
  return { rule, rules };
}

const write = (root: string, rules: ReadonlyMap<string, string>): string =>
  [`root ::= ${root}`, ...primitives, ...[...rules].map(([name, body]) => `${name} ::= ${body}`)].join("\n");

/**
 * A grammar whose every complete text is JSON that the schema accepts.
 * @throws EngineError `invalid_request` naming what cannot be enforced.
 */
export function grammarOfSchema(schema: unknown): string {
  const writer = createWriter(schema);
  return write(writer.rule(schema), writer.rules);
}

/** Any JSON object. */
export const objectGrammar = (): string => write("object", new Map());

/** One of these names, as a JSON string. */
export const namesGrammar = (names: readonly string[]): string =>
  write(names.map((name) => jsonLiteral(name)).join(" | "), new Map());
