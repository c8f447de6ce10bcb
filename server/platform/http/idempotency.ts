/**
 * Repeated requests by `Idempotency-Key`. States of a key: free → claimed (its request runs) → answered, for 24 h → free; a claim whose
 * request ended without an answer worth keeping (402, 429, 5xx), died with its process, or outlived its hour, is free again.
 *
 * In this process the first of identical requests runs and the others wait in memory; between processes the table decides.
 */
import type { Clock } from "#kernel";
import { coded } from "#kernel";
import type { Contributor, Sql } from "#platform/pg";
import type { IdempotencyState, StoredAnswer } from "./http.ts";
import { createContributor, type IdempotencyPart } from "./idempotency/contributor.ts";
import {
  type Claim,
  deleteClaim,
  deleteExpired,
  insertClaim,
  type Row,
  readRow,
  writeAnswer,
} from "./idempotency/table.ts";
import type { HttpLog } from "./observe.ts";

export interface IdempotencyDeps {
  sql: Sql;
  clock: Clock;
  log: HttpLog;
  /** Under the account's own key. */
  seal(accountId: string, plain: string): Promise<Buffer>;
  open(accountId: string, sealed: Buffer): Promise<string>;
  /** Whether what a claim refers to still runs, in this process or another; by default nothing does. */
  isRunning?: (ref: string) => boolean | Promise<boolean>;
}

export interface IdempotencyStore {
  /** What to do with a request. `new` must be followed by exactly one `complete` or `abandon`. @throws idempotency_key_reused (422) */
  lookup(accountId: string, key: string, bodyHash: Buffer): Promise<IdempotencyState>;
  /** For requests whose claim and answer commit with something else: the part `idempotency`. `abandon` then ends them, whatever the end was. */
  contributor: Contributor<IdempotencyPart>;
  /** For all others: takes the key in a statement of its own, after `lookup` said `new`. @throws idempotency_conflict (409) */
  claim(claim: Claim): Promise<void>;
  /** Stores the answer and gives it to who waits. */
  complete(accountId: string, key: string, answer: StoredAnswer): Promise<void>;
  /** Ends a request whose answer is not kept here: the key is free again, unless its answer was committed by the part. */
  abandon(accountId: string, key: string): void;
  /** Drops keys past their 24 h; returns how many. For a job. */
  sweep(): Promise<number>;
}

interface Running {
  bodyHash: Buffer;
  answer: Promise<StoredAnswer | null>;
  resolve(answer: StoredAnswer | null): void;
  /** What held the key before and is dead. */
  deadRef: string | null;
  /** Set once claimed. */
  ref: string | null;
  answered: boolean;
}

const POLL_MS = 250;
const SWEEP_MAX = 1_000;

const idOf = (accountId: string, key: string): string => `${accountId}\n${key}`;

