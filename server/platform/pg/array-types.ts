import type { Sql } from "./connect.ts";

/** Element type → array type, by their fixed OIDs (pg_type.dat), for the types that our tables and statements use. */
const arrays: Readonly<Record<number, number>> = {
  16: 1000, // bool
  17: 1001, // bytea
  18: 1002, // char
  19: 1003, // name
  20: 1016, // int8
  21: 1005, // int2
  23: 1007, // int4
  25: 1009, // text
  26: 1028, // oid
  114: 199, // json
  700: 1021, // float4
  701: 1022, // float8
  1042: 1014, // bpchar
  1043: 1015, // varchar
  1082: 1182, // date
  1114: 1115, // timestamp
  1184: 1185, // timestamptz
  1700: 1231, // numeric
  2950: 2951, // uuid
  3802: 3807, // jsonb
};

type Serialize = (value: unknown) => unknown;
type Parse = (text: string) => unknown;

const escaped = /["\\]/g;

function serializeArray(value: unknown, element: Serialize | undefined): string {
  if (!Array.isArray(value)) return String(value);
  const items = value.map((item: unknown) => {
    if (item === null || item === undefined) return "NULL";
    if (Array.isArray(item)) return serializeArray(item, element);
    return `"${String(element === undefined ? item : element(item)).replace(escaped, "\\$&")}"`;
  });
  return `{${items.join(",")}}`;
}

/** Reads `{a,"b,c",NULL,{…}}`; `at` stands on the opening brace. */
function parseItems(text: string, at: number, element: Parse): [items: unknown[], end: number] {
  const items: unknown[] = [];
  let i = at + 1;
  while (i < text.length && text[i] !== "}") {
    if (text[i] === "{") {
      const [nested, end] = parseItems(text, i, element);
      items.push(nested);
      i = end;
    } else if (text[i] === '"') {
      let value = "";
      for (i += 1; text[i] !== '"'; i++) {
        if (text[i] === "\\") i += 1;
        value += text[i];
      }
      items.push(element(value));
      i += 1;
    } else {
      const start = i;
      while (text[i] !== "," && text[i] !== "}") i += 1;
      const value = text.slice(start, i);
      items.push(value === "NULL" ? null : element(value));
    }
    if (text[i] === ",") i += 1;
  }
  return [items, i + 1];
}

/**
 * Tells the driver about array types. It can ask the server itself, at each connect, but a connection lost during that question ends in a
 * rejection that nobody can catch, and so in the end of the process.
 */
export function installArrayTypes(sql: Sql): void {
  const options = sql.options as unknown as {
    parsers: Record<number, Parse | undefined>;
    serializers: Record<number, Serialize | undefined>;
    shared: { typeArrayMap: Record<number, number> };
  };
  for (const [oid, array] of Object.entries(arrays)) {
    const element = Number(oid);
    const parse = options.parsers[element] ?? ((text: string) => text);
    const serialize = options.serializers[element];
    options.parsers[array] = (text) => parseItems(text, 0, parse)[0];
    options.serializers[array] = (value) => serializeArray(value, serialize);
    options.shared.typeArrayMap[element] = array;
  }
}
