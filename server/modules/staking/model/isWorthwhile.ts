/** Wei of FAR × rate8 → micro-dollars: 10¹⁸ wei, 10⁸ of the rate, 10⁻⁶ dollars. */
const FAR_SCALE = 10n ** 20n;
const COIN_WEI = 10n ** 18n;

/** Whether what waits is worth `times` the gas of fetching it. Without a price of FAR only `times` = 0 says yes. */
export function isWorthwhile(offer: {
  waitingWei: bigint;
  /** USD per FAR, 8 decimals; null while there is none. */
  rate8: bigint | null;
  gas: bigint;
  gasPriceWei: bigint;
  /** Price of the coin that gas is paid in. */
  coinMicroUsd: bigint;
  times: bigint;
}): boolean {
  if (offer.waitingWei === 0n) return false;
  if (offer.times === 0n) return true;
  if (offer.rate8 === null) return false;
  // Both sides times both scales, so that nothing is rounded.
  const worth = offer.waitingWei * offer.rate8 * COIN_WEI;
  return worth >= offer.gas * offer.gasPriceWei * offer.coinMicroUsd * offer.times * FAR_SCALE;
}