export function createIdempotencyStore(deps: IdempotencyDeps): IdempotencyStore {
  const { sql, clock, log } = deps;
  const running = new Map<string, Running>();
  /** Reads under way, shared: of 64 identical requests one asks the database. */
  const reading = new Map<string, Promise<Row | null>>();

  const elsewhere = new Map<string, Promise<StoredAnswer | null>>();

  function sharedRead(accountId: string, key: string): Promise<Row | null> {
    const id = idOf(accountId, key);
    const known = reading.get(id);
    if (known !== undefined) return known;
    const read = readRow(sql, { accountId, key }).finally(() => reading.delete(id));
    reading.set(id, read);
    return read;
  }

  function sameBody(stored: Buffer, bodyHash: Buffer): void {
    if (!stored.equals(bodyHash)) throw coded("idempotency_key_reused");
  }

  function follow(here: Running, bodyHash: Buffer): IdempotencyState {
    sameBody(here.bodyHash, bodyHash);
    return { state: "running", answer: here.answer };
  }

  async function openAnswer(row: Row, sealed: Buffer): Promise<StoredAnswer> {
    return JSON.parse(await deps.open(row.account_id, sealed)) as StoredAnswer;
  }

  async function pollRow(row: Row): Promise<StoredAnswer | null> {
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      const now = await readRow(sql, { accountId: row.account_id, key: row.key });
      if (now === null || now.ref !== row.ref || now.claim_expires_at.getTime() <= clock.now()) return null;
      if (now.sealed_body !== null) return openAnswer(now, now.sealed_body);
    }
  }

  /** A request of another process: its row is looked at until it is answered, freed or past its time; one look for all who wait. */
  function followElsewhere(id: string, row: Row): Promise<StoredAnswer | null> {
    const known = elsewhere.get(id);
    if (known !== undefined) return known;
    const answer = pollRow(row).finally(() => elsewhere.delete(id));
    // Whoever waits hears of the failure; when nobody does any more, it is nobody's.
    answer.catch(() => {});
    elsewhere.set(id, answer);
    return answer;
  }

  function begin(id: string, bodyHash: Buffer, deadRef: string | null): IdempotencyState {
    let resolve: (answer: StoredAnswer | null) => void = () => {};
    const answer = new Promise<StoredAnswer | null>((done) => {
      resolve = done;
    });
    running.set(id, { bodyHash, answer, resolve, deadRef, ref: null, answered: false });
    return { state: "new" };
  }

  function finish(id: string, answer: StoredAnswer | null): void {
    const here = running.get(id);
    running.delete(id);
    here?.resolve(answer);
  }

  return {
    async lookup(accountId, key, bodyHash) {
      const id = idOf(accountId, key);
      const early = running.get(id);
      if (early !== undefined) return follow(early, bodyHash);
      const row = await sharedRead(accountId, key);
      const isOpen = row !== null && row.sealed_body === null && row.claim_expires_at.getTime() > clock.now();
      const runsElsewhere = isOpen && ((await deps.isRunning?.(row.ref)) ?? false);
      // While this one read, another may have begun.
      const late = running.get(id);
      if (late !== undefined) return follow(late, bodyHash);
      if (row === null || row.expires_at.getTime() <= clock.now()) return begin(id, bodyHash, null);
      sameBody(row.body_hash, bodyHash);
      if (row.sealed_body !== null) return { state: "done", answer: await openAnswer(row, row.sealed_body) };
      if (runsElsewhere) return { state: "running", answer: followElsewhere(id, row) };
      return begin(id, bodyHash, row.ref);
    },

    contributor: createContributor({
      clock,
      seen: {
        deadRef: (accountId, key) => running.get(idOf(accountId, key))?.deadRef ?? null,
        claimed(part) {
          const here = running.get(idOf(part.accountId, part.key));
          if (here !== undefined) here.ref = part.ref;
        },
        answered(part) {
          const here = running.get(idOf(part.accountId, part.key));
          if (here !== undefined) here.answered = true;
        },
      },
    }),

    async claim(claim) {
      const id = idOf(claim.accountId, claim.key);
      const here = running.get(id);
      const held = await insertClaim(sql, claim, { nowMs: clock.now(), deadRef: here?.deadRef ?? null });
      if (!held) throw coded("idempotency_conflict");
      if (here !== undefined) here.ref = claim.ref;
    },

    async complete(accountId, key, answer) {
      const id = idOf(accountId, key);
      const ref = running.get(id)?.ref;
      if (ref !== null && ref !== undefined) {
        await writeAnswer(sql, { accountId, key, ref, sealed: await deps.seal(accountId, JSON.stringify(answer)) });
      }
      finish(id, answer);
    },

    abandon(accountId, key) {
      const id = idOf(accountId, key);
      const here = running.get(id);
      finish(id, null);
      if (here === undefined || here.ref === null || here.answered) return;
      // Should this fail, the claim is found dead by the next lookup.
      deleteClaim(sql, { accountId, key, ref: here.ref }).catch((error: unknown) => {
        log.warn("idempotency claim not freed", { error: String(error) });
      });
    },

    sweep: () => deleteExpired(sql, { nowMs: clock.now(), limit: SWEEP_MAX }),
  };
}
