import type { Address } from "viem";

/** Who holds what. On a public chain the admin and the treasury are multisigs, and no two of the others share a key. */
export type NetworkRoles = {
  /** Default admin of every contract, replaced in two steps; proposes changes of parameters to the timelock. */
  readonly admin: Address;
  /** Receives the whole token supply, owns the treasury's part of the escrow and what is slashed. */
  readonly treasury: Address;
  /** Settles epochs, completes tasks paid one by one, publishes ratings. */
  readonly oracle: Address;
  /** Signs vouchers and receipts; sends nothing. */
  readonly signer: Address;
  /** Stops settlement, disputes a root. */
  readonly pauser: Address;
  /** Proposes slashes. */
  readonly slasher: Address;
  /** Decides appeals, freezes slashes. */
  readonly arbiter: Address;
};

/** Delays and periods in seconds, shares in basis points, amounts in wei of FAR. */
export type NetworkPolicy = {
  readonly adminDelayS: number;
  /** Between the proposal of a new parameter and the first moment it can be set. */
  readonly timelockDelayS: number;
  readonly exitDelayS: number;
  readonly exitWindowS: number;
  /** A published root of earnings can be claimed after this. */
  readonly disputeDelayS: number;
  /** The user of a task paid on its own takes its money back after this. */
  readonly taskTimeoutS: number;
  readonly priceMaxAgeS: number;
  readonly epochCapBps: number;
  readonly dayCapBps: number;
  readonly minStakeWei: bigint;
  /** Of a node's stake; at least the dispute delay. */
  readonly unbondDelayS: number;
  /** Between the proposal of a slash and its execution. */
  readonly slashDelayS: number;
  /** What the arbiter has to decide an appeal; undecided, the slash falls. */
  readonly appealPeriodS: number;
  readonly ratingPeriodS: number;
  readonly heartbeatPeriodS: number;
  /** Base reward of stakers a year, out of the funded reserve alone. */
  readonly rewardRateBps: number;
  /** Over which revenue streams to stakers. */
  readonly streamPeriodS: number;
  /** Of a stake without a lock. */
  readonly stakeUnbondDelayS: number;
};

/** How a network is set up. */
export type NetworkParams = NetworkRoles &
  NetworkPolicy & {
    /** A feed that exists, or the settable one, deployed with this owner and first answer (USD per FAR, 8 decimals). */
    readonly priceFeed: { readonly address: Address } | { readonly owner: Address; readonly answer: bigint };
  };

const hourS = 3_600;
const dayS = 24 * hourS;

/** Delays and caps of a real network. */
export const defaultPolicy: NetworkPolicy = {
  adminDelayS: 2 * dayS,
  timelockDelayS: 2 * dayS,
  exitDelayS: dayS,
  exitWindowS: 7 * dayS,
  disputeDelayS: dayS,
  taskTimeoutS: hourS,
  priceMaxAgeS: hourS,
  epochCapBps: 500,
  dayCapBps: 2_000,
  minStakeWei: 1_000n * 10n ** 18n,
  unbondDelayS: 7 * dayS,
  slashDelayS: dayS,
  appealPeriodS: 7 * dayS,
  ratingPeriodS: hourS,
  heartbeatPeriodS: dayS,
  rewardRateBps: 100,
  streamPeriodS: 7 * dayS,
  stakeUnbondDelayS: dayS,
};

/** Delays and caps of a local network: a minute or two instead of days; no caps, since one demo account is the whole escrow. */
export const localPolicy: NetworkPolicy = {
  ...defaultPolicy,
  adminDelayS: 0,
  timelockDelayS: 60,
  exitDelayS: 60,
  disputeDelayS: 60,
  epochCapBps: 10_000,
  dayCapBps: 10_000,
  unbondDelayS: 120,
  slashDelayS: 60,
  appealPeriodS: 60,
  streamPeriodS: hourS,
  stakeUnbondDelayS: 60,
};
