import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { checkStructure } from "./structure/check.ts";
import { readTree } from "./structure/tree.ts";

/** A small house in order; each test breaks one rule of it. */
const clean: Record<string, string> = {
  "package.json": JSON.stringify({ workspaces: ["server", "protocol", "sdk"], devDependencies: { vitest: "1" } }),
  "protocol/package.json": JSON.stringify({
    name: "@farlabs/protocol",
    exports: { ".": "./index.ts" },
    dependencies: { zod: "4" },
  }),
  "protocol/index.ts": 'import { z } from "zod";\nexport const id = z.string();\n',
  "sdk/package.json": JSON.stringify({
    name: "@farlabs/sdk",
    exports: { ".": "./index.ts" },
    devDependencies: { "@farlabs/protocol": "1" },
  }),
  "sdk/index.ts": 'import type { T } from "@farlabs/protocol";\nexport const a = (t: T) => t;\n',
  "server/package.json": JSON.stringify({
    name: "@farlabs/server",
    imports: {
      "#kernel": "./kernel/index.ts",
      "#platform/log": "./platform/log/index.ts",
      "#ledger": "./modules/ledger/index.ts",
      "#identity": "./modules/identity/index.ts",
      "#inference": "./modules/inference/index.ts",
      "#gateway": "./edges/gateway/index.ts",
      "#realtime": "./edges/realtime/index.ts",
      "#testing": "./testing/index.ts",
    },
    dependencies: { "@farlabs/protocol": "1" },
  }),
  "server/kernel/index.ts": "export const one = 1;\n",
  "server/platform/log/index.ts": 'import { one } from "#kernel";\nexport const log = one;\n',
  "server/modules/ledger/index.ts": 'export { post } from "./post.ts";\n',
  "server/modules/ledger/post.ts": 'import { id } from "@farlabs/protocol";\nexport const post = id;\n',
  "server/modules/ledger/config.ts": "export const url = process.env.DATABASE_URL;\n",
  "server/modules/ledger/post.test.ts":
    'import { it } from "vitest";\nimport { identity } from "#identity";\nimport "#testing";\nimport "./config.ts";\nit("runs", () => identity);\n',
  "server/modules/identity/index.ts": 'import { log } from "#platform/log";\nexport const identity = log;\n',
  "server/modules/inference/index.ts": 'import { post } from "#ledger";\nexport const inference = post;\n',
  "server/edges/gateway/index.ts": 'import { inference } from "#inference";\nexport const gateway = inference;\n',
  "server/edges/realtime/index.ts": 'import type { identity } from "#identity";\nexport const realtime = 1;\n',
  "server/testing/index.ts": "export const testing = 1;\n",
  "server/compose.ts": 'import { gateway } from "#gateway";\nexport const compose = gateway;\n',
  "server/main.ts": 'import { compose } from "./compose.ts";\ncompose();\n',
};

const check = (changes: Record<string, string>): string[] =>
  checkStructure(new Map(Object.entries({ ...clean, ...changes }))).map((f) => `${f.path}:${f.line} ${f.rule}`);
const reasons = (changes: Record<string, string>): string =>
  checkStructure(new Map(Object.entries({ ...clean, ...changes })))
    .map((f) => f.reason)
    .join("\n");

