import { hash, randomBytes } from "node:crypto";
import { createChain, paymentDomain } from "@farlabs/chain";
import { nodeDomain, nodeRootTypes, nodeSessionTypes, type OutputLeaf, type RootFrame } from "@farlabs/protocol";
import { verifyReceipt } from "@farlabs/sdk/receipts";
import fc from "fast-check";
import { concat, type Hex, keccak256, recoverTypedDataAddress } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { isFarError, newId, priceVcu, priceWei } from "#kernel";
import { splitCharge } from "#ledger";
import { noLog } from "#platform/log";
import { createOutbox, type OutboxEvent } from "#platform/outbox";
import { createGroupCommit, type GroupCommit } from "#platform/pg";
import { testDatabase } from "#testing";
import { settlementTopics } from "../events.ts";
import { merkleRoot } from "../model/merkle.ts";
import { receiptFields } from "../model/receiptPreimage.ts";
import type { ReceiptNode, ReceiptPart } from "../settlement.ts";
import { createReceipts, type ReceiptsContext } from "./createReceipts.ts";
import { type BoundNode, outputLeafHash } from "./nodeStatement.ts";
import { MISSING } from "./proof.ts";
import { signBatch } from "./signBatch.ts";

const db = await testDatabase();
const place = (byte: string): Hex => `0x${byte.repeat(20)}`;
const contracts = {
  ...{ farToken: place("01"), inferencePayment: place("02"), priceFeed: place("03") },
  ...{ nodeRegistry: place("04"), staking: place("05") },
};
const signer = privateKeyToAccount(generatePrivateKey());
const chain = createChain({ rpcUrl: "http://127.0.0.1:1", chainId: 31_337, contracts });
const outbox = createOutbox({ sql: db.sql, log: noLog });
let nowMs = Date.now();
const clock = { now: () => nowMs, monotonic: () => nowMs };
const context: ReceiptsContext = { sql: db.sql, chain, signer, outbox, clock, log: noLog };
const receipts = createReceipts(context);
let commit: GroupCommit;

beforeAll(() => {
  commit = createGroupCommit(db.sql);
  commit.register("receipt", { ...receipts.contributor, onCommitted: () => undefined });
});
afterEach(async () => {
  await db.owner`DELETE FROM settlement.node_roots`;
});
afterAll(async () => {
  await receipts.stop();
  await commit.close();
});

const wallet = `0x${"ab".repeat(20)}`;
const owner = `0x${"cd".repeat(20)}`;
const HASH = `0x${"44".repeat(32)}`;

const nodePart = (changes: Partial<ReceiptNode> = {}): ReceiptNode => ({
  ...{ nodeId: "node_1", owner, attempt: 1, tokens: 12, tokensClaimed: 13, score: 80.25, amountWei: 600n, held: false },
  ...{ outputHash: HASH, ...changes },
});
const part = (changes: Partial<ReceiptPart> = {}): ReceiptPart => ({
  ...{ taskId: newId("task"), payerWallet: wallet, payerAccount: "acc_1", purpose: "user" },
  ...{ payerSalt: `0x${randomBytes(16).toString("hex")}`, nodes: [nodePart()] },
  ...{ model: "far-mini", manifestHash: null, inputTokens: 3, outputTokens: 12 },
  ...{
    inputMicro: 200_000n,
    outputMicro: 200_000n,
    rate8: 10_000_000n,
    asset: "FAR",
    chargeWei: 1_000n,
    chargeVcu: null,
  },
  split: { operatorWei: 600n, stakersWei: 200n, treasuryWei: 200n },
  ...{ requestHash: HASH, responseHash: HASH, salt: `0x${"33".repeat(16)}`, createdAtMs: nowMs },
  ...changes,
});
async function committed(...parts: ReceiptPart[]): Promise<string[]> {
  await Promise.all(parts.map((receipt) => commit.submit({ receipt })));
  return parts.map((p) => p.taskId);
}
const pair = (a: Hex, b: Hex): Hex => keccak256(concat(a < b ? [a, b] : [b, a]));
const leafHash = (p: ReceiptPart): Hex => `0x${hash("sha256", JSON.stringify(receiptFields(p)), "hex")}`;
const walk = (leaf: Hex, path: string[]): string => (path as Hex[]).reduce(pair, leaf);

