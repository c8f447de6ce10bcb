import { coded } from "#kernel";
import { canAppeal, type NodeTrust, type Standing } from "../model/decide.ts";
import { weight } from "../model/sequential.ts";
import { type Tier, tierAdvice, tierOf } from "../model/tier.ts";
import { type Context, hourOf } from "./context.ts";
import { scoringOwners } from "./offers.ts";
import { toldUpTo } from "./seeds.ts";

/** The formula, as it is published beside every history. */
export const FORMULA =
  "score' = 0.7*score + 10*uptime + 10*speed + 10*accuracy; a factor that is null counts as score/100; uptime = online/(online+absent), speed = min(1, expected/actual), accuracy = (checks-against)/checks, each to four decimals; score to two";

interface ScoreRow {
  hour: Date;
  score_before: string;
  score_after: string;
  uptime: string | null;
  speed: string | null;
  accuracy: string | null;
  online_ms: string;
  excused_ms: string;
  absent_ms: string;
  expected_ms: number;
  actual_ms: number;
  checks: number;
  against: number;
}
const num = (text: string | null): number | null => (text === null ? null : Number(text));

/** A node's score and its hours, the newest first, each with what went into it. @throws node_not_scored */
export async function scoreHistory(
  { sql }: Pick<Context, "sql">,
  nodeId: string,
  { before, limit }: { before: Date | null; limit: number },
) {
  const [node] = await sql<{ score: string }[]>`select score from trust.nodes where node_id = ${nodeId}`;
  if (node === undefined) throw coded("node_not_scored");
  const rows = await sql<ScoreRow[]>`
    select * from trust.scores where node_id = ${nodeId} and ${before === null ? sql`true` : sql`hour < ${before}`}
    order by hour desc limit ${limit + 1}`;
  const page = rows.slice(0, limit);
  return {
    node_id: nodeId,
    score: Number(node.score),
    formula: FORMULA,
    hours: page.map((r) => ({
      hour: r.hour.toISOString(),
      score_before: Number(r.score_before),
      score_after: Number(r.score_after),
      factors: { uptime: num(r.uptime), speed: num(r.speed), accuracy: num(r.accuracy) },
      inputs: {
        online_ms: Number(r.online_ms),
        excused_ms: Number(r.excused_ms),
        absent_ms: Number(r.absent_ms),
        expected_ms: r.expected_ms,
        actual_ms: r.actual_ms,
        checks: r.checks,
        against: r.against,
      },
    })),
    next_cursor: rows.length > limit ? (page.at(-1)?.hour.toISOString() ?? null) : null,
  };
}

const standingAdvice: Readonly<Record<Standing, string>> = {
  good: "Nothing is held against this node.",
  watched:
    "Its checks look unlike those of honest nodes. Every task is checked, and checks that speak against it lower its score. Make sure that engine, weights and template are those of the manifest; it is good again when its checks are.",
  suspended:
    "It gets no tasks while another owner's node repeats the audit, for at most 7 days. If the engine or its weights were changed, put them right; you may appeal with POST /api/v1/nodes/{id}/appeals.",
  proposed:
    "A slash was proposed on chain. Until its delay is over you may appeal: with POST /api/v1/nodes/{id}/appeals, or on chain with appealSlash.",
  appealed: "A person decides about the appeal. Nothing is slashed before that.",
};

/** A weight that moved with each check would show its owner the moment of every canary. */
const magnitudeAbove = (value: number): number => 10 ** Math.max(1, Math.floor(Math.log10(value)) + 1);

/** What the owner sees: tier, standing, checks, cases, and what to do. @throws node_not_scored */
export async function trustOf(context: Context, accountId: string, nodeId: string) {
  const { sql, nodes, config } = context;
  const [row] = await sql<{ state: NodeTrust; score: string; owner_wallet: string }[]>`
    select state, score, owner_wallet from trust.nodes where node_id = ${nodeId} and owner_account = ${accountId}`;
  if (row === undefined) throw coded("node_not_scored", { message: "No such node of this account has been seen." });
  const { state } = row;
  const live = nodes.live().get(nodeId);
  const tier: Tier = tierOf({
    checks: state.checks,
    newChecks: config.TRUST_NEW_CHECKS,
    scoringOwners: live === undefined ? 0 : scoringOwners(context, live),
  });
  return {
    node_id: nodeId,
    score: Number(row.score),
    tier,
    tier_note: live === undefined ? "The node is not connected; its tier is known once it is." : tierAdvice[tier],
    standing: state.standing,
    what_to_do: standingAdvice[state.standing],
    can_appeal: canAppeal(state),
    evidence: {
      answers: { weight_below: magnitudeAbove(weight(state.answers)) },
      conduct: { looks: state.conduct.checks, weight: weight(state.conduct) },
      watched_from: 1_000,
      suspended_from: 1_000_000,
    },
    checks: await checksOf(context, nodeId),
    cases: await casesWhere(context, { nodeId, limit: 20, before: null }),
  };
}

