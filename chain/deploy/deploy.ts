/**
 * Deploys a network's contracts, one transaction each, under nonces that are fixed before the first is sent.
 *
 * A step is: done (code lies at its address) → next; else send under its nonce, outbidding what an earlier run may have left in
 * the node's pool, and wait for the code. So a run that dies anywhere is gone on with by the next, and two at once do no harm: of
 * one nonce at most one transaction is mined, and both would make the same contract at the same address.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Address, Hex } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type ChainClient, type ContractAddresses, createClient, requireAccount } from "../client.ts";
import { ChainError, withChainErrors } from "../errors.ts";
import { localChainId, pollingIntervalMs } from "../network.ts";
import { type Fees, sendManaged } from "../sending/sendManaged.ts";
import { type Artifacts, readArtifacts } from "./artifacts.ts";
import type { NetworkParams } from "./params.ts";
import { type Plan, planDeployment, type Step } from "./plan.ts";
import { assertFitFor } from "./publicPolicy.ts";

/** What is written down of a deployment before its first transaction. */
export type DeployRecord = {
  readonly fingerprint: Hex;
  /** First block that can hold an event of these contracts. */
  readonly firstBlock: bigint;
};

/** Where the record lies. */
export type RecordStore = {
  read(): Promise<DeployRecord | undefined>;
  write(record: DeployRecord, plan: Plan): Promise<void>;
};

export type DeployOptions = {
  readonly rpcUrl: string;
  /** Default 31 337. */
  readonly chainId?: number;
  /** A key of its own, used for nothing else: the addresses follow from it and its first six nonces. */
  readonly deployerKey: Hex;
  readonly params: NetworkParams;
  /** Default: what `contracts/build.ts` left. */
  readonly artifacts?: Artifacts;
  /** With it, contracts of another build or with other parameters at the same addresses are recognised and refused. */
  readonly record?: RecordStore;
  /** Called as each contract is there; `sent` tells whether by this run. */
  readonly onStep?: (step: Step, sent: boolean) => void;
};

/** Where the contracts lie, and whether any of them was made by this run. */
export type Deployment = {
  readonly contracts: Required<ContractAddresses>;
  readonly deployedNow: boolean;
};

/** A step that is not mined in this time is sent again with higher fees. */
const resendMs = 45_000;
/** Each outbids the last by an eighth, so this is about three times the first fee; then a person should look. */
const sendsMax = 10;

async function hasCode(client: ChainClient, address: Address): Promise<boolean> {
  const code = await withChainErrors(() => client.reader.getCode({ address }));
  return code !== undefined && code !== "0x";
}

function noncesUsed(client: ChainClient): Promise<number> {
  const { address } = requireAccount(client);
  return withChainErrors(() => client.reader.getTransactionCount({ address, blockTag: "latest" }));
}

/** Waits until the step's nonce is mined. @returns whether it was, in the time */
async function mined(client: ChainClient, step: Step): Promise<boolean> {
  for (const endMs = Date.now() + resendMs; Date.now() < endMs; await sleep(pollingIntervalMs(client.chainId))) {
    if ((await noncesUsed(client)) > step.nonce) return true;
  }
  return false;
}

async function runStep(client: ChainClient, step: Step): Promise<boolean> {
  if (await hasCode(client, step.address)) return false;
  let previousFees: Fees | undefined;
  for (let sends = 1; ; sends += 1) {
    const { nonce, data } = step;
    const outcome = await sendManaged(client, { to: null, data, nonce, previousFees });
    if (outcome.status === "nonceUsed" || (await mined(client, step))) break;
    if (sends === sendsMax)
      throw new ChainError("chain_not_mined", `${step.name} is sent and not mined; run it again.`);
    previousFees = outcome.attempt.fees;
  }
  if (await hasCode(client, step.address)) return true;
  const message = `Nonce ${step.nonce} of the deployer was used, but ${step.name} is not at ${step.address}.`;
  throw new ChainError("chain_deploy_conflict", message);
}

/** Writes the plan down before anything is sent, and refuses to go on with another one. */
async function keepRecord(client: ChainClient, plan: Plan, store: RecordStore): Promise<void> {
  if ((await noncesUsed(client)) === 0) {
    const head = await withChainErrors(() => client.reader.getBlockNumber());
    return store.write({ fingerprint: plan.fingerprint, firstBlock: head + 1n }, plan);
  }
  const record = await store.read();
  if (record?.fingerprint === plan.fingerprint) return;
  const message =
    record === undefined
      ? "The deployer's key was used, and nothing says for what."
      : "The deployer's key was used for contracts of another build, or with other parameters.";
  throw new ChainError("chain_deploy_conflict", message);
}

/**
 * Deploys token, timelock, feed, escrow, registry and staking. The addresses follow from the deployer's key alone, so it can be called
 * again at any time: what is there stays, what a crash left undone is done.
 * @throws ChainError `chain_params_unfit` before anything is sent; `chain_deploy_conflict`, `chain_wrong_network`, `chain_no_gas`,
 * `chain_not_mined`, `chain_unavailable`; after the last two, call it again
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { rpcUrl, chainId = localChainId, deployerKey, params, record, onStep } = options;
  assertFitFor(chainId, params);
  const account = privateKeyToAccount(deployerKey);
  const artifacts = options.artifacts ?? (await readArtifacts());
  const plan = planDeployment({ deployer: account.address, params, artifacts });
  const { contracts, steps } = plan;
  const client = createClient({ rpcUrl, chainId, contracts, account });
  const actual = await withChainErrors(() => client.reader.getChainId());
  if (actual !== chainId)
    throw new ChainError("chain_wrong_network", `The RPC serves chain ${actual}, not ${chainId}.`);
  if (record !== undefined) await keepRecord(client, plan, record);
  let deployedNow = false;
  for (const step of steps) {
    const sent = await runStep(client, step);
    deployedNow ||= sent;
    onStep?.(step, sent);
  }
  return { contracts, deployedNow };
}
