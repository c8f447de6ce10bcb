import { type Clock, coded } from "#kernel";
import type { Contributor, Entry, Statement, Tx } from "#platform/pg";
import type { FundsOut, FundsPart } from "../ledger.ts";
import { isHot } from "../model/account.ts";
import { apply, isRemembered } from "../model/apply.ts";
import type { Effect } from "../model/books.ts";
import { createChanges } from "../model/changes.ts";
import { type Decision, decide } from "../model/decide.ts";
import { digestOfPart } from "../model/digest.ts";
import { appendUnfolded, openAccounts, updateAccounts } from "../sql/changeAccounts.ts";
import { insertRefusals } from "../sql/insertRefusals.ts";
import { insertReservations, type NewReservation } from "../sql/insertReservations.ts";
import { insertResolutions, type NewResolution } from "../sql/insertResolutions.ts";
import { insertTransfers, type NewTransfer } from "../sql/insertTransfers.ts";
import { lockAccounts } from "../sql/lockAccounts.ts";
import { readReservations } from "../sql/readReservations.ts";
import { readBooks } from "./readBooks.ts";

type FundsEntry = Entry<FundsPart, FundsOut>;

/** What decide leaves for write. */
interface Plan {
  effect: Effect;
  /** Accounts of the batch that exist; shared by its entries. */
  known: ReadonlySet<string>;
}

/** A reservation already past its time would be missed by the sweep, which starts where it ended; clocks of processes differ. */
const LIFE_MS_MIN = 1_000;

function accountsOf(parts: readonly FundsPart[]): string[] {
  const names = new Set<string>();
  for (const part of parts) {
    if (part.kind === "void") continue;
    const legs = part.kind === "reserve" ? [...part.legs, ...(part.otherwise ?? [])] : part.legs;
    for (const leg of legs) {
      names.add(leg.account);
      if ("to" in leg) for (const to of leg.to) if (!isHot(to.account)) names.add(to.account);
    }
  }
  return [...names];
}

function lock(tx: Tx, parts: readonly FundsPart[]): Statement[] {
  const resolving = parts.filter((part) => part.kind !== "reserve").map((part) => part.id);
  return [
    lockAccounts(tx, accountsOf(parts), resolving),
    readReservations(tx, [...new Set(parts.map((part) => part.id))]),
  ];
}

function answer(entry: FundsEntry, decision: Decision): void {
  if (decision.kind === "refused") {
    entry.refuse(coded(decision.code, decision.message ? { message: decision.message } : {}));
    return;
  }
  entry.out = { reserved: decision.reserved, otherwise: decision.otherwise };
  if (decision.kind === "replayed") entry.replay();
}

function movementsAsTransfers(id: string, effect: Extract<Effect, { kind: "resolved" }>): NewTransfer[] {
  return effect.movements.map((movement, line) => ({ ...movement, cause: id, line, id: null, kind: "charge" }));
}

function writesOf(tx: Tx, plans: readonly { part: FundsPart; plan: Plan }[], nowMs: number): Statement[] {
  const reservations: NewReservation[] = [];
  const resolutions: NewResolution[] = [];
  const transfers: NewTransfer[] = [];
  const changes = createChanges();
  for (const { part, plan } of plans) {
    const { effect } = plan;
    changes.effect(effect);
    if (effect.kind === "reserved" && part.kind === "reserve") {
      const expiresAtMs = Math.max(part.expiresAtMs, nowMs + LIFE_MS_MIN);
      reservations.push({
        id: part.id,
        digest: effect.digest,
        accounts: effect.accounts,
        amounts: effect.amounts,
        expiresAtMs,
      });
    } else if (effect.kind === "resolved") {
      resolutions.push({ id: part.id, kind: effect.resolution, digest: effect.digest });
      transfers.push(...movementsAsTransfers(part.id, effect));
    }
  }
  const known = plans[0]?.plan.known ?? new Set<string>();
  const cold = changes.cold((account) => known.has(account));
  const hot = changes.hot();
  return [
    ...(reservations.length > 0 ? [insertReservations(tx, reservations)] : []),
    ...(resolutions.length > 0 ? [insertResolutions(tx, resolutions)] : []),
    ...(transfers.length > 0 ? [insertTransfers(tx, transfers)] : []),
    ...(cold.known.length > 0 ? [updateAccounts(tx, cold.known)] : []),
    ...(cold.fresh.length > 0 ? [openAccounts(tx, cold.fresh)] : []),
    ...(hot.length > 0 ? [appendUnfolded(tx, hot)] : []),
  ];
}

/** The group-commit part `funds`: reserve, post and void. */
export function createContributor(clock: Clock): Contributor<FundsPart, FundsOut> {
  const plans = new WeakMap<FundsEntry, Plan>();

  return {
    lock,
    decide(entries, locked) {
      const books = readBooks(locked[0] ?? [], locked[1] ?? []);
      const known = new Set(books.accounts.keys());
      for (const entry of entries) {
        const digest = digestOfPart(entry.part);
        const decision = decide(books, entry.part, digest);
        apply(books, entry.part, { decision, digest });
        answer(entry, decision);
        if (decision.kind === "accepted") plans.set(entry, { effect: decision.effect, known });
      }
    },
    write(tx, entries) {
      const planned = entries.flatMap((entry) => {
        const plan = plans.get(entry);
        return plan === undefined ? [] : [{ part: entry.part, plan }];
      });
      return writesOf(tx, planned, clock.now());
    },
    writeRefused(tx, refused) {
      const rows = refused.flatMap(({ part, error }) => {
        const code = String((error as { code?: unknown }).code);
        return isRemembered(part, code)
          ? [{ id: part.id, digest: digestOfPart(part), code, message: error.message }]
          : [];
      });
      return rows.length > 0 ? [insertRefusals(tx, rows)] : [];
    },
  };
}
