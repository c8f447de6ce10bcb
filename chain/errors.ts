import {
  BaseError,
  ContractFunctionRevertedError,
  decodeErrorResult,
  type Hex,
  HttpRequestError,
  RawContractError,
  TimeoutError,
} from "viem";
import { farTokenAbi } from "./generated/farTokenAbi.ts";
import { inferencePaymentAbi } from "./generated/inferencePaymentAbi.ts";
import { nodeRegistryAbi } from "./generated/nodeRegistryAbi.ts";
import { settableFeedAbi } from "./generated/settableFeedAbi.ts";
import { stakingAbi } from "./generated/stakingAbi.ts";
import { timelockControllerAbi } from "./generated/timelockControllerAbi.ts";

/**
 * What can go wrong with a chain, in words a caller can act on:
 * - `chain_unavailable` the RPC did not answer or answered nonsense; whether a transaction got through is unknown
 * - `chain_reverted` the contract refused; `revert` names its error
 * - `chain_no_gas` the sender cannot pay for the transaction
 * - `chain_no_account` the chain was made without an account but the action must sign
 * - `chain_wrong_network` the RPC serves another chain than the one asked for
 * - `chain_not_mined` no receipt within the time allowed; the transaction may still be mined
 * - `chain_deploy_conflict` the deployer's nonce was used for something else, or for other contracts than these
 * - `chain_params_unfit` what a network is to be deployed with does not suit its chain
 * - `chain_local_outdated` the saved local chain holds contracts of another version
 * - `chain_local_failed` the local chain did not start or died
 */
export type ChainErrorCode =
  | "chain_unavailable"
  | "chain_reverted"
  | "chain_no_gas"
  | "chain_no_account"
  | "chain_wrong_network"
  | "chain_not_mined"
  | "chain_deploy_conflict"
  | "chain_params_unfit"
  | "chain_local_outdated"
  | "chain_local_failed";

/** A contract's custom error, for instance `{ name: "ExitNotMatured", args: [wallet, maturesAt] }`. */
export type Revert = { readonly name: string; readonly args: readonly unknown[] };

const brand = Symbol.for("farlabs.chain.error");
const retryableCodes: ReadonlySet<ChainErrorCode> = new Set([
  "chain_unavailable",
  "chain_not_mined",
  "chain_local_failed",
]);

/** An error of this package; recognise it with {@link isChainError}. */
export class ChainError extends Error {
  readonly [brand] = true;
  readonly code: ChainErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** Present for `chain_reverted` when the contract's error is known to us. */
  readonly revert: Revert | undefined;

  constructor(code: ChainErrorCode, message: string, details: { cause?: unknown; revert?: Revert | undefined } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "ChainError";
    this.code = code;
    this.retryable = retryableCodes.has(code);
    this.revert = details.revert;
  }
}

/** Recognised by marker, so that two copies of this package still agree. */
export function isChainError(error: unknown): error is ChainError {
  return typeof error === "object" && error !== null && (error as Record<symbol, unknown>)[brand] === true;
}

/** Every custom error that our contracts, or the libraries inside them, can give. */
const errorsAbi = [
  ...[...inferencePaymentAbi, ...nodeRegistryAbi, ...stakingAbi],
  ...[...farTokenAbi, ...settableFeedAbi, ...timelockControllerAbi],
].filter((entry) => entry.type === "error");

function decodeRevert(data: Hex): Revert | undefined {
  try {
    const { errorName, args } = decodeErrorResult({ abi: errorsAbi, data });
    return { name: errorName, args: args ?? [] };
  } catch {
    return undefined;
  }
}

/** The revert data that a viem error carries somewhere in its chain of causes. */
function revertData(error: BaseError): Hex | undefined {
  const holder = error.walk(
    (inner) =>
      inner instanceof RawContractError ||
      inner instanceof ContractFunctionRevertedError ||
      typeof (inner as { data?: unknown }).data === "string",
  );
  if (holder === null) return undefined;
  if (holder instanceof ContractFunctionRevertedError) return holder.raw;
  const { data } = holder as { data?: unknown };
  if (typeof data === "string") return data as Hex;
  const inner = (data as { data?: unknown } | undefined)?.data;
  return typeof inner === "string" ? (inner as Hex) : undefined;
}

/** Turns what viem throws into a {@link ChainError}; passes ours through. */
export function toChainError(error: unknown): ChainError {
  if (isChainError(error)) return error;
  if (!(error instanceof BaseError))
    return new ChainError("chain_unavailable", "The chain call failed.", { cause: error });
  const data = revertData(error);
  const revert = data === undefined ? undefined : decodeRevert(data);
  if (revert)
    return new ChainError("chain_reverted", `The contract refused: ${revert.name}.`, { cause: error, revert });
  const text = `${error.shortMessage} ${error.details}`;
  if (/insufficient funds/i.test(text))
    return new ChainError("chain_no_gas", "The sender cannot pay for gas.", { cause: error });
  if (/revert|EVM error|out of gas/i.test(text))
    return new ChainError("chain_reverted", "The contract refused.", { cause: error });
  const unreachable =
    error.walk((inner) => inner instanceof HttpRequestError || inner instanceof TimeoutError) !== null;
  return new ChainError("chain_unavailable", unreachable ? "The chain cannot be reached." : "The chain call failed.", {
    cause: error,
  });
}

/** Runs a chain call and converts what it throws. @throws ChainError */
export async function withChainErrors<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toChainError(error);
  }
}
