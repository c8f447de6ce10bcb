import type { Rule } from "../house.ts";

/** Upper layers know lower ones, never the other way round (ARCHITECTURE.md, Layers). */
const LAYERS = ["kernel", "platform", "modules", "edges"];
const TOP = LAYERS.length;

/** Which module may know which other; the table of ARCHITECTURE.md. Everything else goes by event. */
const KNOWS: Readonly<Record<string, readonly string[]>> = {
  identity: [],
  ledger: [],
  models: [],
  moderation: ["identity"],
  nodes: ["identity", "models", "ledger"],
  inference: ["models", "nodes", "ledger", "moderation"],
  capacity: ["inference", "nodes", "models"],
  earnings: ["nodes"],
  trust: ["inference", "nodes", "ledger"],
  settlement: ["ledger"],
  staking: [],
  billing: ["identity", "ledger"],
  content: ["inference"],
  gaming: ["identity", "ledger", "inference"],
  gamed: ["identity", "ledger", "inference"],
  desci: ["identity", "ledger", "inference"],
  twin: ["identity", "ledger", "inference"],
  analytics: [],
  notifications: [],
};

/** `server/modules/ledger/x.ts` → layer 2, name `ledger`; files beside `main.ts` are the top. */
function placeOf(path: string): { layer: number; name: string } {
  const [, folder = "", name = ""] = path.split("/");
  const layer = LAYERS.indexOf(folder);
  return { layer: layer < 0 ? TOP : layer, name };
}

/** Known to all as a type: who calls stands on every request. */
const CALLER = "#identity";

/** Types count too: to know a type is to know the module. Tests are free, since they compose what they need. */
export const directions: Rule = (house) =>
  [...house.sources.values()].flatMap((source) => {
    if (!source.path.startsWith("server/") || source.path.startsWith("server/testing/") || source.isTest) return [];
    const from = placeOf(source.path);
    return source.imports.flatMap(({ target, specifier, kind, line }) => {
      if (target.kind !== "file" || target.through !== "door") return [];
      const finding = (reason: string) => [{ path: source.path, line, rule: "direction", reason }];
      if (target.path.startsWith("server/testing/")) return finding("#testing is for tests");
      const to = placeOf(target.path);
      if (to.layer > from.layer)
        return finding(`${specifier} lies above ${LAYERS[from.layer]}; publish an event instead`);
      if (to.layer < from.layer || to.name === from.name) return [];
      if (LAYERS[from.layer] === "edges") return finding(`the edge ${from.name} may not know the edge ${to.name}`);
      if (LAYERS[from.layer] !== "modules" || (specifier === CALLER && kind === "type")) return [];
      const knows = KNOWS[from.name];
      if (knows === undefined) return finding(`module ${from.name} is missing in the table of who may know whom`);
      return knows.includes(to.name) ? [] : finding(`${from.name} may not know ${to.name}; publish an event instead`);
    });
  });
