/** Deploys a network's contracts; `--help` says how. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatEther } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { type ChainClient, createClient } from "../client.ts";
import { ChainError, withChainErrors } from "../errors.ts";
import {
  confirm,
  note,
  readJson,
  readKeyFile,
  required,
  rpcOf,
  runProgram,
  say,
  UsageError,
} from "../program/program.ts";
import { readArtifacts } from "./artifacts.ts";
import { deploy } from "./deploy.ts";
import { deploymentStore } from "./deploymentFile.ts";
import { parseParams } from "./paramsFile.ts";
import { type Plan, planDeployment } from "./plan.ts";
import { assertFitFor } from "./publicPolicy.ts";

const usage = `Usage: node chain/deploy/main.ts --rpc URL --chain-id N --params FILE --key-file FILE [--dry-run] [--yes]

Deploys FARToken, TimelockController, InferencePayment, NodeRegistry and Staking on any BSC-compatible chain, one transaction
each, at addresses that follow from the deployer's key alone. Cut off anywhere, the same command goes on. Run
contracts/build.ts first.

  --rpc URL        JSON-RPC over HTTP
  --chain-id N     refused if the RPC serves another chain
  --params FILE    JSON, see below
  --key-file FILE  private key of the deployer, 64 hex digits, mode 0600. Fresh: it must never have sent a transaction.
                   It holds gas and no role, and can be thrown away afterwards
  --out DIR        where <chain-id>.json is written (default: contracts/deployments)
  --dry-run        show addresses, gas and what is there already; send nothing
  --yes            do not ask
  --json           print the deployment file instead of lines

The parameters:
  {
    "roles": { "admin": "0x…", "treasury": "0x…", "oracle": "0x…", "signer": "0x…", "pauser": "0x…", "slasher": "0x…", "arbiter": "0x…" },
    "priceFeed": "0x…",                      USD per FAR, 8 decimals, AggregatorV3Interface
    "policy": { "exitDelayS": 86400 }        what differs from the default; left out: nothing. "local" for a local network
  }
On every chain but 31337 short delays, missing caps, a settable price feed, and one address for two keys that a server holds
are refused.

Ends with 0 done, 1 failed, 2 wrong usage.`;

const defaultDirectory = join(import.meta.dirname, "../../contracts/deployments");

async function gasOf(client: ChainClient, plan: Plan): Promise<{ line: string; gas: bigint | undefined }[]> {
  const lines: { line: string; gas: bigint | undefined }[] = [];
  for (const { name, address, data, nonce } of plan.steps) {
    const code = await withChainErrors(() => client.reader.getCode({ address }));
    const isThere = code !== undefined && code !== "0x";
    // What needs an earlier step cannot be estimated before that is there.
    const gas = isThere ? 0n : await client.reader.estimateGas({ account: plan.deployer, data }).catch(() => undefined);
    const state = isThere ? "is there" : `${(data.length - 2) / 2} bytes, gas ${gas ?? "unknown before the others"}`;
    lines.push({ line: `  ${nonce}  ${name.padEnd(18)} ${address}  ${state}`, gas });
  }
  return lines;
}

async function show(client: ChainClient, plan: Plan): Promise<void> {
  const balance = await withChainErrors(() => client.reader.getBalance({ address: plan.deployer }));
  const price = await withChainErrors(() => client.reader.getGasPrice());
  const { symbol } = client.reader.chain.nativeCurrency;
  note(
    `${client.reader.chain.name} (${client.chainId}), deployer ${plan.deployer} with ${formatEther(balance)} ${symbol}`,
  );
  const steps = await gasOf(client, plan);
  for (const { line } of steps) note(line);
  const gas = steps.reduce((sum, step) => sum + (step.gas ?? 0n), 0n);
  const least = steps.some((step) => step.gas === undefined) ? "at least " : "";
  note(`  ${least}${gas} gas, ${least}${formatEther(gas * price)} ${symbol} at the present price`);
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values } = parseArgs({
    options: {
      ...{ rpc: text, "chain-id": text, params: text, "key-file": text, out: text },
      ...{ "dry-run": flag, yes: flag, json: flag, help: { type: "boolean", short: "h" } },
    },
  });
  if (values.help === true) return say(usage);
  const rpcUrl = rpcOf(values.rpc);
  const chainId = Number(required(values["chain-id"], "chain-id"));
  if (!Number.isSafeInteger(chainId) || chainId < 1) throw new UsageError("--chain-id is no whole number.");
  const params = parseParams(await readJson(required(values.params, "params")));
  const deployerKey = await readKeyFile(required(values["key-file"], "key-file"));
  assertFitFor(chainId, params);
  const account = privateKeyToAccount(deployerKey);
  const plan = planDeployment({ deployer: account.address, params, artifacts: await readArtifacts() });
  const client = createClient({ rpcUrl, chainId, contracts: plan.contracts, account });
  const actual = await withChainErrors(() => client.reader.getChainId());
  if (actual !== chainId)
    throw new ChainError("chain_wrong_network", `The RPC serves chain ${actual}, not ${chainId}.`);
  await show(client, plan);
  if (values["dry-run"] === true) return;
  if (values.yes !== true) await confirm("Deploy?");
  const record = deploymentStore({ directory: values.out ?? defaultDirectory, chainId, params });
  const { contracts } = await deploy({
    ...{ rpcUrl, chainId, deployerKey, params, record },
    onStep: ({ name, address }, sent) => note(`  ${sent ? "deployed" : "was there"}  ${name}  ${address}`),
  });
  await record.complete();
  note(`Written to ${record.path}.`);
  const kept = await record.read();
  if (values.json === true) return say(JSON.stringify(await readJson(record.path), undefined, 2));
  say(`CHAIN_ID=${chainId}
CHAIN_START_BLOCK=${kept?.firstBlock ?? 0n}
FAR_TOKEN_ADDRESS=${contracts.farToken}
INFERENCE_PAYMENT_ADDRESS=${contracts.inferencePayment}
PRICE_FEED_ADDRESS=${contracts.priceFeed}
NODE_REGISTRY_ADDRESS=${contracts.nodeRegistry}
STAKING_ADDRESS=${contracts.staking}`);
}

await runProgram(main, usage);
