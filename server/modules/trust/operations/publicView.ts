import { type Context, hourOf } from "./context.ts";
import { isReachable, manifestOf, scorersOf } from "./offers.ts";
import { publishedSeeds } from "./seeds.ts";

/** What anybody may see of the audits: how each model is checked now, seeds, freezes, and totals of 30 days. */
export async function publicTrust(context: Context) {
  const { sql, nodes, clock } = context;
  const models = new Map<string, { owners: Set<string>; scorable: boolean }>();
  for (const node of nodes.live().values()) {
    if (!isReachable(node)) continue;
    for (const model of node.offers.keys()) {
      const seen = models.get(model) ?? { owners: new Set<string>(), scorable: false };
      models.set(model, seen);
      seen.owners.add(node.ownerWallet);
      seen.scorable ||=
        scorersOf(context, { model, manifest: manifestOf(node, model), owner: node.ownerWallet }).length > 0;
    }
  }
  const freezes = await sql<
    { manifest: string; began_at: Date; ends_at: Date; ended_at: Date | null; verdict: string | null }[]
  >`
    select manifest, began_at, ends_at, ended_at, verdict from trust.freezes order by began_at desc limit 20`;
  const since = new Date(clock.now() - 30 * 86_400_000);
  // By the hour: in a small network a count that moved at once would tell a node of its canary.
  const until = hourOf(clock.now());
  const [totals] = await sql<{ checks: number; undecided: number; suspended: number; slashed: number }[]>`
    select
      (select count(*)::int from trust.checks where status = 'done' and share is not null and finished_at > ${since} and finished_at < ${until}) as checks,
      (select count(*)::int from trust.checks where status = 'done' and share is null and kind <> 'conduct' and finished_at > ${since} and finished_at < ${until}) as undecided,
      (select count(*)::int from trust.cases where opened_at > ${since}) as suspended,
      (select count(*)::int from trust.cases where outcome = 'executed' and closed_at > ${since}) as slashed`;
  return {
    note: "Checks detect, they do not prove.",
    models: [...models].map(([id, { owners, scorable }]) => ({
      id,
      owners: owners.size,
      checked_by: scorable ? "scores and canaries" : owners.size > 1 ? "canaries" : "canaries, one owner only",
    })),
    totals_30_days: { ...totals },
    freezes: freezes.map((f) => ({
      manifest: f.manifest,
      began_at: f.began_at.toISOString(),
      ends_at: f.ends_at.toISOString(),
      ended_at: f.ended_at?.toISOString() ?? null,
      verdict: f.verdict,
    })),
    seeds: await publishedSeeds(context),
  };
}
