/**
 * What signing adds to a task, in CPU of the server: its leaf, its part of the tree, and its share of one signature for each quarter of a
 * second. `node server/modules/settlement/receipts/signBatch.bench.ts [tasks a second]`
 */
import { createChain } from "@farlabs/chain";
import type { Hex } from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { leafOf, merkleRoot } from "../model/merkle.ts";
import { receiptPreimage } from "../model/receiptPreimage.ts";
import type { ReceiptPart } from "../settlement.ts";
import { splitLeaves } from "./leaves.ts";

const ROUNDS = 100;
const SIGNATURES_PER_S = 4;
const tasksPerS = Number(process.argv[2] ?? 1_000);
const tasks = Math.ceil(tasksPerS / SIGNATURES_PER_S);

const place = (byte: string): Hex => `0x${byte.repeat(20)}`;
const contracts = {
  ...{ farToken: place("01"), inferencePayment: place("02"), priceFeed: place("03") },
  ...{ nodeRegistry: place("04"), staking: place("05") },
};
const signer = privateKeyToAccount(generatePrivateKey());
const chain = createChain({ rpcUrl: "http://127.0.0.1:1", contracts, account: signer });
const hash = `0x${"44".repeat(32)}`;

const part = (taskId: string): ReceiptPart => ({
  ...{
    taskId,
    payerWallet: place("ab"),
    payerAccount: "acc_1",
    payerSalt: `0x${"55".repeat(16)}`,
    purpose: "user",
    model: "far-mini",
    manifestHash: hash,
  },
  nodes: [
    {
      ...{ nodeId: `node_${place("cd")}_00000000`, owner: place("cd"), attempt: 1, tokens: 212, tokensClaimed: 212 },
      ...{ score: 80.25, amountWei: 600n, held: false, outputHash: hash },
    },
  ],
  ...{ inputTokens: 31, outputTokens: 212, inputMicro: 200_000n, outputMicro: 200_000n, rate8: 10_000_000n },
  ...{ asset: "FAR", chargeWei: 486_000_000_000_000n, chargeVcu: null },
  split: { operatorWei: 600n, stakersWei: 200n, treasuryWei: 200n },
  ...{ requestHash: hash, responseHash: hash, salt: `0x${"33".repeat(16)}`, createdAtMs: 1_760_000_000_123 },
});

/** Made before the clock runs: in the server they are there anyway. */
const rounds = Array.from({ length: ROUNDS }, (_, round) =>
  Array.from({ length: tasks }, (__, i) => part(`task_${round}_${i}`)),
);

async function signAll(): Promise<void> {
  for (const parts of rounds) {
    const hex = parts.map((one) => leafOf(receiptPreimage(one)).slice(2)).join("");
    const leaves = splitLeaves(Buffer.from(hex, "hex"));
    await chain.signReceiptBatch({ batch: { root: await merkleRoot(leaves), count: leaves.length, signedAtS: 1 } });
  }
}

await signAll();
const before = process.cpuUsage();
await signAll();
const { user, system } = process.cpuUsage(before);
const microseconds = (user + system) / (ROUNDS * tasks);
process.stdout.write(`${tasks} tasks a signature (${tasksPerS} a second): ${microseconds.toFixed(1)} µs a task\n`);
