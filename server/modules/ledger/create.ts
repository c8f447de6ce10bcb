import { type Clock, systemClock } from "#kernel";
import type { OutboxEvent } from "#platform/outbox";
import type { Sql, Tx } from "#platform/pg";
import type { Ledger } from "./ledger.ts";
import { audit } from "./operations/audit.ts";
import { balances } from "./operations/balances.ts";
import { createContributor } from "./operations/contributor.ts";
import { expire, open } from "./operations/expire.ts";
import { fold } from "./operations/fold.ts";
import { grantCredits } from "./operations/grantCredits.ts";
import { history } from "./operations/history.ts";
import { holders } from "./operations/holders.ts";
import { refillFloat } from "./operations/refillFloat.ts";
import { setFrozen, transfer } from "./operations/transfer.ts";
import { trialBalance } from "./operations/trialBalance.ts";
import "./errors.ts";

export interface LedgerDeps {
  sql: Sql;
  clock?: Clock;
  /** Writes events in a transaction; absent where nobody listens. */
  publish?: (tx: Tx, events: readonly OutboxEvent[]) => Promise<void>;
}

/** The ledger over a serving pool. Register its `contributor` for the part `funds` before any other. */
export function createLedger(deps: LedgerDeps): Ledger {
  const { sql, clock = systemClock, publish = async () => undefined } = deps;
  return {
    contributor: createContributor(clock),
    transfer,
    setFrozen,
    balances: (accounts) => balances(sql, accounts),
    async balance(account) {
      const [found] = await balances(sql, [account]);
      if (found === undefined) throw new Error("a balance has one row");
      return found;
    },
    history: (account, page) => history(sql, account, page),
    expire: (nowMs, limit) => expire(sql, nowMs, limit),
    holders: (prefix) => holders(sql, prefix),
    refillFloat: (treasuryFree) => refillFloat(sql, treasuryFree),
    grantCredits: (grant) => grantCredits({ sql, publish }, grant),
    open: (ids) => open(sql, ids),
    fold: () => fold(sql),
    trialBalance: () => trialBalance(sql),
    audit: () => audit(sql),
  };
}
