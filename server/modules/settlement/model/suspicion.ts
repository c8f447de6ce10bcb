import type { Finding } from "../settlement.ts";

/** A difference seen once, and the block it was seen at. */
export type Suspicions = ReadonlyMap<string, bigint>;

export const keyOf = ({ code, detail }: Finding): string => `${code}: ${detail}`;

/**
 * Ledger and chain are read one after the other while both go on, so what differs once may be the moment between two reads. A difference is
 * real when a look at a later block finds the same again; what a look does not find again is forgotten.
 */
export function suspect(
  before: Suspicions,
  look: { block: bigint; findings: readonly Finding[] },
): { suspicions: Suspicions; confirmed: Finding[] } {
  const { block, findings } = look;
  const suspicions = new Map(findings.map((f) => [keyOf(f), before.get(keyOf(f)) ?? block]));
  return { suspicions, confirmed: findings.filter((f) => (suspicions.get(keyOf(f)) ?? block) < block) };
}
