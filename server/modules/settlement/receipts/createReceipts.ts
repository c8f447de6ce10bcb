import type { RootFrame } from "@farlabs/protocol";
import type { Contributor } from "#platform/pg";
import { createLoop } from "../jobs/loop.ts";
import { leafOf } from "../model/merkle.ts";
import { receiptPreimage } from "../model/receiptPreimage.ts";
import type { Context } from "../operations/context.ts";
import { receiptContributor } from "../operations/insertReceipts.ts";
import { listReceipts, readNodeReceipt, readReceipt } from "../operations/readReceipts.ts";
import { type ReceiptRow, toPart, toReceipt } from "../operations/receiptRow.ts";
import type { NodeReceipt, Receipt, ReceiptPart } from "../settlement.ts";
import { createBatchSigner } from "./batchSigner.ts";
import { compareRoots } from "./compareRoots.ts";
import { gatewayProofs } from "./gatewayProofs.ts";
import { inclusionProofs } from "./inclusionProofs.ts";
import { keepRoot } from "./keepRoot.ts";
import { nodeProofs } from "./nodeProofs.ts";
import { type BoundNode, isBound } from "./nodeStatement.ts";
import { createTrees, type TreeOf } from "./trees.ts";

export type ReceiptsContext = Pick<Context, "sql" | "chain" | "signer" | "outbox" | "clock" | "log">;

/** What a dead process left unsigned, and what nodes said, wait this long at most. */
const SWEEP_MS = 5_000;

export interface Receipts {
  contributor: Contributor<ReceiptPart>;
  /** A receipt as its payer has it. @throws receipt_not_found */
  receipt(accountId: string, taskId: string): Promise<Receipt>;
  receipts(
    accountId: string,
    page: { cursor?: string; limit: number },
  ): Promise<{ data: Receipt[]; nextCursor: string | null }>;
  /** A receipt as a node that is paid by it has it. @throws receipt_not_found */
  nodeReceipt(nodeId: string, taskId: string): Promise<NodeReceipt>;
  /** Whether the node's own key bound its session key, for this network. */
  nodeSession(bound: BoundNode): Promise<boolean>;
  /** Keeps what a node signed. @returns false for what its session key did not sign */
  nodeRoot(bound: BoundNode, frame: RootFrame): Promise<boolean>;
  start(): void;
  stop(): Promise<void>;
}

async function prove(context: ReceiptsContext, treeOf: TreeOf, rows: readonly ReceiptRow[]): Promise<Receipt[]> {
  const parts = rows.map(toPart);
  const leaves = parts.map((part) => leafOf(receiptPreimage(part)));
  const places = rows.map(
    (row, i) => ({ commitId: row.commit_id, epoch: row.epoch, leaf: leaves[i] ?? "0x" }) as const,
  );
  const [gateway, nodes, inclusion] = await Promise.all([
    gatewayProofs(context, treeOf, places),
    nodeProofs(context.sql, treeOf, parts),
    inclusionProofs(context, treeOf, places),
  ]);
  return rows.flatMap((row, i) => {
    const signed = gateway[i];
    if (signed === undefined) return [];
    return [{ ...toReceipt(row), proof: { gateway: signed, nodes: nodes[i] ?? [], inclusion: inclusion[i] ?? null } }];
  });
}

/** Signs receipts and keeps what nodes sign of them; `start` sweeps up what other processes left. */
export function createReceipts(context: ReceiptsContext): Receipts {
  const { sql, chain, log } = context;
  const treeOf = createTrees();
  const signer = createBatchSigner(context);
  const sweeping = createLoop({
    ...{ name: "receipts", everyMs: SWEEP_MS, log },
    async round() {
      await signer.signAll();
      while ((await compareRoots(context)) > 0);
    },
  });

  async function one(row: ReceiptRow): Promise<Receipt> {
    const [receipt] = await prove(context, treeOf, [row]);
    if (receipt === undefined) throw new Error("one receipt for one row");
    return receipt;
  }

  return {
    contributor: { ...receiptContributor, onCommitted: signer.wake },
    receipt: async (accountId, taskId) => one(await readReceipt(sql, accountId, taskId)),
    async receipts(accountId, page) {
      const { rows, nextCursor } = await listReceipts(sql, accountId, page);
      return { data: await prove(context, treeOf, rows), nextCursor };
    },
    async nodeReceipt(nodeId, taskId) {
      const { payer: _payer, ...copy } = await one(await readNodeReceipt(sql, nodeId, taskId));
      return copy;
    },
    nodeSession: (bound) => isBound(bound, chain.chainId),
    nodeRoot: (bound, frame) => keepRoot(context, bound, frame),
    start: sweeping.start,
    async stop() {
      await Promise.all([sweeping.stop(), signer.stop()]);
    },
  };
}