/**
 * Which task was checked is told with the day's seed, and of canaries never: whoever could match them with its prompts would learn what a check
 * looks like. So that no clock tells either, checks are shown once their hour is over, canaries once their day's seed is told, by hour and day.
 */
async function checksOf({ sql, clock }: Context, nodeId: string) {
  const told = toldUpTo(clock.now());
  const shown = sql`node_id = ${nodeId} and (kind = 'conduct'
    or (kind <> 'canary' and created_at < ${hourOf(clock.now())}) or date_trunc('day', created_at, 'UTC') <= ${told})`;
  const sums = await sql<{ kind: string; passed: number; against: number; undecided: number; waiting: number }[]>`
    select kind, count(*) filter (where status = 'done' and against is false)::int as passed,
      count(*) filter (where status = 'done' and against)::int as against,
      count(*) filter (where status = 'void' or (status = 'done' and against is null))::int as undecided,
      count(*) filter (where status in ('pending', 'running'))::int as waiting
    from trust.checks where ${shown} group by kind order by kind`;
  const recent = await sql<
    {
      kind: string;
      status: string;
      task_id: string | null;
      share: number | null;
      factor: number | null;
      against: boolean | null;
      reason: string | null;
      rate: number | null;
      period: string | null;
      at: Date;
    }[]
  >`
    select kind, status, share, factor, against, reason, rate, period::text as period,
      case when kind = 'conduct' then created_at else date_trunc(case when kind = 'canary' then 'day' else 'hour' end, created_at, 'UTC') end as at,
      case when kind = 'conduct' or (kind <> 'canary' and date_trunc('day', created_at, 'UTC') <= ${told}) then task_id end as task_id
    from trust.checks where ${shown} order by at desc, kind, factor, task_id limit 50`;
  return {
    by_kind: sums.map((s) => ({ ...s })),
    recent: recent.map(({ at, ...check }) => ({ ...check, created_at: at.toISOString() })),
  };
}

interface CaseRow {
  id: string;
  node_id: string;
  owner_wallet: string;
  standing: Standing;
  opened_at: Date;
  reason: string;
  amount: string | null;
  evidence: string | null;
  evidence_hash: string | null;
  slash_id: string | null;
  executable_at: Date | null;
  slashed: string | null;
  appeal: string | null;
  appeal_on_chain: boolean;
  appealed_at: Date | null;
  resolution: string | null;
  resolution_note: string | null;
  resolved_at: Date | null;
  closed_at: Date | null;
  outcome: string | null;
}

/** Cases, the newest first: of one node or of all; `appealed` are those that wait for a person. `before` is a case id. */
export async function casesWhere(
  { sql }: Pick<Context, "sql">,
  filter: { nodeId?: string; appealed?: true; before: string | null; limit: number },
) {
  const rows = await sql<CaseRow[]>`
    select c.*, n.standing from trust.cases c join trust.nodes n using (node_id)
    where ${filter.nodeId === undefined ? sql`true` : sql`c.node_id = ${filter.nodeId}`}
      and ${filter.appealed === undefined ? sql`true` : sql`(c.closed_at is null and n.standing = 'appealed')`}
      and ${filter.before === null ? sql`true` : sql`c.id < ${filter.before}`}
    order by c.id desc limit ${filter.limit}`;
  const at = (date: Date | null): string | null => date?.toISOString() ?? null;
  return rows.map((r) => ({
    id: r.id,
    node_id: r.node_id,
    owner: r.owner_wallet,
    status: r.closed_at === null ? r.standing : "closed",
    reason: r.reason,
    opened_at: at(r.opened_at),
    amount: r.amount,
    evidence: r.evidence,
    evidence_hash: r.evidence_hash,
    slash_id: r.slash_id,
    executable_at: at(r.executable_at),
    slashed: r.slashed,
    appeal:
      r.appealed_at === null
        ? null
        : {
            text: r.appeal,
            on_chain: r.appeal_on_chain,
            at: at(r.appealed_at),
            resolution: r.resolution,
            note: r.resolution_note,
            resolved_at: at(r.resolved_at),
          },
    outcome: r.outcome,
    closed_at: at(r.closed_at),
  }));
}
