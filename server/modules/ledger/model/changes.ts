import { isHot } from "./account.ts";
import type { Effect, Movement } from "./books.ts";

/** What is added to one account's columns. */
export interface Change {
  account: string;
  debits: bigint;
  credits: bigint;
  /** May be negative. */
  reserved: bigint;
}

/** Sums up changes per account. */
export interface Changes {
  move(movement: Movement): void;
  reserve(account: string, delta: bigint): void;
  effect(effect: Effect): void;
  /** Of hot accounts: to be appended. */
  hot(): Change[];
  /** Of all others, those that `exists` knows apart from those to be opened. */
  cold(exists: (account: string) => boolean): { known: Change[]; fresh: Change[] };
}

export function createChanges(): Changes {
  const byAccount = new Map<string, Change>();

  function of(account: string): Change {
    const found = byAccount.get(account);
    if (found !== undefined) return found;
    const made = { account, debits: 0n, credits: 0n, reserved: 0n };
    byAccount.set(account, made);
    return made;
  }

  const reserve = (account: string, delta: bigint): void => {
    of(account).reserved += delta;
  };
  const move = ({ debit, credit, amount }: Movement): void => {
    of(debit).debits += amount;
    of(credit).credits += amount;
  };

  return {
    move,
    reserve,
    effect(effect) {
      const sign = effect.kind === "reserved" ? 1n : -1n;
      effect.accounts.forEach((account, index) => {
        reserve(account, sign * (effect.amounts[index] ?? 0n));
      });
      if (effect.kind === "resolved") for (const movement of effect.movements) move(movement);
    },
    hot: () => [...byAccount.values()].filter((change) => isHot(change.account)),
    cold(exists) {
      const cold = [...byAccount.values()].filter((change) => !isHot(change.account));
      return {
        known: cold.filter((change) => exists(change.account)),
        fresh: cold.filter((change) => !exists(change.account)),
      };
    },
  };
}
