import { type Clock, systemClock } from "#kernel";
import type { Sql } from "#platform/pg";
import type { Ledger } from "./ledger.ts";
import { audit } from "./operations/audit.ts";
import { balances } from "./operations/balances.ts";
import { createContributor } from "./operations/contributor.ts";
import { expire, open } from "./operations/expire.ts";
import { fold } from "./operations/fold.ts";
import { history } from "./operations/history.ts";
import { setFrozen, transfer } from "./operations/transfer.ts";
import { trialBalance } from "./operations/trialBalance.ts";
import "./errors.ts";

/** The ledger over a serving pool. Register its `contributor` for the part `funds` before any other. */
export function createLedger(deps: { sql: Sql; clock?: Clock }): Ledger {
  const { sql, clock = systemClock } = deps;
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
    open: (ids) => open(sql, ids),
    fold: () => fold(sql),
    trialBalance: () => trialBalance(sql),
    audit: () => audit(sql),
  };
}
