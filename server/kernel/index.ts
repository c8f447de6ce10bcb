/** Pure building blocks; imports nothing. */
export { assert, unreachable } from "./assert.ts";
export { type Clock, systemClock } from "./clock.ts";
export { coded, defineErrors, type ErrorSpec, FarError, isFarError, kernelErrors, registry } from "./errors.ts";
export { newId, newSecret, randomHex } from "./ids.ts";
export {
  ceilDiv,
  type Micro,
  micro,
  priceMicro,
  priceVcu,
  priceWei,
  type TokenPrices,
  type TokenUsage,
  type Vcu,
  WEI_PER_FAR,
  type Wei,
  wei,
} from "./money.ts";
