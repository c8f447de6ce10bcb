import { hash } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isFarError } from "#kernel";
import { createGroupCommit, type GroupCommit } from "#platform/pg";
import { testDatabase } from "#testing";
import type { ReceiptNode, ReceiptPart } from "../settlement.ts";
import { receiptContributor } from "./insertReceipts.ts";
import { listReceipts, readReceipt } from "./readReceipts.ts";
import { toReceipt } from "./receiptRow.ts";

const db = await testDatabase();
let commit: GroupCommit;

beforeAll(() => {
  commit = createGroupCommit(db.sql);
  commit.register("receipt", receiptContributor);
});
afterAll(() => commit.close());

const payerSalt = `0x${"55".repeat(16)}`;
const wallet = `0x${"ab".repeat(20)}`;
const owner = `0x${"cd".repeat(20)}`;

const node = (changes: Partial<ReceiptNode>): ReceiptNode => ({
  ...{ nodeId: "n", owner, attempt: 1, tokens: 12, tokensClaimed: 13, score: 80.25, amountWei: 600n, held: false },
  outputHash: `0x${"44".repeat(32)}`,
  ...changes,
});

function part(taskId: string, changes: Partial<ReceiptPart> = {}): ReceiptPart {
  return {
    taskId,
    payerWallet: wallet,
    payerAccount: "acc_1",
    payerSalt,
    purpose: "user",
    nodes: [node({ nodeId: 'node "1"' })],
    model: "far-mini",
    manifestHash: null,
    inputTokens: 3,
    outputTokens: 12,
    inputMicro: 200_000n,
    outputMicro: 200_000n,
    rate8: 10_000_000n,
    asset: "FAR",
    chargeWei: 1_000n,
    chargeVcu: null,
    split: { operatorWei: 600n, stakersWei: 200n, treasuryWei: 200n },
    requestHash: `0x${"11".repeat(32)}`,
    responseHash: `0x${"22".repeat(32)}`,
    salt: `0x${"33".repeat(16)}`,
    createdAtMs: 1_760_000_000_123,
    ...changes,
  };
}

it("stores what was handed in, and shows it to its account only", async () => {
  const outcomes = await Promise.all(["t1", "t2", "t3"].map((id) => commit.submit({ receipt: part(id) })));
  expect(outcomes.every((o) => o.ok)).toBe(true);
  expect(toReceipt(await readReceipt(db.sql, "acc_1", "t2"))).toEqual({
    form: "far-receipt-1",
    task_id: "t2",
    payer: { account: "acc_1", purpose: "user", salt: payerSalt, wallet },
    payer_hash: `0x${hash("sha256", `{"account":"acc_1","purpose":"user","salt":"${payerSalt}","wallet":"${wallet}"}`, "hex")}`,
    nodes: [
      {
        ...{ node_id: 'node "1"', owner, attempt: 1, tokens: 12, tokens_claimed: 13, score: 8025, amount: "600" },
        ...{ held: false, output_hash: `0x${"44".repeat(32)}` },
      },
    ],
    model: "far-mini",
    manifest_hash: null,
    input_tokens: 3,
    output_tokens: 12,
    prices: { input_micro: "200000", output_micro: "200000" },
    rate: "10000000",
    asset: "FAR",
    charge: "1000",
    charge_vcu: null,
    split: { operator: "600", stakers: "200", treasury: "200" },
    request_hash: `0x${"11".repeat(32)}`,
    response_hash: `0x${"22".repeat(32)}`,
    salt: `0x${"33".repeat(16)}`,
    created_at: 1_760_000_000_123,
  });
  const stranger = await readReceipt(db.sql, "acc_2", "t2").catch((e: unknown) => e);
  expect(isFarError(stranger) && stranger.code).toBe("receipt_not_found");
});

it("pages newest first without gaps", async () => {
  const ids = Array.from({ length: 5 }, (_, i) => `p${i}`);
  await Promise.all(
    ids.map((id, i) => commit.submit({ receipt: part(id, { payerAccount: "acc_p", createdAtMs: 1_000 + (i >> 1) }) })),
  );
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await listReceipts(db.sql, "acc_p", { limit: 2, ...(cursor === undefined ? {} : { cursor }) });
    seen.push(...page.rows.map((r) => r.task_id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  expect(seen).toEqual(["p4", "p3", "p2", "p1", "p0"]);
});

it("keeps the first of a repeated receipt", async () => {
  await commit.submit({ receipt: part("again") });
  expect((await commit.submit({ receipt: part("again", { model: "other" }) })).ok).toBe(true);
  expect((await readReceipt(db.sql, "acc_1", "again")).model).toBe("far-mini");
});

it.each([
  ["a split that is not the charge", { split: { operatorWei: 600n, stakersWei: 200n, treasuryWei: 199n } }],
  ["nodes that are not the operator's part", { nodes: [node({ amountWei: 599n })] }],
  [
    "operators above 66 %",
    {
      nodes: [node({ amountWei: 662n })],
      split: { operatorWei: 662n, stakersWei: 200n, treasuryWei: 138n },
    },
  ],
  ["stakers below 20 %", { split: { operatorWei: 600n, stakersWei: 198n, treasuryWei: 202n } }],
  ["an address that is no address", { payerWallet: wallet.toUpperCase() }],
  ["no charge", { chargeWei: 0n, nodes: [], split: { operatorWei: 0n, stakersWei: 0n, treasuryWei: 0n } }],
])("refuses %s, which would block every later epoch", async (_, changes) => {
  expect((await commit.submit({ receipt: part("bad", changes) })).ok).toBe(false);
  await expect(readReceipt(db.sql, "acc_1", "bad")).rejects.toThrow();
});
