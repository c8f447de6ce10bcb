import { z } from "zod";
import type { OutboxEvent } from "#platform/outbox";
import { type Role, STREAM_TYPES, type StreamType } from "../revenue.ts";

const HOUR_MS = 3_600_000;
const wei = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform(BigInt);
const wallet = z.string().regex(/^0x[0-9a-f]{40}$/);

/** What this module reads of `inference.task_finished`; a task that ended without a charge has nothing of it. */
const finishedEvent = z.object({
  charge: wei,
  rate: wei.optional(),
  stakers: wei.default(0n),
  treasury: wei.default(0n),
  purpose: z.enum(["user", "check"]).default("user"),
  /** The product that the task was for, where it was not the API itself. */
  product: z.enum(STREAM_TYPES).exclude(["gpu"]).default("inference"),
  nodes: z.array(z.object({ owner: wallet, amount: wei })),
});
const claimedEvent = z.object({
  wallet,
  revenue: wei,
  base: wei,
  rate: wei.nullable(),
  tx_hash: z.string(),
  at: z.iso.datetime(),
});

/** A row to be added to. */
export interface Entry {
  stream: StreamType;
  role: Role;
  wallet: string;
  farWei: bigint;
  /** Wei times the rate with 8 decimals: dollars times 10²⁶. Null without a rate. */
  usd26: bigint | null;
  internalWei: bigint;
  txHash: string | null;
  atMs: number;
}

function taskEntries(payload: unknown, nowMs: number): Entry[] {
  const { charge, rate, stakers, treasury, purpose, product, nodes } = finishedEvent.parse(payload);
  if (charge === 0n) return [];
  const entry = (stream: StreamType, role: Role, owner: string, farWei: bigint): Entry => ({
    ...{ stream, role, wallet: owner, farWei, usd26: rate === undefined ? null : farWei * rate },
    ...{ internalWei: purpose === "check" ? farWei : 0n, txHash: null, atMs: nowMs - (nowMs % HOUR_MS) },
  });
  return [
    ...nodes.map((node) => entry("gpu", "operator", node.owner, node.amount)),
    entry(product, "stakers", "", stakers),
    entry(product, "treasury", "", treasury),
  ];
}

function claimEntries(payload: unknown): Entry[] {
  const { wallet: owner, revenue, rate, tx_hash: txHash, at } = claimedEvent.parse(payload);
  // The base reward comes from a reserve that somebody filled, not from use: it is no revenue.
  if (revenue === 0n) return [];
  const usd26 = rate === null ? null : revenue * rate;
  return [
    {
      stream: "inference",
      role: "staker",
      wallet: owner,
      farWei: revenue,
      usd26,
      internalWei: 0n,
      txHash,
      atMs: Date.parse(at),
    },
  ];
}

/** What an event says that somebody earned. @throws ZodError for an event that is not what its topic promises */
export function entriesOf({ topic, payload }: OutboxEvent, nowMs: number): Entry[] {
  return topic === "inference.task_finished" ? taskEntries(payload, nowMs) : claimEntries(payload);
}

const keyOf = (e: Entry): string => `${e.atMs} ${e.stream} ${e.role} ${e.wallet} ${e.txHash ?? ""}`;
const sum = (a: bigint | null, b: bigint | null): bigint | null => (a === null || b === null ? null : a + b);

/** Entries of one row added up, in a fixed order, so that two writers cannot lock each other out. */
export function mergeEntries(entries: readonly Entry[]): Entry[] {
  const rows = new Map<string, Entry>();
  for (const entry of entries) {
    const key = keyOf(entry);
    const row = rows.get(key);
    const merged =
      row === undefined
        ? entry
        : {
            ...row,
            farWei: row.farWei + entry.farWei,
            usd26: sum(row.usd26, entry.usd26),
            internalWei: row.internalWei + entry.internalWei,
          };
    rows.set(key, merged);
  }
  return [...rows.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
