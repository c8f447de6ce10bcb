import { type Clock, coded } from "#kernel";
import { type Contributor, type Entry, type Statement, type Tx, textArray } from "#platform/pg";
import { CLAIM_MS, KEPT_MS, type Row } from "./table.ts";

/** The group-commit part `idempotency`. */
export type IdempotencyPart =
  /** With an admission: the key belongs to `ref` (its task) from this commit on. */
  | { kind: "claim"; accountId: string; key: string; bodyHash: Buffer; ref: string }
  /** With the end: what a repetition gets. */
  | { kind: "answer"; accountId: string; key: string; sealedBody: Buffer };

type ClaimPart = Extract<IdempotencyPart, { kind: "claim" }>;
type AnswerPart = Extract<IdempotencyPart, { kind: "answer" }>;

const idOf = (p: { accountId: string; key: string }): string => `${p.accountId}\n${p.key}`;
const hex = (bytes: Buffer): string => bytes.toString("hex");

export interface Seen {
  /** The reference that `lookup` found dead, if any. */
  deadRef(accountId: string, key: string): string | null;
  claimed(part: ClaimPart): void;
  answered(part: AnswerPart): void;
}

function isFree(row: Row, deadRef: string | null, nowMs: number): boolean {
  if (row.expires_at.getTime() <= nowMs) return true;
  return row.sealed_body === null && (row.claim_expires_at.getTime() <= nowMs || row.ref === deadRef);
}

function insertStatement(tx: Tx, claims: readonly ClaimPart[], nowMs: number): Statement {
  return tx`
    insert into platform.idempotency (account_id, key, body_hash, ref, claim_expires_at, expires_at)
    select account_id, key, decode(body_hash, 'hex'), ref, ${new Date(nowMs + CLAIM_MS)}, ${new Date(nowMs + KEPT_MS)}
    from unnest(${textArray(claims.map((c) => c.accountId))}::text[], ${textArray(claims.map((c) => c.key))}::text[],
      ${textArray(claims.map((c) => hex(c.bodyHash)))}::text[], ${textArray(claims.map((c) => c.ref))}::text[])
      as c (account_id, key, body_hash, ref)` as unknown as Statement;
}

function takeOverStatement(tx: Tx, claims: readonly ClaimPart[], nowMs: number): Statement {
  return tx`
    update platform.idempotency i set body_hash = decode(c.body_hash, 'hex'), ref = c.ref, sealed_body = null,
      claim_expires_at = ${new Date(nowMs + CLAIM_MS)}, expires_at = ${new Date(nowMs + KEPT_MS)}
    from unnest(${textArray(claims.map((c) => c.accountId))}::text[], ${textArray(claims.map((c) => c.key))}::text[],
      ${textArray(claims.map((c) => hex(c.bodyHash)))}::text[], ${textArray(claims.map((c) => c.ref))}::text[])
      as c (account_id, key, body_hash, ref)
    where i.account_id = c.account_id and i.key = c.key` as unknown as Statement;
}

function answerStatement(tx: Tx, answers: readonly AnswerPart[]): Statement {
  return tx`
    update platform.idempotency i set sealed_body = decode(a.sealed, 'hex')
    from unnest(${textArray(answers.map((a) => a.accountId))}::text[], ${textArray(answers.map((a) => a.key))}::text[],
      ${textArray(answers.map((a) => hex(a.sealedBody)))}::text[]) as a (account_id, key, sealed)
    where i.account_id = a.account_id and i.key = a.key and i.sealed_body is null` as unknown as Statement;
}

/** Claims and answers of many requests in the transaction of their admissions and charges. */
export function createContributor(deps: { clock: Clock; seen: Seen }): Contributor<IdempotencyPart> {
  const { clock, seen } = deps;
  /** Claims whose row exists and is free, as `decide` found; read by the `write` of the same batch. */
  const takeOvers = new WeakSet<IdempotencyPart>();

  function decideClaim(entry: Entry<IdempotencyPart>, part: ClaimPart, row: Row | undefined, nowMs: number): boolean {
    if (row === undefined) return true;
    // A connection lost at commit: it was us.
    if (row.ref === part.ref) {
      entry.replay();
      return false;
    }
    if (!isFree(row, seen.deadRef(part.accountId, part.key), nowMs)) {
      entry.refuse(coded("idempotency_conflict"));
      return false;
    }
    takeOvers.add(part);
    return true;
  }

  return {
    lock(tx, parts) {
      const claims = parts.filter((part) => part.kind === "claim");
      if (claims.length === 0) return [];
      return [
        // A key without a row has nothing to lock: two processes would both find none, and the second would fail at its insert.
        tx`
          select pg_advisory_xact_lock(h) from (
            select distinct hashtextextended(c.account_id || chr(10) || c.key, 0) as h
            from unnest(${textArray(claims.map((c) => c.accountId))}::text[], ${textArray(claims.map((c) => c.key))}::text[])
              as c (account_id, key) order by h) as hashes` as unknown as Statement,
        tx`
          select i.* from platform.idempotency i
          join unnest(${textArray(claims.map((c) => c.accountId))}::text[], ${textArray(claims.map((c) => c.key))}::text[])
            as c (account_id, key) on i.account_id = c.account_id and i.key = c.key
          order by i.account_id, i.key for update of i` as unknown as Statement,
      ];
    },
    decide(entries, locked) {
      const nowMs = clock.now();
      const rows = new Map<string, Row>();
      for (const row of (locked[1] ?? []) as unknown as Row[])
        rows.set(idOf({ accountId: row.account_id, key: row.key }), row);
      const taken = new Set<string>();
      for (const entry of entries) {
        const { part } = entry;
        if (part.kind !== "claim" || entry.skipped) continue;
        const id = idOf(part);
        if (taken.has(id)) entry.refuse(coded("idempotency_conflict"));
        else if (decideClaim(entry, part, rows.get(id), nowMs)) taken.add(id);
      }
    },
    write(tx, entries) {
      const nowMs = clock.now();
      const inserts: ClaimPart[] = [];
      const takes: ClaimPart[] = [];
      const answers: AnswerPart[] = [];
      for (const { part } of entries) {
        if (part.kind === "answer") {
          answers.push(part);
          seen.answered(part);
        } else {
          (takeOvers.has(part) ? takes : inserts).push(part);
          seen.claimed(part);
        }
      }
      return [
        ...(inserts.length > 0 ? [insertStatement(tx, inserts, nowMs)] : []),
        ...(takes.length > 0 ? [takeOverStatement(tx, takes, nowMs)] : []),
        ...(answers.length > 0 ? [answerStatement(tx, answers)] : []),
      ];
    },
  };
}
