/**
 * Token counts. What a node claims is compared with the network's own count where the manifest's tokenizer is held, and else with the band
 * of bytes per token that canaries measured for the model on other owners' nodes. Nobody is paid by a claim beyond either, so a wrong claim
 * is a matter of conduct: it lowers the score and brings more checks.
 */

/** Bytes of answer per output token, as measured; a claim implies a number of bytes per token. */
export interface Band {
  min: number;
  max: number;
  samples: number;
}

/** With fewer answers there is no band. */
export const BAND_SAMPLES_MIN = 20;
/** A band reaches from the 1st to the 99th of a hundred answers, and so much further on either side. */
const BAND_SLACK = 1.25;
/** Engines count a token of end or of a template's rest differently. */
const TOKENS_SLACK = 2;
const SHARE_SLACK = 0.02;

/** The band of some answers' bytes per token, or null for too few. */
export function bandOf(bytesPerToken: readonly number[]): Band | null {
  const sorted = bytesPerToken.filter((x) => Number.isFinite(x) && x > 0).sort((a, b) => a - b);
  if (sorted.length < BAND_SAMPLES_MIN) return null;
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { min: at(0.01) / BAND_SLACK, max: at(0.99) * BAND_SLACK, samples: sorted.length };
}

/** A claim as far as the band allows it: the claim itself within, the band's edge otherwise. */
export function withinBand(claim: number, bytes: number, band: Band): number {
  const most = Math.floor(bytes / band.min);
  const least = Math.ceil(bytes / band.max);
  return Math.min(Math.max(claim, Math.min(least, most)), most);
}

/** Whether a claim lies beyond what counting differently explains. `own` is the network's count where it has one. */
export function isMiscounted(claim: number, own: number | null, bytes: number, band: Band | null): boolean {
  if (own !== null) return Math.abs(claim - own) > Math.max(TOKENS_SLACK, SHARE_SLACK * own);
  return band !== null && Math.abs(claim - withinBand(claim, bytes, band)) > TOKENS_SLACK;
}
