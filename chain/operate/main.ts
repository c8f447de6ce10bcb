/** What the holders of a network's keys do by hand; `--help` says how. */
import { parseArgs } from "node:util";
import { type Abi, type Address, getAddress, isAddress, type LocalAccount } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { sendCall } from "../actions/sendCall.ts";
import { type ChainClient, type ContractAddresses, createClient } from "../client.ts";
import type { DeploymentFile } from "../deploy/deploymentFile.ts";
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
import { abis, callOf, type Invocation, parseInvocation } from "./calls.ts";
import { adminContracts, changeRole, roleNamed } from "./roles.ts";
import { show } from "./show.ts";
import { throughTimelock } from "./timelock.ts";

const usage = `Usage: node chain/operate/main.ts COMMAND --rpc URL --deployment FILE [--key-file FILE | --print] [--yes]

  show [ADDRESS…]                       who holds which role and how much gas, whether settlement runs, what the treasury has
  grant ROLE ADDRESS                    role oracle, signer, pauser, slasher or arbiter, in every contract that knows it
  revoke ROLE ADDRESS
  admin begin ADDRESS                   hands the admin role of all contracts over: the new admin accepts after the delay
  admin accept | admin cancel
  timelock schedule|execute|cancel CONTRACT FUNCTION [ARG…] [--salt N]
                                        changes a parameter: propose it (admin), execute it after the delay (anyone)
  call CONTRACT FUNCTION [ARG…]         any other call, for instance: call inferencePayment pause
  read CONTRACT FUNCTION [ARG…]         any view

CONTRACT is ${Object.keys(abis).join(", ")}. Amounts are wei, times seconds.

  --rpc URL          JSON-RPC over HTTP
  --deployment FILE  contracts/deployments/<chain-id>.json
  --key-file FILE    private key that signs, 64 hex digits, mode 0600
  --print            sign nothing: print the transactions as JSON, to put before a multisig
  --salt N           sets two equal timelock operations apart
  --yes              do not ask

Ends with 0 done, 1 failed, 2 wrong usage.`;

type Operator = ChainClient & { readonly contracts: Required<ContractAddresses> };

function addressOf(text: string | undefined): Address {
  if (text !== undefined && isAddress(text)) return getAddress(text);
  throw new UsageError(`"${text ?? ""}" is no address.`);
}

function adminStep(step: string | undefined, next: string | undefined): Invocation[] {
  const everywhere = (functionName: string, args: readonly unknown[]): Invocation[] =>
    adminContracts.map((contract) => ({ contract, functionName, args }));
  switch (step) {
    case "begin":
      return everywhere("beginDefaultAdminTransfer", [addressOf(next)]);
    case "accept":
      return everywhere("acceptDefaultAdminTransfer", []);
    case "cancel":
      return everywhere("cancelDefaultAdminTransfer", []);
    default:
      throw new UsageError("admin takes begin ADDRESS, accept or cancel.");
  }
}

async function invocationsOf(
  client: Operator,
  words: readonly string[],
  salt: string | undefined,
): Promise<Invocation[]> {
  const [command, ...rest] = words;
  switch (command) {
    case "grant":
    case "revoke":
      return changeRole(command, roleNamed(rest[0]), addressOf(rest[1]));
    case "admin":
      return adminStep(rest[0], rest[1]);
    case "call":
      return [parseInvocation(rest, "write")];
    case "timelock": {
      const invocation = parseInvocation(rest.slice(1), "write");
      return [await throughTimelock(client, { step: rest[0], invocation, salt })];
    }
    default:
      throw new UsageError(`There is no command "${command ?? ""}".`);
  }
}

async function readView(client: ChainClient, words: readonly string[]): Promise<void> {
  const { contract, functionName, args } = parseInvocation(words, "read");
  const address = client.contracts[contract];
  if (address === undefined) throw new UsageError(`The deployment names no ${contract}.`);
  const abi: Abi = abis[contract];
  const answer = await withChainErrors(() =>
    client.reader.readContract({ address, abi, functionName, args: [...args] }),
  );
  say(JSON.stringify(answer, (_, value: unknown) => (typeof value === "bigint" ? value.toString() : value)));
}

async function open(rpcUrl: string, deployment: DeploymentFile, account: LocalAccount | undefined): Promise<Operator> {
  const { chainId, contracts } = deployment;
  const client = createClient({ rpcUrl, chainId, contracts, account });
  const actual = await withChainErrors(() => client.reader.getChainId());
  if (actual !== chainId)
    throw new ChainError("chain_wrong_network", `The RPC serves chain ${actual}, not ${chainId}.`);
  return { ...client, contracts };
}

async function send(client: Operator, invocations: readonly Invocation[], isYes: boolean): Promise<void> {
  const calls = invocations.map((invocation) => callOf(client.contracts, invocation));
  note(`${client.account?.address ?? ""} calls on ${client.reader.chain.name} (${client.chainId}):`);
  for (const { what } of calls) note(`  ${what}`);
  if (!isYes) await confirm("Send?");
  for (const { to, data, what } of calls) {
    const { hash, blockNumber } = await sendCall(client, { to, data });
    say(`${what}  ${hash}  block ${blockNumber}`);
  }
}

async function main(): Promise<void> {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{ rpc: text, deployment: text, "key-file": text, salt: text },
      ...{ print: flag, yes: flag, help: { type: "boolean", short: "h" } },
    },
  });
  if (values.help === true) return say(usage);
  const rpcUrl = rpcOf(values.rpc);
  // Written by the deployment program.
  const deployment = (await readJson(required(values.deployment, "deployment"))) as DeploymentFile;
  if (typeof deployment.contracts !== "object" || (positionals[0] === "show" && typeof deployment.roles !== "object"))
    throw new UsageError(
      `${values.deployment} does not name the ${positionals[0] === "show" ? "roles and " : ""}contracts: take the file that the deployment wrote.`,
    );
  const keyFile = values["key-file"];
  const account = keyFile === undefined ? undefined : privateKeyToAccount(await readKeyFile(keyFile));
  const client = await open(rpcUrl, deployment, account);
  const [command, ...rest] = positionals;
  if (command === "show") return show(client, { deployment, more: rest.map(addressOf) });
  if (command === "read") return readView(client, rest);
  const invocations = await invocationsOf(client, positionals, values.salt);
  if (values.print === true) {
    const calls = invocations.map((invocation) => ({ ...callOf(client.contracts, invocation), value: "0" }));
    return say(JSON.stringify(calls, undefined, 2));
  }
  if (account === undefined) throw new UsageError("Name a key with --key-file, or --print the transactions.");
  await send(client, invocations, values.yes === true);
}

await runProgram(main, usage);
