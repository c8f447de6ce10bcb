/**
 * Receipts of a running network, checked with nothing but the file and the chain, by two verifiers that share no line: the SDK's, and one
 * in Python that was written from docs/receipts.md. The server is stopped before the first check.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Receipt, verifyReceipt } from "@farlabs/sdk/receipts";
import { testDatabase } from "@farlabs/server/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Builder, type Network, startNetwork } from "../support/network.ts";
import { attemptOf, join, offer } from "../support/rawNode.ts";

const python = process.env.FAR_TEST_PYTHON ?? "python3";
const missing = spawnSync(python, ["-c", "import eth_account"]).status !== 0;
if (missing)
  process.stderr.write(`skipped: the verifier in Python: ${python} has no eth_account (./far test installs it)\n`);
const script = fileURLToPath(new URL("verify_receipt.py", import.meta.url));

const db = await testDatabase();
let network: Network;
let rpcUrl: string;
/** One node · a node that died in mid-answer and one that went on · the same, as that node has it · two choices · two embeddings. */
let receipts: Receipt[];

async function receiptOf(client: Builder["client"], path: string): Promise<Receipt> {
  for (let tries = 0; tries < 400; tries += 1) {
    const receipt = await client.request<Receipt>({ method: "GET", path }).catch(() => null);
    const isWhole =
      receipt?.proof.inclusion != null &&
      receipt.proof.nodes.every((proof, i) => !("missing" in proof) || receipt.nodes[i]?.tokens_claimed === null);
    if (receipt !== null && isWhole) return receipt;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} has no whole receipt`);
}

async function ask(builder: Builder, more: { n?: number; temperature?: number } = {}): Promise<string> {
  const messages = [{ role: "user" as const, content: "How are operators paid? ".repeat(8) }];
  const answer = await builder.client.chat.completions.create({
    model: "far-mini",
    messages,
    max_tokens: 40,
    temperature: 0,
    ...more,
  });
  return answer.far.taskId ?? "";
}

beforeAll(async () => {
  network = await startNetwork({ databaseUrl: db.url });
  rpcUrl = network.chain.local.rpcUrl;
  const builder = await network.builder(100);
  const dying = await network.account();
  const raw = await join(network.url(), { token: await network.joinToken(dying), models: [offer("far-mini")] });
  await network.stakeNode(dying, raw.nodeId);
  const begun = new Promise<void>((resolve) => {
    raw.onAssign = (frame) => {
      const attempt = attemptOf(raw, frame);
      attempt.accept();
      attempt.say("Operators are paid ");
      attempt.say("for every token. ");
      resolve();
    };
  });
  await network.untilServed("far-mini");
  const continued = ask(builder);
  await begun;
  const owner = await network.account();
  await network.agent(await network.joinToken(owner));
  raw.ws.terminate();
  const second = await continued;
  const first = await ask(builder);
  const two = await ask(builder, { n: 2, temperature: 1 });
  const { far: embedded } = await builder.client.embeddings.create({ model: "far-mini", input: ["one", "two words"] });
  const nodeId = (await owner.session.nodes.list()).data[0]?.node_id ?? "";
  receipts = [
    await receiptOf(builder.client, `/api/v1/tasks/${first}/receipt`),
    await receiptOf(builder.client, `/api/v1/tasks/${second}/receipt`),
    await receiptOf(owner.session, `/api/v1/nodes/${nodeId}/receipts/${second}`),
    await receiptOf(builder.client, `/api/v1/tasks/${two}/receipt`),
    await receiptOf(builder.client, `/api/v1/tasks/${embedded.taskId}/receipt`),
  ];
  await network.server().kill();
}, 120_000);
afterAll(() => network?.close());

/** What Python says of some receipts, one line each. */
function inPython(documents: readonly unknown[]): string[] {
  const input = documents.map((document) => JSON.stringify(document)).join("\n");
  const { stdout, stderr } = spawnSync(python, [script, "--rpc", rpcUrl], { input, encoding: "utf8" });
  const lines = stdout.trim().split("\n");
  expect(stderr).toBe("");
  expect(lines).toHaveLength(documents.length);
  return lines;
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Changed {
  what: string;
  document: Json;
}

const swap = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === "1" ? "2" : "1"}${text.slice(at + 1)}`;
/** Other values in a value's place: none of them is the same said differently, and each is a change that a forger might make. */
function others(value: Json): Json[] {
  if (value === null) return [0, "1", {}];
  if (typeof value === "boolean") return [!value, null];
  if (typeof value === "number") return [value + 1, value === 0 ? 2 : value - 1, String(value), null];
  if (typeof value !== "string") return [];
  const spellings = [value.toUpperCase(), value.slice(0, -1), `${value}0`, value === "" ? " " : "", null];
  return [swap(value, 0), swap(value, value.length >> 1), swap(value, value.length - 1), ...spellings].filter(
    (other) => other !== value,
  );
}

/** Every document that differs in one place: a value changed, a field added or taken away, an entry doubled or taken away. */
function changesOf(value: Json, at = "receipt"): Changed[] {
  const changes: Changed[] = others(value).map((document) => ({
    what: `${at} = ${JSON.stringify(document)}`,
    document,
  }));
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      for (const { what, document } of changesOf(item, `${at}[${i}]`))
        changes.push({ what, document: value.with(i, document) });
      changes.push({ what: `${at} without [${i}]`, document: value.toSpliced(i, 1) });
      changes.push({ what: `${at} with [${i}] twice`, document: value.toSpliced(i, 0, item) });
    });
    return changes;
  }
  if (typeof value !== "object" || value === null) return changes;
  for (const [key, item] of Object.entries(value)) {
    for (const { what, document } of changesOf(item, `${at}.${key}`))
      changes.push({ what, document: { ...value, [key]: document } });
    const { [key]: _gone, ...rest } = value;
    // A node's copy has no payer.
    if (at !== "receipt" || key !== "payer") changes.push({ what: `${at} without ${key}`, document: rest });
  }
  changes.push({ what: `${at} with a stranger`, document: { ...value, stranger: 1 } });
  return changes;
}