describe("checkStructure", () => {
  it("accepts a house in order", () => {
    expect(check({})).toEqual([]);
  });

  it("refuses a cycle of value imports and names its files", () => {
    const changes = {
      "server/modules/ledger/post.ts": 'import { b } from "./b.ts";\nexport const post = b;\n',
      "server/modules/ledger/b.ts": 'export const b = 1;\nexport { post } from "./index.ts";\n',
    };
    expect(check(changes)).toEqual(["server/modules/ledger/b.ts:2 cycle"]);
    expect(reasons(changes)).toContain(
      "server/modules/ledger/index.ts → server/modules/ledger/post.ts → server/modules/ledger/b.ts",
    );
  });

  it("refuses a cycle that runs through doors", () => {
    const changes = {
      "server/modules/ledger/post.ts": 'export { inference as post } from "#inference";\n',
    };
    expect(check(changes).map((f) => f.split(" ")[1])).toContain("cycle");
  });

  it("lets types and lazy imports point back", () => {
    const b = 'import type { post } from "./post.ts";\nexport const b = () => import("./post.ts");\n';
    expect(
      check({
        "server/modules/ledger/post.ts": 'import { b } from "./b.ts";\nexport const post = b;\n',
        "server/modules/ledger/b.ts": b,
      }),
    ).toEqual([]);
  });

  it.each([
    ["another module", "server/modules/inference/index.ts", 'export { post } from "../ledger/post.ts";\n'],
    [
      "a module from beside main.ts",
      "server/compose.ts",
      'export { post as compose } from "./modules/ledger/index.ts";\n',
    ],
    ["another workspace", "sdk/index.ts", 'export type { id } from "../protocol/index.ts";\n'],
    ["a module from a script", "scripts/gen.ts", 'import "../server/kernel/index.ts";\n'],
  ])("refuses a relative path into %s", (_, path, text) => {
    expect(check({ [path]: text })).toContain(`${path}:1 door`);
  });

  it("refuses a door that does not exist and one used from outside the server", () => {
    expect(check({ "server/compose.ts": 'import "#nothing";\nexport const compose = 1;\n' })).toContain(
      "server/compose.ts:1 door",
    );
    expect(check({ "sdk/index.ts": 'import type { post } from "#ledger";\n' })).toContain("sdk/index.ts:1 door");
  });

  it("refuses what a package does not export", () => {
    const text = '\nimport { id } from "@farlabs/protocol/deep.ts";\nexport const post = id;\n';
    expect(check({ "server/modules/ledger/post.ts": text })).toContain("server/modules/ledger/post.ts:2 door");
  });

  it.each([
    ["platform → module", "server/platform/log/index.ts", "#ledger"],
    ["module → edge", "server/modules/ledger/post.ts", "#realtime"],
    ["edge → edge", "server/edges/gateway/index.ts", "#realtime"],
    ["a module that may not be known", "server/modules/ledger/post.ts", "#inference"],
    ["testing in production code", "server/modules/ledger/post.ts", "#testing"],
  ])("refuses %s, types included", (_, path, door) => {
    const text = `${clean[path]}import type { x } from "${door}";\n`;
    const line = text.split("\n").length - 1;
    expect(check({ [path]: text })).toEqual([`${path}:${line} direction`]);
  });

  it("lets every module know who calls, as a type only", () => {
    const path = "server/modules/ledger/post.ts";
    expect(check({ [path]: `${clean[path]}import type { Principal } from "#identity";\n` })).toEqual([]);
    expect(check({ [path]: `${clean[path]}import { identity } from "#identity";\n` })).toEqual([`${path}:3 direction`]);
  });

  it("refuses a module that the table does not know", () => {
    const pack = JSON.parse(clean["server/package.json"] ?? "") as { imports: Record<string, string> };
    pack.imports["#novelty"] = "./modules/novelty/index.ts";
    const path = "server/modules/novelty/index.ts";
    const changes = { "server/package.json": JSON.stringify(pack), [path]: 'export { post } from "#ledger";\n' };
    expect(check(changes)).toEqual([`${path}:1 direction`]);
  });

  it.each([["process.env.X"], ["process?.env"], ["process\n  .env.X"]])(
    "refuses %s outside config.ts",
    (expression) => {
      const text = `export const post = ${expression};\n`;
      expect(check({ "server/modules/ledger/post.ts": text })).toEqual(["server/modules/ledger/post.ts:1 env"]);
    },
  );

  it("refuses env imported from node:process", () => {
    const text = 'import { env } from "node:process";\nexport const post = env;\n';
    expect(check({ "server/modules/ledger/post.ts": text })).toEqual(["server/modules/ledger/post.ts:1 env"]);
  });

  it("refuses console in library code and allows it in programs", () => {
    const text = 'export const post = 1;\nconsole.log("x");\n';
    expect(check({ "server/modules/ledger/post.ts": text })).toEqual(["server/modules/ledger/post.ts:2 console"]);
    expect(check({ "scripts/x.ts": text, "cli/main.ts": text })).toEqual([]);
    expect(check({ "server/modules/ledger/post.ts": 'export const post = "console.log(1)";\n' })).toEqual([]);
  });

  it.each(["TO" + "DO", "FIX" + "ME"])("refuses the marker %s in any file of ours", (word) => {
    expect(check({ "contracts/src/A.sol": `// a\n// ${word} later\n` })).toEqual(["contracts/src/A.sol:2 marker"]);
  });

  it("refuses a file that nothing reaches, and islands of them", () => {
    expect(
      check({
        "server/modules/ledger/island.ts": 'import "./shore.ts";\n',
        "server/modules/ledger/shore.ts": "export const shore = 1;\n",
      }),
    ).toEqual(["server/modules/ledger/island.ts:1 dead", "server/modules/ledger/shore.ts:1 dead"]);
  });

  it("counts a worker named by a path as reached", () => {
    const text = 'export const post = new URL("./worker.ts", import.meta.url);\n';
    expect(
      check({ "server/modules/ledger/post.ts": text, "server/modules/ledger/worker.ts": "export const w = 1;\n" }),
    ).toEqual([]);
  });

  it("refuses an import that package.json does not declare", () => {
    const text = 'import "left-pad";\nexport const post = 1;\n';
    expect(check({ "server/modules/ledger/post.ts": text })).toEqual(["server/modules/ledger/post.ts:1 dependency"]);
  });

  it("refuses a run-time import of a development dependency in the SDK", () => {
    const text = 'import { id } from "@farlabs/protocol";\nexport const a = id;\n';
    expect(check({ "sdk/index.ts": text })).toEqual(["sdk/index.ts:1 dependency"]);
  });

  it("refuses run-time dependencies of protocol beyond zod, and any of the SDK", () => {
    const protocol = { name: "@farlabs/protocol", exports: { ".": "./index.ts" }, dependencies: { zod: "4", ms: "2" } };
    const sdk = { name: "@farlabs/sdk", exports: { ".": "./index.ts" }, dependencies: { "@farlabs/protocol": "1" } };
    const withCurve = JSON.stringify({ ...sdk, dependencies: { "@noble/curves": "1" } });
    const curve = 'import { a } from "@noble/curves/secp256k1";\nexport const b = a;\n';
    expect(check({ "sdk/package.json": withCurve, "sdk/index.ts": curve })).toEqual(["sdk/index.ts:1 dependency"]);
    const inReceipts = { "sdk/index.ts": 'export { b } from "./receipts/a.ts";\n', "sdk/receipts/a.ts": curve };
    expect(check({ "sdk/package.json": withCurve, ...inReceipts })).toEqual([]);
    expect(
      check({ "protocol/package.json": JSON.stringify(protocol), "sdk/package.json": JSON.stringify(sdk) }),
    ).toEqual(["protocol/package.json:1 dependency", "sdk/package.json:1 dependency"]);
  });

  it("reads this repository's own tree", () => {
    const tree = readTree(resolve(import.meta.dirname, ".."));
    expect(tree.has("server/package.json")).toBe(true);
    expect([...tree.keys()].some((path) => path.includes("node_modules"))).toBe(false);
  });
});
