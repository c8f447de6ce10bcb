import { type Address, concat, encodeDeployData, getContractAddress, type Hex, keccak256, zeroAddress } from "viem";
import type { ContractAddresses } from "../client.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { nodeRegistryAbi } from "../generated/nodeRegistryAbi.ts";
import { settableFeedAbi } from "../generated/settableFeedAbi.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";
import { timelockControllerAbi } from "../generated/timelockControllerAbi.ts";
import type { Artifacts } from "./artifacts.ts";
import type { NetworkParams } from "./params.ts";

/** One contract to be made by the deployer's transaction of this nonce. */
export type Step = { readonly name: string; readonly nonce: number; readonly address: Address; readonly data: Hex };

/** Everything a deployment will do, known before it does anything. */
export type Plan = {
  readonly deployer: Address;
  readonly contracts: Required<ContractAddresses>;
  /** In order of nonce. */
  readonly steps: readonly Step[];
  /** Names code and constructor arguments of all of them: another build or other parameters give another. */
  readonly fingerprint: Hex;
};

function paymentArgs(contracts: Required<ContractAddresses>, params: NetworkParams) {
  const { admin, treasury, oracle, signer, pauser } = params;
  return {
    ...{ token: contracts.farToken, priceFeed: contracts.priceFeed, registry: contracts.nodeRegistry },
    ...{ staking: contracts.staking, timelock: contracts.timelock },
    ...{ admin, treasury, oracle, signer, pauser, adminDelay: params.adminDelayS },
    ...{ exitDelay: params.exitDelayS, exitWindow: params.exitWindowS, disputeDelay: params.disputeDelayS },
    ...{ taskTimeout: params.taskTimeoutS, priceMaxAge: params.priceMaxAgeS },
    ...{ epochCapBps: params.epochCapBps, dayCapBps: params.dayCapBps },
  };
}

function registryArgs(contracts: Required<ContractAddresses>, params: NetworkParams) {
  const { admin, treasury, oracle, slasher, arbiter } = params;
  return {
    ...{ token: contracts.farToken, payment: contracts.inferencePayment, timelock: contracts.timelock },
    ...{ admin, treasury, oracle, slasher, arbiter, adminDelay: params.adminDelayS },
    ...{ minStake: params.minStakeWei, unbondDelay: params.unbondDelayS, slashDelay: params.slashDelayS },
    ...{
      appealPeriod: params.appealPeriodS,
      ratingPeriod: params.ratingPeriodS,
      heartbeatPeriod: params.heartbeatPeriodS,
    },
  };
}

function stakingArgs(contracts: Required<ContractAddresses>, params: NetworkParams) {
  return {
    ...{ token: contracts.farToken, payment: contracts.inferencePayment, timelock: contracts.timelock },
    ...{ admin: params.admin, adminDelay: params.adminDelayS, rewardRate: params.rewardRateBps },
    ...{ streamPeriod: params.streamPeriodS, unbondDelay: params.stakeUnbondDelayS },
  };
}

/** The timelock belongs to itself: after this only its own proposals change who may propose. Whoever comes may execute. */
function timelockArgs(params: NetworkParams) {
  return [BigInt(params.timelockDelayS), [params.admin], [zeroAddress], zeroAddress] as const;
}

/**
 * Fixes all addresses from the deployer and its nonces, so that contracts can name each other before they exist.
 * The order is token, timelock, feed (when it is ours), escrow, registry, staking.
 */
export function planDeployment(from: { deployer: Address; params: NetworkParams; artifacts: Artifacts }): Plan {
  const { deployer, params, artifacts } = from;
  const { priceFeed } = params;
  const isOwnFeed = !("address" in priceFeed);
  const at = (nonce: number): Address => getContractAddress({ from: deployer, nonce: BigInt(nonce) });
  const first = isOwnFeed ? 3 : 2;
  const contracts = {
    ...{ farToken: at(0), timelock: at(1), priceFeed: isOwnFeed ? at(2) : priceFeed.address },
    ...{ inferencePayment: at(first), nodeRegistry: at(first + 1), staking: at(first + 2) },
  };
  const token = encodeDeployData({ abi: farTokenAbi, bytecode: artifacts.farToken, args: [params.treasury] });
  const timelock = encodeDeployData({
    abi: timelockControllerAbi,
    bytecode: artifacts.timelock,
    args: timelockArgs(params),
  });
  const feed = isOwnFeed
    ? encodeDeployData({
        ...{ abi: settableFeedAbi, bytecode: artifacts.settableFeed },
        args: [priceFeed.owner, priceFeed.answer],
      })
    : undefined;
  const payment = encodeDeployData({
    ...{ abi: inferencePaymentAbi, bytecode: artifacts.inferencePayment },
    args: [paymentArgs(contracts, params)],
  });
  const registry = encodeDeployData({
    ...{ abi: nodeRegistryAbi, bytecode: artifacts.nodeRegistry },
    args: [registryArgs(contracts, params)],
  });
  const staking = encodeDeployData({
    ...{ abi: stakingAbi, bytecode: artifacts.staking },
    args: [stakingArgs(contracts, params)],
  });
  const made: [string, Hex | undefined][] = [
    ["FARToken", token],
    ["TimelockController", timelock],
    ["SettableFeed", feed],
    ["InferencePayment", payment],
    ["NodeRegistry", registry],
    ["Staking", staking],
  ];
  const steps = made
    .flatMap(([name, data]) => (data === undefined ? [] : [{ name, data }]))
    .map((step, nonce) => ({ ...step, nonce, address: at(nonce) }));
  return { deployer, contracts, steps, fingerprint: keccak256(concat(steps.map(({ data }) => keccak256(data)))) };
}