describe("receipts of a stopped network", () => {
  test("are whole: signed by the network, by the nodes that lived, settled on chain", () => {
    const [first, second, copy] = receipts;
    expect(first?.proof.nodes).toEqual([expect.objectContaining({ signature: expect.any(String) })]);
    expect(second?.nodes).toHaveLength(2);
    expect(second?.proof.nodes).toEqual([
      { missing: expect.stringContaining("signed nothing") },
      expect.objectContaining({ signature: expect.any(String) }),
    ]);
    expect(copy).not.toHaveProperty("payer");
  });

  test("verify in the SDK, with the chain and without it", async () => {
    const contract = network.chain.contracts.inferencePayment;
    for (const receipt of receipts) {
      const report = await verifyReceipt(receipt, { rpcUrl, contract });
      expect(report.checks.filter((check) => check.status === "failed")).toEqual([]);
      const byName = Object.fromEntries(report.checks.map((check) => [check.name, check.status]));
      expect(byName).toMatchObject({ signature: "ok", price: "ok", split: "ok", inclusion: "ok", contract: "ok" });
      expect(byName).toMatchObject({ "signer role": "ok", settlement: "ok" });
      const offline = await verifyReceipt(receipt);
      expect(offline.ok).toBe(true);
      expect(offline.checks.filter((c) => c.status === "not_checked").map((c) => c.name)).toEqual(
        expect.arrayContaining(["signer role", "settlement"]),
      );
    }
  });

  test("fail in the SDK after any single change", async () => {
    for (const receipt of receipts.slice(0, 3)) {
      const changes = changesOf(receipt as unknown as Json);
      expect(changes.length).toBeGreaterThan(400);
      const unnoticed: string[] = [];
      for (const { what, document } of changes) {
        // Only what everything else accepts is worth a question to the chain.
        const offline = await verifyReceipt(document);
        if (offline.ok && (await verifyReceipt(document, { rpcUrl })).ok) unnoticed.push(what);
      }
      expect(unnoticed).toEqual([]);
    }
  }, 120_000);

  test.skipIf(missing)(
    "verify in Python, and fail there after any single change",
    () => {
      expect(inPython(receipts)).toEqual(receipts.map(() => "ok"));
      for (const receipt of receipts) {
        const changes = changesOf(receipt as unknown as Json);
        const verdicts = inPython(changes.map((change) => change.document));
        expect(changes.filter((_, i) => verdicts[i] === "ok").map((change) => change.what)).toEqual([]);
      }
    },
    120_000,
  );

  test.each([
    ["nothing", undefined],
    ["a list", []],
    ["a string", "receipt"],
    ["an empty object", {}],
    ["a receipt of another form", { form: "far-receipt-2" }],
  ])("%s is no receipt, and said to be none", async (_, value) => {
    const { ok, checks } = await verifyReceipt(value);
    expect(ok).toBe(false);
    expect(checks).toEqual([expect.objectContaining({ name: "form", status: "failed" })]);
  });

  test("name what is wrong with a signer without its role, another contract, and another chain", async () => {
    const [receipt] = receipts as [Receipt];
    const stranger = await verifyReceipt(receipt, { rpcUrl, contract: network.chain.contracts.farToken });
    expect(stranger.checks.filter((c) => c.status === "failed").map((c) => c.name)).toEqual(["contract"]);
    const away = await verifyReceipt(receipt, { rpcUrl: "http://127.0.0.1:1" });
    expect(away.ok).toBe(true);
    expect(away.checks.find((c) => c.name === "settlement")?.message).toContain("could not be asked");
  });
});
