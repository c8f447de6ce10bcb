import {
  type Abi,
  type AbiParameter,
  type Address,
  encodeFunctionData,
  getAbiItem,
  getAddress,
  type Hex,
  isAddress,
} from "viem";
import type { ContractAddresses } from "../client.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { nodeRegistryAbi } from "../generated/nodeRegistryAbi.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";
import { timelockControllerAbi } from "../generated/timelockControllerAbi.ts";
import { UsageError } from "../program/program.ts";

/** Contracts that can be named on the command line. */
export const abis = {
  farToken: farTokenAbi,
  inferencePayment: inferencePaymentAbi,
  nodeRegistry: nodeRegistryAbi,
  staking: stakingAbi,
  timelock: timelockControllerAbi,
} as const satisfies Readonly<Record<string, Abi>>;

export type ContractName = keyof typeof abis;

/** One transaction to be sent, or to be put before a multisig. */
export type Call = { readonly to: Address; readonly data: Hex; readonly what: string };

/** A function of a contract with its arguments, as read from the command line. */
export type Invocation = {
  readonly contract: ContractName;
  readonly functionName: string;
  readonly args: readonly unknown[];
};

const isContract = (name: string): name is ContractName => Object.hasOwn(abis, name);

function parseArgument(text: string, { type, name = type }: AbiParameter): unknown {
  const wrong = (): UsageError => new UsageError(`${text} is no ${type} (${name}).`);
  const bits = /^uint(\d+)$/.exec(type)?.[1];
  if (bits !== undefined) {
    if (!/^\d{1,78}$/.test(text)) throw wrong();
    // The encoder takes numbers where they are exact.
    return Number(bits) <= 48 ? Number(text) : BigInt(text);
  }
  if (type === "address") {
    if (!isAddress(text)) throw wrong();
    return getAddress(text);
  }
  if (type === "bytes32" && /^0x[0-9a-fA-F]{64}$/.test(text)) return text;
  if (type === "bool" && (text === "true" || text === "false")) return text === "true";
  throw wrong();
}

/** Reads `CONTRACT FUNCTION [ARG…]`; the types come from the contract. @throws UsageError */
export function parseInvocation(words: readonly string[], kind: "read" | "write"): Invocation {
  const [contract = "", functionName = "", ...texts] = words;
  if (!isContract(contract))
    throw new UsageError(`There is no contract "${contract}": ${Object.keys(abis).join(", ")}.`);
  const abi: Abi = abis[contract];
  const item = getAbiItem({ abi, name: functionName });
  if (item === undefined || item.type !== "function") throw new UsageError(`${contract} has no ${functionName}.`);
  const isView = item.stateMutability === "view" || item.stateMutability === "pure";
  if (isView !== (kind === "read"))
    throw new UsageError(`${contract}.${functionName} is ${isView ? "read, not called" : "called, not read"}.`);
  if (texts.length !== item.inputs.length) {
    const wanted = item.inputs.map(({ type, name }) => `${name ?? ""}:${type}`).join(" ");
    throw new UsageError(`${contract}.${functionName} takes ${item.inputs.length} arguments: ${wanted}`);
  }
  const args = item.inputs.map((input, at) => parseArgument(texts[at] ?? "", input));
  return { contract, functionName, args };
}

/** What a person reads before it is sent. */
export function describe({ contract, functionName, args }: Invocation): string {
  return `${contract}.${functionName}(${args.join(", ")})`;
}

/** The call's data. */
export function encode({ contract, functionName, args }: Invocation): Hex {
  const abi: Abi = abis[contract];
  return encodeFunctionData({ abi, functionName, args: [...args] });
}

/** An invocation as a transaction. */
export function callOf(contracts: Required<ContractAddresses>, invocation: Invocation): Call {
  return { to: contracts[invocation.contract], data: encode(invocation), what: describe(invocation) };
}
