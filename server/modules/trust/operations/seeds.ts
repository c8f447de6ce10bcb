import { randomBytes } from "node:crypto";
import { commitmentOf, periodOf } from "../model/sample.ts";
import type { Context } from "./context.ts";

/** A seed is told this long after its day, when no task of the day can still be sampled. */
const REVEAL_AFTER_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** The newest day whose seed is told. */
export const toldUpTo = (nowMs: number): Date =>
  new Date(Math.floor((nowMs - REVEAL_AFTER_MS) / DAY_MS) * DAY_MS - DAY_MS);

export interface Seed {
  period: string;
  seed: Buffer;
}

/** The seed of today, made at the first look; in several processes the first to write decides. */
export async function seedOf({ sql, clock }: Pick<Context, "sql" | "clock">): Promise<Seed> {
  const period = periodOf(clock.now());
  const mine = randomBytes(32);
  await sql`
    insert into trust.seeds (period, seed, commitment) values (${period}, ${mine}, ${commitmentOf(mine)}) on conflict (period) do nothing`;
  const [row] = await sql<{ seed: Buffer }[]>`select seed from trust.seeds where period = ${period}`;
  return { period, seed: row?.seed ?? mine };
}

/** Commitments of the last days, the newest first; the seed where its day is over. */
export async function publishedSeeds({
  sql,
  clock,
}: Pick<Context, "sql" | "clock">): Promise<{ period: string; commitment: string; seed: string | null }[]> {
  const rows = await sql<{ period: string; commitment: string; seed: Buffer }[]>`
    select period::text as period, commitment, seed from trust.seeds order by period desc limit 31`;
  return rows.map(({ period, commitment, seed }) => ({
    period,
    commitment,
    seed: Date.parse(period) <= toldUpTo(clock.now()).getTime() ? seed.toString("hex") : null,
  }));
}
