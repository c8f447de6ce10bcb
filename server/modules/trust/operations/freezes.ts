import { newId } from "#kernel";
import type { Tx } from "#platform/pg";
import type { Input } from "../model/decide.ts";
import { FREEZE_MS_MAX, FREEZE_WINDOW_MS, isCorrelated, type OwnerChecks, verdictOf } from "../model/freeze.ts";
import type { Context } from "./context.ts";
import { step } from "./step.ts";

/** A check is strange when at most one honest check in a hundred is. */
const STRANGE = 0.01;

/** Begins a freeze where many owners of a manifest mismatch at once, and ends those that are over. */
export async function reviewFreezes(context: Context): Promise<void> {
  const since = new Date(context.clock.now() - FREEZE_WINDOW_MS);
  for (const [manifest, owners] of await ownersSince(context, since))
    if (isCorrelated(owners)) await begin(context, manifest);
  const open = await context.sql<{ id: string; manifest: string; began_at: Date }[]>`
    select id, manifest, began_at from trust.freezes where ended_at is null`;
  for (const freeze of open) await review(context, freeze);
}

async function ownersSince({ sql }: Context, since: Date): Promise<Map<string, OwnerChecks[]>> {
  const rows = await sql<{ manifest: string; owner: string; checks: number; strange: number }[]>`
    select manifest, owner_wallet as owner, count(*)::int as checks, count(*) filter (where share <= ${STRANGE})::int as strange
    from trust.checks where status = 'done' and share is not null and kind in ('score', 'canary') and finished_at > ${since}
    group by manifest, owner_wallet`;
  const byManifest = new Map<string, OwnerChecks[]>();
  for (const { manifest, ...owner } of rows) byManifest.set(manifest, [...(byManifest.get(manifest) ?? []), owner]);
  return byManifest;
}

async function begin(context: Context, manifest: string): Promise<void> {
  const { clock, log } = context;
  const now = clock.now();
  await context.sql.begin(async (tx) => {
    const made = await tx`
      insert into trust.freezes (id, manifest, began_at, ends_at)
      select ${newId("freeze")}, ${manifest}, ${new Date(now)}, ${new Date(now + FREEZE_MS_MAX)}
      where not exists (select from trust.freezes where manifest = ${manifest} and ended_at > ${new Date(now - FREEZE_WINDOW_MS)})
      on conflict do nothing returning id`;
    if (made.length === 0) return;
    await stepAll(context, tx, { manifest, input: { type: "freeze" } });
    log.error("many owners mismatch at once: slashes of this manifest are frozen; run its calibration again", {
      manifest,
    });
  });
}

async function review(context: Context, freeze: { id: string; manifest: string; began_at: Date }): Promise<void> {
  const { sql, clock, log } = context;
  const calibrated = await sql<{ updated_at: Date }[]>`
    select max(updated_at) as updated_at from trust.calibrations
    where manifest = ${freeze.manifest} and not stale and updated_at > ${freeze.began_at} having max(updated_at) is not null`;
  // The re-run are the checks that were made after honest runs were measured anew.
  const since = calibrated[0]?.updated_at;
  const rerun = since === undefined ? [] : ((await ownersSince(context, since)).get(freeze.manifest) ?? []);
  const window = await ownersSince(context, new Date(freeze.began_at.getTime() - FREEZE_WINDOW_MS));
  const owners = window.get(freeze.manifest)?.length ?? 0;
  const verdict = verdictOf({ sinceMs: freeze.began_at.getTime(), rerun }, owners, clock.now());
  if (verdict === "goes_on") return;
  await sql.begin(async (tx) => {
    const ended = await tx`
      update trust.freezes set ended_at = ${new Date(clock.now())}, verdict = ${verdict} where id = ${freeze.id} and ended_at is null returning id`;
    if (ended.length === 0) return;
    if (verdict === "reference")
      await tx`update trust.calibrations set stale = true where manifest = ${freeze.manifest}`;
    const input: Input = { type: "unfreeze", referenceWrong: verdict === "reference" };
    await stepAll(context, tx, { manifest: freeze.manifest, input });
    log.warn("a freeze of slashes is over", { manifest: freeze.manifest, verdict });
  });
}

/** Every node whose evidence may come from the manifest, in one order, so that two of these never wait for each other. */
async function stepAll(
  context: Context,
  tx: Tx,
  { manifest, input }: { manifest: string; input: Input },
): Promise<void> {
  const rows = await tx<{ node_id: string }[]>`
    select distinct node_id from trust.checks where manifest = ${manifest} and status = 'done' and kind <> 'conduct' order by node_id`;
  for (const { node_id } of rows) await step(context, tx, { nodeId: node_id, inputs: [input] });
}
