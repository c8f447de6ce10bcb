import { isAddressEqual, zeroAddress } from "viem";
import { ChainError } from "../errors.ts";
import { localChainId } from "../network.ts";
import type { NetworkParams, NetworkPolicy, NetworkRoles } from "./params.ts";

const hourS = 3_600;
const dayS = 24 * hourS;

/** What a chain with other people's money on it may not go below. */
const leastS: Partial<Record<keyof NetworkPolicy, number>> = {
  adminDelayS: dayS,
  timelockDelayS: dayS,
  exitDelayS: hourS,
  exitWindowS: dayS,
  disputeDelayS: hourS,
  taskTimeoutS: hourS / 2,
  unbondDelayS: dayS,
  slashDelayS: hourS,
  appealPeriodS: dayS,
  ratingPeriodS: hourS,
  heartbeatPeriodS: hourS,
  streamPeriodS: dayS,
  stakeUnbondDelayS: hourS,
};

/** What it may not go above. */
const most: Partial<Record<keyof NetworkPolicy, number>> = {
  epochCapBps: 5_000,
  dayCapBps: 5_000,
  priceMaxAgeS: dayS,
  rewardRateBps: 10_000,
};

/** Keys that a server holds and so can lose. */
const hotRoles = ["oracle", "signer", "pauser", "slasher"] as const;
/** Roles that no server holds. */
const coldRoles = ["admin", "treasury", "arbiter"] as const;

function policyFlaws(params: NetworkParams): string[] {
  const tooLow = Object.entries(leastS).flatMap(([name, least]) => {
    const value = params[name as keyof NetworkPolicy];
    return value < least ? [`${name} is ${value}, at least ${least} is needed`] : [];
  });
  const tooHigh = Object.entries(most).flatMap(([name, limit]) => {
    const value = params[name as keyof NetworkPolicy];
    return value > limit ? [`${name} is ${value}, at most ${limit} is allowed`] : [];
  });
  return [...tooLow, ...tooHigh];
}

function roleFlaws(params: NetworkParams): string[] {
  const names: readonly (keyof NetworkRoles)[] = [...hotRoles, ...coldRoles];
  const missing = names.filter((name) => isAddressEqual(params[name], zeroAddress)).map((name) => `${name} is nobody`);
  const shared = hotRoles.flatMap((hot, at) =>
    [...hotRoles.slice(at + 1), ...coldRoles]
      .filter((other) => isAddressEqual(params[hot], params[other]))
      .map((other) => `${hot} and ${other} are the same address`),
  );
  return [...missing, ...shared];
}

/**
 * Refuses what suits a local network only. Every chain but the local one counts as public.
 * @throws ChainError `chain_params_unfit` naming everything that is wrong
 */
export function assertFitFor(chainId: number, params: NetworkParams): void {
  const flaws = params.unbondDelayS < params.disputeDelayS ? ["unbondDelayS is less than disputeDelayS"] : [];
  if (chainId !== localChainId) {
    flaws.push(...policyFlaws(params), ...roleFlaws(params));
    if (!("address" in params.priceFeed))
      flaws.push("priceFeed is the settable one, which its owner can set to anything");
  }
  if (flaws.length > 0) {
    throw new ChainError("chain_params_unfit", `Not fit for chain ${chainId}: ${flaws.join("; ")}.`);
  }
}
