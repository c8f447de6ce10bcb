import { createHash } from "node:crypto";
import type { Tx } from "#platform/pg";
import type { Context } from "./context.ts";
import { step } from "./step.ts";

/** A proposal that the chain took is heard of within this time; later it is sent again. */
const HEARD_MS = 600_000;
/** A proposal of nothing, where nothing is staked, stands as long as one on chain would be appealable. */
const EMPTY_DELAY_MS = 86_400_000;

interface CaseRow {
  id: string;
  node_id: string;
  owner_wallet: string;
  wants: "propose" | "withdraw" | null;
  slash_id: string | null;
  wants_since: Date;
  evidence: string | null;
  proposals: number;
}

/** Carries out on chain what cases want: proposals, withdrawals, and the execution of what can be executed. */
export async function moveCases(context: Context): Promise<void> {
  const { sql, clock, log } = context;
  const now = clock.now();
  const due = await sql<CaseRow[]>`
    select id, node_id, owner_wallet, wants, slash_id, wants_since, evidence, proposals from trust.cases
    where wants is not null and (tried_at is null or tried_at < ${new Date(now - HEARD_MS)}) order by wants_since limit 100`;
  for (const row of due) {
    await (row.wants === "propose" ? propose(context, row) : withdraw(context, row)).catch((error: unknown) =>
      log.warn("a case could not be carried out on chain; it is tried again", {
        error,
        caseId: row.id,
        wants: row.wants,
      }),
    );
  }
  await cancelStrays(context);
  const ripe = await sql<CaseRow[]>`
    select c.id, c.node_id, c.owner_wallet, c.wants, c.slash_id, c.wants_since, c.evidence, c.proposals
    from trust.cases c join trust.nodes n using (node_id)
    where c.closed_at is null and c.wants is null and n.standing = 'proposed' and c.executable_at <= ${new Date(now)}
      and (c.tried_at is null or c.tried_at < ${new Date(now - HEARD_MS)}) limit 100`;
  for (const row of ripe)
    await execute(context, row).catch((error: unknown) =>
      log.warn("a slash could not be executed yet", { error, caseId: row.id }),
    );
}

/** What the case rests on, as text; its SHA-256 stands on chain, so that nothing can be added later. */
async function evidenceOf({ sql }: Context, row: CaseRow): Promise<string> {
  const checks = await sql<{ id: string; kind: string; share: number; factor: number; checker: string | null }[]>`
    select id, kind, share, factor, checker_owner as checker from trust.checks
    where node_id = ${row.node_id} and status = 'done' and share is not null order by finished_at desc, id limit 200`;
  return JSON.stringify({
    case: row.id,
    proposal: row.proposals,
    since: row.wants_since.toISOString(),
    node: row.node_id,
    owner: row.owner_wallet,
    checks,
  });
}

async function propose(context: Context, row: CaseRow): Promise<void> {
  const { sql, clock, slash, config } = context;
  const available = await slash.available({ owner: row.owner_wallet, nodeId: row.node_id });
  // A newcomer has little at stake: a tenth of it would be the price of a lie, not a deterrent.
  const amount = available.isRegistered ? (available.wei * BigInt(config.TRUST_SLASH_BPS)) / 10_000n : available.wei;
  // Sent again it is the same proposal, so that two that arrive are known for one.
  const evidence = row.evidence ?? (await evidenceOf(context, row));
  const hash = `0x${createHash("sha256").update(evidence).digest("hex")}` as const;
  const empty = amount === 0n;
  const kept = await sql`
    update trust.cases set amount = ${amount.toString()}, evidence = ${evidence}, evidence_hash = ${hash}, tried_at = ${new Date(clock.now())},
      wants = ${empty ? null : "propose"}, executable_at = ${empty ? new Date(clock.now() + EMPTY_DELAY_MS) : null}
    where id = ${row.id} and wants = 'propose' returning id`;
  if (kept.length > 0 && !empty)
    await slash.propose({ owner: row.owner_wallet, nodeId: row.node_id, amountWei: amount, evidence: hash });
}

async function withdraw(context: Context, row: CaseRow): Promise<void> {
  const { sql, clock, slash } = context;
  if (row.slash_id === null) {
    // Sent but never heard of: it did not happen.
    if (clock.now() - row.wants_since.getTime() > HEARD_MS)
      await sql`update trust.cases set wants = null where id = ${row.id} and slash_id is null`;
    return;
  }
  await sql`update trust.cases set tried_at = ${new Date(clock.now())} where id = ${row.id}`;
  await slash.cancel(BigInt(row.slash_id));
}

/** Proposals that arrived twice: what is not cancelled could be executed by anyone. */
async function cancelStrays({ sql, slash, log }: Context): Promise<void> {
  const strays = await sql<
    { slash_id: string }[]
  >`select slash_id from trust.strays where cancelled_at is null limit 100`;
  for (const { slash_id } of strays)
    await slash
      .cancel(BigInt(slash_id))
      .catch((error: unknown) => log.warn("a stray slash could not be cancelled yet", { error, slashId: slash_id }));
}

async function execute(context: Context, row: CaseRow): Promise<void> {
  if (row.slash_id !== null) {
    await context.sql`update trust.cases set tried_at = ${new Date(context.clock.now())} where id = ${row.id}`;
    return context.slash.execute(BigInt(row.slash_id));
  }
  await context.sql.begin((tx) => executed(context, tx, { caseId: row.id, nodeId: row.node_id, amountWei: 0n }));
}

/** A slash was executed: the amount is noted and the case closes. */
export async function executed(
  context: Pick<Context, "clock">,
  tx: Tx,
  { caseId, nodeId, amountWei }: { caseId: string; nodeId: string; amountWei: bigint },
): Promise<void> {
  await tx`select from trust.nodes where node_id = ${nodeId} for update`;
  await tx`update trust.cases set slashed = ${amountWei.toString()} where id = ${caseId}`;
  await step(context, tx, { nodeId, inputs: [{ type: "executed" }] });
}
