import { type Band, bandOf } from "../model/counts.ts";
import type { Context } from "./context.ts";

const KEPT_MS = 30 * 86_400_000;
const SAMPLES_MAX = 2_000;

export interface Bands {
  /** The band of a model, measured on nodes of owners other than this one; null for too few answers. */
  bandFor(model: string, owner: string): Band | null;
  add(sample: { model: string; owner: string; ratio: number }): void;
  /** Writes what was added and reads what all processes measured. */
  reload(): Promise<void>;
}

export function createBands({ sql, clock }: Pick<Context, "sql" | "clock">): Bands {
  const added: { model: string; owner: string; ratio: number }[] = [];
  let samples = new Map<string, { owner: string; ratio: number }[]>();
  const bands = new Map<string, Band | null>();

  return {
    add: (sample) => void added.push(sample),
    bandFor(model, owner) {
      const key = `${model}|${owner}`;
      const known = bands.get(key);
      if (known !== undefined) return known;
      const ratios = (samples.get(model) ?? []).filter((s) => s.owner !== owner).map((s) => s.ratio);
      const band = bandOf(ratios);
      bands.set(key, band);
      return band;
    },
    async reload() {
      for (const { model, owner, ratio } of added.splice(0))
        await sql`
          insert into trust.bytes_per_token (model, owner_wallet, ratio, at) values (${model}, ${owner}, ${ratio}, ${new Date(clock.now())})`;
      const rows = await sql<{ model: string; owner_wallet: string; ratio: number }[]>`
        select model, owner_wallet, ratio from (
          select model, owner_wallet, ratio, row_number() over (partition by model order by at desc) as n
          from trust.bytes_per_token where at > ${new Date(clock.now() - KEPT_MS)}) t
        where n <= ${SAMPLES_MAX}`;
      samples = new Map();
      for (const { model, owner_wallet, ratio } of rows)
        samples.set(model, [...(samples.get(model) ?? []), { owner: owner_wallet, ratio }]);
      bands.clear();
    },
  };
}
