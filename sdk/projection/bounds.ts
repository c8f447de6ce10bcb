import { ProjectionError } from "./errors.ts";

const FAR_WEI = 10n ** 18n;
/** The whole supply: nobody can stake more. */
export const AMOUNT_WEI_MAX = 1_000_000_000n * FAR_WEI;
/** What the calculators start from. */
export const DEFAULT_AMOUNT_WEI = 10_000n * FAR_WEI;

/** @throws ProjectionError `amount_out_of_bounds` */
export function checkAmount(amountWei: bigint): void {
  if (amountWei >= 1n && amountWei <= AMOUNT_WEI_MAX) return;
  throw new ProjectionError("amount_out_of_bounds", "The amount must be from 1 wei to 1,000,000,000 FAR.");
}

/** @throws ProjectionError `period_out_of_bounds` */
export function checkPeriod(period: number, bounds: { max: number; unit: string }): void {
  if (Number.isSafeInteger(period) && period >= 1 && period <= bounds.max) return;
  throw new ProjectionError(
    "period_out_of_bounds",
    `The period must be a whole number of ${bounds.unit} from 1 to ${bounds.max}.`,
  );
}
