import { type Address, encodeDeployData, getContractAddress, type Hex, type LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { waitMined } from "../actions/sendCall.ts";
import { type ChainClient, type ContractAddresses, createClient } from "../client.ts";
import { ChainError, withChainErrors } from "../errors.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { settableFeedAbi } from "../generated/settableFeedAbi.ts";
import { localChainId } from "../network.ts";
import { type Artifacts, readArtifacts } from "./artifacts.ts";
import type { EscrowParams } from "./params.ts";

export type DeployOptions = {
  readonly rpcUrl: string;
  /** Default 31 337. */
  readonly chainId?: number;
  /** A key of its own, used for nothing else: the addresses follow from it and its nonces 0, 1 and 2. */
  readonly deployerKey: Hex;
  readonly params: EscrowParams;
  /** Default: what `contracts/build.ts` left. */
  readonly artifacts?: Artifacts;
};

/** Where the contracts lie, and the first block that can hold an event of theirs. */
export type Deployment = { readonly contracts: ContractAddresses; readonly deployedNow: boolean };

type Step = { readonly nonce: number; readonly address: Address; readonly data: Hex };

function stepAt(deployer: LocalAccount, nonce: number, data: Hex): Step {
  return { nonce, data, address: getContractAddress({ from: deployer.address, nonce: BigInt(nonce) }) };
}

/** The order is token, feed (when it is ours), escrow; so the escrow can be told of the other two before they exist. */
function plan(
  deployer: LocalAccount,
  params: EscrowParams,
  artifacts: Artifacts,
): { steps: Step[]; contracts: ContractAddresses } {
  const token = stepAt(
    deployer,
    0,
    encodeDeployData({ abi: farTokenAbi, bytecode: artifacts.farToken, args: [params.treasury] }),
  );
  const { priceFeed } = params;
  const feedSteps =
    "address" in priceFeed
      ? []
      : [
          stepAt(
            deployer,
            1,
            encodeDeployData({
              abi: settableFeedAbi,
              bytecode: artifacts.settableFeed,
              args: [priceFeed.owner, priceFeed.answer],
            }),
          ),
        ];
  const feed = "address" in priceFeed ? priceFeed.address : feedSteps[0]?.address;
  if (feed === undefined) throw new Error("a feed is given or deployed");
  const { admin, treasury, oracle, signer, pauser } = params;
  const args = {
    ...{ token: token.address, priceFeed: feed, admin, treasury, oracle, signer, pauser },
    ...{ adminDelay: params.adminDelayS, exitDelay: params.exitDelayS, exitWindow: params.exitWindowS },
    ...{ priceMaxAge: params.priceMaxAgeS, epochCapBps: params.epochCapBps, dayCapBps: params.dayCapBps },
  };
  const escrow = stepAt(
    deployer,
    1 + feedSteps.length,
    encodeDeployData({ abi: inferencePaymentAbi, bytecode: artifacts.inferencePayment, args: [args] }),
  );
  const contracts = { farToken: token.address, priceFeed: feed, inferencePayment: escrow.address };
  return { steps: [token, ...feedSteps, escrow], contracts };
}

async function hasCode(client: ChainClient, address: Address): Promise<boolean> {
  const code = await withChainErrors(() => client.reader.getCode({ address }));
  return code !== undefined && code !== "0x";
}

async function runStep(client: ChainClient, deployer: LocalAccount, step: Step): Promise<boolean> {
  if (await hasCode(client, step.address)) return false;
  const mined = await withChainErrors(() => client.reader.getTransactionCount({ address: deployer.address }));
  if (mined > step.nonce) {
    throw new ChainError("chain_deploy_conflict", `Nonce ${step.nonce} of the deployer was used for something else.`);
  }
  const { wallet } = client;
  if (wallet === undefined) throw new Error("the deployer's client has a wallet");
  const hash = await withChainErrors(() =>
    wallet.sendTransaction({ account: deployer, to: null, data: step.data, nonce: step.nonce }),
  );
  await waitMined(client, { hash });
  return true;
}

/**
 * Deploys token, feed and escrow. The addresses follow from the deployer's key alone, so it can be called again at any time: what
 * is there stays, what a crash left undone is done.
 * @throws ChainError `chain_deploy_conflict`, `chain_wrong_network`, `chain_no_gas`, `chain_unavailable`
 */
export async function deploy(options: DeployOptions): Promise<Deployment> {
  const { rpcUrl, chainId = localChainId, deployerKey, params } = options;
  const deployer = privateKeyToAccount(deployerKey);
  const { steps, contracts } = plan(deployer, params, options.artifacts ?? (await readArtifacts()));
  const client = createClient({ rpcUrl, chainId, contracts, account: deployer });
  const actual = await withChainErrors(() => client.reader.getChainId());
  if (actual !== chainId)
    throw new ChainError("chain_wrong_network", `The RPC serves chain ${actual}, not ${chainId}.`);
  let deployedNow = false;
  for (const step of steps) {
    if (await runStep(client, deployer, step)) deployedNow = true;
  }
  return { contracts, deployedNow };
}
