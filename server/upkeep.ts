import type { Identity } from "#identity";
import type { Ledger } from "#ledger";
import type { IdempotencyStore } from "#platform/http";
import type { Logger } from "#platform/log";
import type { Settlement } from "#settlement";
import type { Staking } from "#staking";

const FOLD_MS = 1_000;
const FLOAT_MS = 2_000;
const EXPIRE_MS = 15_000;
const SWEEP_MS = 60_000;
const LOOK_MS = 10_000;

export interface UpkeepDeps {
  ledger: Ledger;
  idempotency: IdempotencyStore;
  identity: Identity;
  settlement: Pick<Settlement, "treasuryFree">;
  staking: Staking;
  log: Logger;
}

/** Periodic housekeeping. Returns the function that stops it. */
export function startUpkeep({ ledger, idempotency, identity, settlement, staking, log }: UpkeepDeps): () => void {
  const every = (everyMs: number, name: string, job: () => Promise<unknown>): NodeJS.Timeout => {
    let failing = false;
    let running = false;
    return setInterval(async () => {
      if (running) return;
      running = true;
      try {
        await job();
        failing = false;
      } catch (error) {
        if (!failing) log.warn("upkeep failed; it is tried again", { job: name, error });
        failing = true;
      }
      running = false;
    }, everyMs);
  };
  const timers = [
    every(FOLD_MS, "fold", ledger.fold),
    every(FLOAT_MS, "float", () => ledger.refillFloat(settlement.treasuryFree)),
    every(EXPIRE_MS, "expire", () => ledger.expire(Date.now(), 1_000)),
    every(SWEEP_MS, "idempotency", idempotency.sweep),
    every(LOOK_MS, "identity", identity.maintain),
    every(LOOK_MS, "staking", staking.upkeep),
  ];
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
