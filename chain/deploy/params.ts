import type { Address } from "viem";

/** How an escrow is set up. Delays in seconds, caps in basis points. */
export type EscrowParams = {
  /** Holds the default admin role. */
  readonly admin: Address;
  /** Receives the whole token supply and owns the treasury's part of the escrow. */
  readonly treasury: Address;
  readonly oracle: Address;
  readonly signer: Address;
  readonly pauser: Address;
  readonly adminDelayS: number;
  readonly exitDelayS: number;
  readonly exitWindowS: number;
  readonly priceMaxAgeS: number;
  readonly epochCapBps: number;
  readonly dayCapBps: number;
  /** A feed that exists, or the settable one, deployed with this owner and first answer (USD per FAR, 8 decimals). */
  readonly priceFeed: { readonly address: Address } | { readonly owner: Address; readonly answer: bigint };
};

type Policy = Pick<
  EscrowParams,
  "adminDelayS" | "exitDelayS" | "exitWindowS" | "priceMaxAgeS" | "epochCapBps" | "dayCapBps"
>;

const daysS = 86_400;

/** Delays and caps of a real network. */
export const defaultPolicy: Policy = {
  adminDelayS: 2 * daysS,
  exitDelayS: daysS,
  exitWindowS: 7 * daysS,
  priceMaxAgeS: 3_600,
  epochCapBps: 500,
  dayCapBps: 2_000,
};

/** Delays and caps of a local network: exits after a minute, no caps, since one demo account is the whole escrow. */
export const localPolicy: Policy = {
  ...defaultPolicy,
  adminDelayS: 0,
  exitDelayS: 60,
  epochCapBps: 10_000,
  dayCapBps: 10_000,
};