describe("every charge and split of the ledger", () => {
  const shares = fc.array(
    fc.record({ tokens: fc.integer({ min: 0, max: 5_000 }), score: fc.integer({ min: 0, max: 10_000 }) }),
    { minLength: 1, maxLength: 4 },
  );
  const tasks = fc.array(
    fc.record({
      ...{
        shares,
        inputTokens: fc.integer({ min: 1, max: 100_000 }),
        outputTokens: fc.integer({ min: 0, max: 20_000 }),
      },
      ...{
        inputMicro: fc.bigInt(1n, 10n ** 8n),
        outputMicro: fc.bigInt(1n, 10n ** 8n),
        rate8: fc.bigInt(1n, 10n ** 12n),
      },
      isVcu: fc.boolean(),
    }),
    { minLength: 50, maxLength: 50 },
  );

  it("is one that verifies", async () => {
    const drawn = fc.sample(tasks, 4).flat();
    const parts = drawn.map((task) => {
      const { shares: given, inputTokens, outputTokens, inputMicro, outputMicro, rate8 } = task;
      const chargeWei = priceWei(task, { inputMicro, outputMicro }, rate8);
      const scored = given.map(({ tokens, score }) => ({ account: "a", outputTokens: tokens, score: score / 100 }));
      const split = splitCharge(chargeWei, scored);
      const nodes = given.map(({ tokens, score }, i) =>
        nodePart({ attempt: i + 1, tokens, score: score / 100, amountWei: split.operators[i]?.amount ?? 0n }),
      );
      const operatorWei = nodes.reduce((sum, node) => sum + node.amountWei, 0n);
      return part({
        ...{ nodes, inputTokens, outputTokens, inputMicro, outputMicro, rate8, chargeWei, payerAccount: "acc_all" },
        ...(task.isVcu
          ? { asset: "VCU", payerWallet: "treasury", chargeVcu: priceVcu(task, { inputMicro, outputMicro }) }
          : {}),
        split: { operatorWei, stakersWei: split.stakers, treasuryWei: split.treasury },
      });
    });
    await committed(...parts);
    let cursor: string | undefined;
    let seen = 0;
    do {
      const page = await receipts.receipts("acc_all", { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
      for (const receipt of page.data) {
        const { checks } = await verifyReceipt(JSON.parse(JSON.stringify(receipt)));
        expect(checks.filter((check) => check.status === "failed")).toEqual([]);
        seen += 1;
      }
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toBe(parts.length);
  });
});

describe("the network's signature", () => {
  it("is made at once for who reads, over a tree that holds the receipt", async () => {
    const parts = Array.from({ length: 5 }, () => part());
    await committed(...parts);
    for (const p of parts) {
      const { gateway } = (await receipts.receipt("acc_1", p.taskId)).proof;
      expect(walk(leafHash(p), gateway.path)).toBe(gateway.root);
      const by = await recoverTypedDataAddress({
        domain: paymentDomain({ chainId: 31_337, inferencePayment: contracts.inferencePayment }),
        types: {
          ReceiptBatch: [
            { name: "root", type: "bytes32" },
            { name: "count", type: "uint32" },
            { name: "signedAt", type: "uint64" },
          ],
        },
        primaryType: "ReceiptBatch",
        message: { root: gateway.root as Hex, count: gateway.count, signedAt: BigInt(gateway.signed_at) },
        signature: gateway.signature as Hex,
      });
      expect(by).toBe(signer.address);
      expect(gateway.signer).toBe(signer.address.toLowerCase());
    }
  });

  it("is one for many commits, and stays when it is asked for again", async () => {
    const first = part();
    const second = part();
    await committed(first);
    await committed(second);
    while ((await signBatch(context)) > 0);
    const [a, b] = await Promise.all([first, second].map((p) => receipts.receipt("acc_1", p.taskId)));
    expect(a?.proof.gateway.signature).toBe(b?.proof.gateway.signature);
    expect(await receipts.receipt("acc_1", first.taskId)).toEqual(a);
  });

  it("covers each commit once, whoever signs, however many at a time, and after a signer died in mid-batch", async () => {
    for (let i = 0; i < 20; i++) await committed(part({ payerAccount: "acc_many" }));
    const dying = { ...context, signer: { ...signer, signTypedData: () => Promise.reject(new Error("gone")) } };
    await expect(signBatch(dying as unknown as ReceiptsContext)).rejects.toThrow("gone");
    const readers = Array.from({ length: 6 }, () => receipts.receipts("acc_many", { limit: 100 }));
    const signers = Array.from({ length: 6 }, () => signBatch(context));
    await Promise.all([...signers, ...readers]);
    const [left] = await db.sql<
      { n: string }[]
    >`SELECT count(*) AS n FROM settlement.receipt_commits WHERE batch IS NULL`;
    expect(left?.n).toBe("0");
    const sums = await db.sql<{ fits: boolean }[]>`
      SELECT b.count = sum(length(c.leaves)) / 32 AS fits FROM settlement.receipt_batches b
      JOIN settlement.receipt_commits c ON c.batch = b.id GROUP BY b.id`;
    expect(sums.every((row) => row.fits)).toBe(true);
  });

  it("is not given to a receipt that was changed after its commit", async () => {
    const [taskId = ""] = await committed(part());
    await db.owner`UPDATE settlement.receipts SET model = 'dearer' WHERE task_id = ${taskId}`;
    await expect(receipts.receipt("acc_1", taskId)).rejects.toThrow("not in its batch");
    await db.owner`DELETE FROM settlement.receipts WHERE task_id = ${taskId}`;
  });

  it("comes by itself after a commit", async () => {
    const own = createReceipts(context);
    const commits = createGroupCommit(db.sql);
    commits.register("receipt", own.contributor);
    await commits.submit({ receipt: part() });
    await vi.waitUntil(
      async () => (await db.sql`SELECT 1 FROM settlement.receipt_commits WHERE batch IS NULL`).length === 0,
      { timeout: 10_000 },
    );
    await own.stop();
    await commits.close();
  });
});

it("shows a node its receipt without the payer, and other nodes nothing", async () => {
  const [taskId = ""] = await committed(part());
  const copy = await receipts.nodeReceipt("node_1", taskId);
  expect(copy).not.toHaveProperty("payer");
  expect(JSON.stringify(copy)).not.toContain("acc_1");
  const { payer: _payer, ...own } = await receipts.receipt("acc_1", taskId);
  expect(copy).toEqual(own);
  const refused = await receipts.nodeReceipt("node_2", taskId).catch((e: unknown) => e);
  expect(isFarError(refused) && refused.code).toBe("receipt_not_found");
});

/** Every text in a document, with its place. */
function textsOf(value: unknown, at = ""): [string, string][] {
  if (typeof value !== "object" || value === null) return [[at, String(value)]];
  return Object.entries(value).flatMap(([key, item]) => textsOf(item, `${at}.${key}`));
}

it("shows a node the same of a check and of a user's task, and nothing by which to try out who paid", async () => {
  const drawn = fc.sample(
    fc.record({
      ...{ inputTokens: fc.nat(9_999), outputTokens: fc.nat(9_999), manifestHash: fc.option(fc.constant("m1")) },
      ...{ salt: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => `0x${Buffer.from(b).toString("hex")}`) },
      tokensClaimed: fc.option(fc.nat(9_999)),
    }),
    50,
  );
  const check = { payerWallet: "treasury", payerAccount: "acc_network", purpose: "check" } as const;
  const pairs = drawn.map(({ tokensClaimed, ...fields }) => {
    const same = { ...fields, nodes: [nodePart({ tokensClaimed })] };
    return [part(same), part({ ...same, ...check })] as const;
  });
  await committed(...pairs.flat());
  for (const [byUser, byCheck] of pairs) {
    const [mine, its] = [
      await receipts.nodeReceipt("node_1", byUser.taskId),
      await receipts.nodeReceipt("node_1", byCheck.taskId),
    ];
    const [userFields, checkFields] = [new Map(textsOf({ ...mine, proof: 0 })), textsOf({ ...its, proof: 0 })];
    expect(checkFields.map(([at]) => at)).toEqual([...userFields.keys()]);
    const differ = checkFields.filter(([at, text]) => userFields.get(at) !== text).map(([at]) => at);
    expect(differ).toEqual([".payer_hash", ".task_id"]);
    expect(Object.keys(its.proof.gateway)).toEqual(Object.keys(mine.proof.gateway));
    const texts = ["", ...textsOf(its).map(([, text]) => text)];
    const tried = texts.flatMap((salt) =>
      ["check", "user"].flatMap((purpose) => [
        `${salt}:treasury:acc_network`,
        `${salt}:treasury:acc_network:${purpose}`,
        JSON.stringify({ account: "acc_network", purpose, salt, wallet: "treasury" }),
      ]),
    );
    expect(tried.map((text) => `0x${hash("sha256", text, "hex")}`)).not.toContain(its.payer_hash);
    const { payer } = await receipts.receipt("acc_network", byCheck.taskId);
    expect(texts).not.toContain(payer.salt);
    const { account, purpose, salt, wallet: paid } = payer;
    const known = JSON.stringify({ account, purpose, salt, wallet: paid });
    expect(`0x${hash("sha256", known, "hex")}`).toBe(its.payer_hash);
  }
});

describe("a node's statement", () => {
  const node = privateKeyToAccount(generatePrivateKey());
  const session = privateKeyToAccount(generatePrivateKey());
  const key = session.address.toLowerCase();
  const validFrom = Math.floor(nowMs / 1000) - 10;

  async function bound(changes: Partial<BoundNode> = {}): Promise<BoundNode> {
    const signature = await node.signTypedData({
      ...{ domain: nodeDomain(31_337), types: nodeSessionTypes, primaryType: "NodeSession" },
      message: { sessionKey: session.address, network: "far-local", validFrom: BigInt(validFrom) },
    });
    const nodeKey = node.address.toLowerCase();
    return { nodeId: "node_1", nodeKey, network: "far-local", session: { key, validFrom, signature }, ...changes };
  }
  async function rootOf(leaves: OutputLeaf[], by = session): Promise<RootFrame> {
    const root = await merkleRoot(leaves.map(outputLeafHash));
    const signature = await by.signTypedData({
      ...{ domain: nodeDomain(31_337), types: nodeRootTypes, primaryType: "NodeRoot" },
      message: { root, count: leaves.length, at: BigInt(nowMs) },
    });
    return { type: "root", leaves, root, at: nowMs, signature };
  }
  const leaf = (taskId: string, changes: Partial<OutputLeaf> = {}): OutputLeaf => ({
    ...{ taskId, attempt: 1, outputHash: HASH, tokens: 13, ...changes },
  });
  const proofOf = async (taskId: string) => (await receipts.receipt("acc_1", taskId)).proof.nodes;

  it("is taken only from the session key that the node key bound for this network", async () => {
    expect(await receipts.nodeSession(await bound())).toBe(true);
    expect(await receipts.nodeSession(await bound({ network: "elsewhere" }))).toBe(false);
    expect(await receipts.nodeSession(await bound({ nodeKey: wallet }))).toBe(false);
    const frame = await rootOf([leaf("task_a"), leaf("task_b")]);
    expect(await receipts.nodeRoot(await bound(), frame)).toBe(true);
    expect(await receipts.nodeRoot(await bound(), { ...frame, at: frame.at + 1 })).toBe(false);
    const renamed = frame.leaves.map((l, i) => (i === 0 ? { ...l, taskId: "task_c" } : l));
    expect(await receipts.nodeRoot(await bound(), { ...frame, leaves: renamed })).toBe(false);
    expect(await receipts.nodeRoot(await bound(), { ...frame, leaves: frame.leaves.slice(1) })).toBe(false);
    expect(await receipts.nodeRoot(await bound(), await rootOf([leaf("task_a")], node))).toBe(false);
    const late = await bound();
    const early = { ...late, session: { ...late.session, validFrom: validFrom + 1_000 } };
    expect(await receipts.nodeRoot(early, frame)).toBe(false);
  });

  it("stands on the receipt with its path, whether it came before or after", async () => {
    const before = part();
    const after = part();
    await receipts.nodeRoot(await bound(), await rootOf([leaf("task_other"), leaf(before.taskId)]));
    await committed(before, after);
    expect(await proofOf(after.taskId)).toEqual([{ missing: MISSING.silent }]);
    await receipts.nodeRoot(await bound(), await rootOf([leaf(after.taskId)]));
    for (const { taskId } of [before, after]) {
      const [proof] = await proofOf(taskId);
      if (proof === undefined || "missing" in proof) throw new Error("no statement");
      expect(walk(outputLeafHash(leaf(taskId)), proof.path)).toBe(proof.root);
      expect(proof.session).toMatchObject({ key, node_key: node.address.toLowerCase(), network: "far-local" });
    }
  });

  it("is said to be missing where the node died, and where it signed something else", async () => {
    const died = part({ nodes: [nodePart({ tokensClaimed: null })] });
    const other = part();
    const many = part();
    await committed(died, other, many);
    const said = [leaf(other.taskId, { outputHash: `0x${"55".repeat(32)}` }), leaf(many.taskId, { tokens: 99 })];
    await receipts.nodeRoot(await bound(), await rootOf(said));
    expect(await proofOf(died.taskId)).toEqual([{ missing: MISSING.unfinished }]);
    expect(await proofOf(other.taskId)).toEqual([{ missing: MISSING.silent }]);
    expect(await proofOf(many.taskId)).toEqual([{ missing: MISSING.silent }]);
  });

  it("tells once of what it differs in from what arrived", async () => {
    const heard: OutboxEvent[] = [];
    outbox.consume("test.differs", [settlementTopics.nodeStatementDiffers], async (_, events) => {
      heard.push(...events);
    });
    await outbox.start();
    const [right, wrong] = [part(), part()] as const;
    await committed(right, wrong);
    await receipts.nodeRoot(
      await bound(),
      await rootOf([leaf(right.taskId), leaf(wrong.taskId, { tokens: 99 }), leaf("task_unpaid")]),
    );
    const sweeping = createReceipts(context);
    nowMs += 20_000;
    sweeping.start();
    await vi.waitUntil(() => heard.length > 0, { timeout: 10_000 });
    await sweeping.stop();
    await outbox.stop();
    expect(heard.map((event) => event.payload)).toEqual([
      {
        ...{ node_id: "node_1", task_id: wrong.taskId, model: "far-mini", attempt: 1 },
        ...{ said: { output_hash: HASH, tokens: 99 }, arrived: { output_hash: HASH, tokens_claimed: 13 } },
      },
    ]);
  });
});
