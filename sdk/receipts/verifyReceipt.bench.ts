/** What CPU it costs to check a receipt of two nodes offline: `node sdk/receipts/verifyReceipt.bench.ts`. */
import { readFileSync } from "node:fs";
import { verifyReceipt } from "./verifyReceipt.ts";

const ROUNDS = 200;
const receipt: unknown = JSON.parse(readFileSync(new URL("testing/receipt.json", import.meta.url), "utf8"));

const times: number[] = [];
for (let i = 0; i < ROUNDS; i += 1) {
  const before = process.cpuUsage();
  const { ok } = await verifyReceipt(receipt);
  if (!ok) throw new Error("the receipt does not verify");
  const { user, system } = process.cpuUsage(before);
  times.push((user + system) / 1_000);
}
const sorted = times.toSorted((a, b) => a - b);
const at = (share: number): string => (sorted[Math.floor(share * (ROUNDS - 1))] ?? 0).toFixed(1);
process.stdout.write(
  `one receipt: first ${times[0]?.toFixed(1)} ms, median ${at(0.5)} ms, 99 of 100 within ${at(0.99)} ms\n`,
);
