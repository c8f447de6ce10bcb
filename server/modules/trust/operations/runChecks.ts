import type { SeenNode } from "../doors.ts";
import { type NodeTrust, REAUDIT_CHECKS_MAX } from "../model/decide.ts";
import { type FindCalibration, judge, viewsOfScores } from "../model/judge.ts";
import { ALPHA_WATCH, rejects } from "../model/sequential.ts";
import { type Lack, nextBudgetMs } from "./budget.ts";
import { isBelievedNode, maybeSeed, scoreAt } from "./checkers.ts";
import type { Context } from "./context.ts";
import { finish } from "./finish.ts";
import type { SealedAnswer } from "./intake.ts";
import { scorersOf } from "./offers.ts";

const CLAIM_MS = 600_000;
const NO_CHECKER_MS = 60_000;
const AGAIN_MS = 30_000;
const TRIES_MAX = 5;

export interface DueCheck {
  id: string;
  kind: "score" | "reaudit";
  node_id: string;
  owner_wallet: string;
  model: string;
  manifest: string;
  hardware: string;
  of_check: string | null;
  /** Who is to make it, where that is chosen before. */
  checker_owner: string | null;
  tries: number;
}

/**
 * Runs what is due, some at a time. A check that a process took and did not end is due again after ten minutes; who takes which is decided by
 * the rows' locks alone.
 * @returns how many were taken
 */
export async function runChecks(context: Context, find: FindCalibration): Promise<number> {
  const { sql, clock, config, log } = context;
  const due = await sql<DueCheck[]>`
    update trust.checks set status = 'running', tries = tries + 1, not_before = ${new Date(clock.now() + CLAIM_MS)}
    where id in (select id from trust.checks where status in ('pending', 'running') and not_before <= ${new Date(clock.now())}
                 order by not_before limit ${config.TRUST_CHECKS_AT_ONCE} for update skip locked)
    returning id, kind, node_id, owner_wallet, model, manifest, hardware, of_check, checker_owner, tries`;
  await Promise.all(
    due.map((check) =>
      runCheck(context, check, find).catch(async (error: unknown) => {
        log.warn("a check failed; it is tried again", { error, checkId: check.id });
        await later(context, check, AGAIN_MS);
      }),
    ),
  );
  return due.length;
}

async function runCheck(context: Context, check: DueCheck, find: FindCalibration): Promise<void> {
  if (!(await isNeeded(context, check))) return voided(context, check, "decided_before");
  const answer = await evidenceOf(context, check);
  if (answer === null) return voided(context, check, "evidence_gone");
  const { checker, lack } = await choose(context, check, find);
  if (lack !== null) return postpone(context, check, lack);
  if (checker === null) return put(context, check, { at: context.clock.now() + NO_CHECKER_MS, tries: check.tries - 1 });
  const { asked, result } = await scoreAt(context, { node: checker, owner: check.owner_wallet }, answer);
  if (asked.lack !== null) return postpone(context, check, asked.lack);
  if (result === null) return later(context, check, AGAIN_MS);
  const { manifest, hardware } = check;
  const views = viewsOfScores(
    { manifest, hardware, temperature: answer.request.temperature },
    result.scores,
    result.end,
  );
  await finish(context, {
    checkId: check.id,
    nodeId: check.node_id,
    manifest,
    kind: check.kind,
    checker: { nodeId: checker.nodeId, owner: checker.ownerWallet, taskId: asked.taskId },
    judgement: judge(views, find),
  });
}

/** Not a try: the audit waits for the next hour's budget, or for the end of what runs, and is made then. */
const postpone = (context: Context, check: DueCheck, lack: Lack): Promise<void> =>
  put(context, check, {
    at: lack === "busy" ? context.clock.now() + AGAIN_MS : nextBudgetMs(context),
    tries: check.tries - 1,
  });

/** A node of another owner, in good standing and believed; for a re-audit of the owner that was chosen. Any of them, by lot. */
async function choose(
  context: Context,
  check: DueCheck,
  find: FindCalibration,
): Promise<{ checker: SeenNode | null; lack: Lack | null }> {
  const all = scorersOf(context, { model: check.model, manifest: check.manifest, owner: check.owner_wallet });
  const good = await context.sql<{ node_id: string }[]>`
    select node_id from trust.nodes where standing = 'good' and node_id in ${context.sql(["", ...all.map((n) => n.nodeId)])}`;
  const candidates = all
    .filter((n) => good.some((g) => g.node_id === n.nodeId))
    .filter((n) => check.checker_owner === null || n.ownerWallet === check.checker_owner)
    .map((node) => ({ node, lot: context.random() }))
    .sort((a, b) => a.lot - b.lot);
  for (const { node } of candidates) {
    if (!(await isBelievedNode(context, node.nodeId))) continue;
    const lack = await maybeSeed(context, node, { model: check.model, owner: check.owner_wallet, find });
    if (lack !== null) return { checker: null, lack };
    if (await isBelievedNode(context, node.nodeId)) return { checker: node, lack: null };
  }
  return { checker: null, lack: null };
}

/** A re-audit's check is needed no more once the case is over or its owner has spoken. */
async function isNeeded({ sql }: Context, check: DueCheck): Promise<boolean> {
  if (check.kind !== "reaudit") return true;
  const [row] = await sql<{ state: NodeTrust }[]>`select state from trust.nodes where node_id = ${check.node_id}`;
  if (row === undefined || row.state.standing !== "suspended") return false;
  const said = row.state.reaudit?.evidence[check.checker_owner ?? ""];
  return said === undefined || (!rejects(said, ALPHA_WATCH) && said.checks < REAUDIT_CHECKS_MAX);
}

async function evidenceOf(context: Context, check: DueCheck): Promise<SealedAnswer | null> {
  const [row] = await context.sql<{ account_id: string; sealed: Buffer }[]>`
    select account_id, sealed from trust.evidence where check_id = ${check.of_check ?? check.id} and expires_at > ${new Date(context.clock.now())}`;
  if (row === undefined) return null;
  // An account that was erased took its key with it.
  const plain = await context.open(row.account_id, row.sealed).catch(() => null);
  return plain === null ? null : (JSON.parse(plain) as SealedAnswer);
}

const put = async (context: Context, check: DueCheck, { at, tries }: { at: number; tries: number }): Promise<void> =>
  void (await context.sql`
    update trust.checks set status = 'pending', not_before = ${new Date(at)}, tries = ${tries} where id = ${check.id}`);

async function later(context: Context, check: DueCheck, ms: number): Promise<void> {
  if (check.tries >= TRIES_MAX) return voided(context, check, "no_result");
  return put(context, check, { at: context.clock.now() + ms, tries: check.tries });
}

const voided = async (context: Context, check: DueCheck, reason: string): Promise<void> =>
  void (await context.sql`
    update trust.checks set status = 'void', reason = ${reason}, finished_at = ${new Date(context.clock.now())} where id = ${check.id}`);
