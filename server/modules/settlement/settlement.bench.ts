/**
 * What an epoch costs to net: leaves, receipts root and netting of many receipts, and how long it ever holds up what else the process does.
 *
 *   node server/modules/settlement/settlement.bench.ts [TASKS]
 */
import { leafOf, merkleRoot } from "./model/merkle.ts";
import { netEpoch } from "./model/netEpoch.ts";
import { payeesTree } from "./model/payeesTree.ts";
import { receiptPreimage } from "./model/receiptPreimage.ts";
import { type PendingReceipt, selectReceipts } from "./model/selectReceipts.ts";
import type { ReceiptPart } from "./settlement.ts";

const [PAYERS, OWNERS, CREDITS] = [400, 2_000, 300];
const CHUNK = 200;
const tasks = Number(process.argv[2] ?? 100_000);

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
const HEX32 = `0x${"ab".repeat(32)}`;

function receiptOf(i: number): ReceiptPart {
  const chargeWei = 10n ** 15n + BigInt(i);
  const [operatorWei, stakersWei] = [(chargeWei * 60n) / 100n, chargeWei / 5n];
  return {
    ...{ taskId: `task_${String(i).padStart(20, "0")}`, payerWallet: address(i % PAYERS), payerAccount: "acc_1" },
    payerSalt: HEX32,
    nodes: [
      {
        ...{ nodeId: `node_${i % OWNERS}`, owner: address(10_000 + (i % OWNERS)), attempt: 1, tokens: 200 },
        ...{ tokensClaimed: 200, score: 80.5, amountWei: operatorWei, held: false, outputHash: HEX32 },
      },
    ],
    ...{ purpose: "user", model: "far-mini", manifestHash: HEX32, inputTokens: 100, outputTokens: 200 },
    ...{ inputMicro: 200_000n, outputMicro: 200_000n, rate8: 10_000_000n, asset: "FAR", chargeWei, chargeVcu: null },
    split: { operatorWei, stakersWei, treasuryWei: chargeWei - operatorWei - stakersWei },
    ...{ requestHash: HEX32, responseHash: HEX32, salt: HEX32, createdAtMs: 1_760_000_000_000 + i },
  };
}

const toPending = (receipt: ReceiptPart): PendingReceipt => ({
  ...{ taskId: receipt.taskId, wallet: receipt.payerWallet, chargeWei: receipt.chargeWei },
  ...{ stakersWei: receipt.split.stakersWei, treasuryWei: receipt.split.treasuryWei, nodes: receipt.nodes },
});

async function measured<T>(name: string, work: () => Promise<T> | T): Promise<T> {
  let [last, stallMs] = [performance.now(), 0];
  const tick = (): void => {
    stallMs = Math.max(stallMs, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(tick, 1);
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  tick();
  clearInterval(timer);
  const cpuMs = (user + system) / 1_000;
  process.stdout.write(
    `${name.padEnd(24)} ${cpuMs.toFixed(0).padStart(6)} ms CPU, longest stall ${stallMs.toFixed(0)} ms\n`,
  );
  totalMs += cpuMs;
  return result;
}

async function leavesOf(receipts: readonly ReceiptPart[]): Promise<`0x${string}`[]> {
  const leaves: `0x${string}`[] = [];
  for (const [i, receipt] of receipts.entries()) {
    leaves.push(leafOf(receiptPreimage(receipt)));
    // As the epoch's own reading does, page by page.
    if (i % CHUNK === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return leaves;
}

let totalMs = 0;
const receipts = Array.from({ length: tasks }, (_, i) => receiptOf(i));
const pending = receipts.map(toPending);
const limits = {
  ...{ payersMax: PAYERS, holdsMax: 100, tasksMax: tasks },
  ...{ amountWeiMax: 10n ** 30n, treasuryWeiMax: 0n },
};
process.stdout.write(`${tasks} tasks, ${PAYERS} payers, ${OWNERS} operators\n`);
const chosen = await measured("choose", () => selectReceipts(pending, limits));
const netted = await measured("net", () => netEpoch(chosen, CREDITS));
const leaves = await measured("leaves of receipts", () => leavesOf(receipts));
await measured("receipts root", () => merkleRoot(leaves));
await measured(`payees root of ${netted.rooted.length}`, () =>
  payeesTree(netted.rooted.map(({ payee, amountWei }) => ({ payee, cumulativeWei: amountWei }))),
);
process.stdout.write(`in all ${(totalMs / 1_000).toFixed(2)} s CPU\n`);
