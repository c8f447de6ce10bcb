import { type ContractEventName, type Hex, type Log, parseEventLogs } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";

type EscrowAbi = typeof inferencePaymentAbi;
type EscrowEventName = ContractEventName<EscrowAbi>;

/** Where in the chain an event lies; `(blockHash, logIndex)` names it for ever. */
export type EventPosition = {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly txHash: Hex;
  readonly logIndex: number;
};

/** An event of the escrow: `name` tells which, `args` are its arguments by name. */
export type EscrowEvent = {
  [Name in EscrowEventName]: EventPosition & {
    readonly name: Name;
    readonly args: Log<bigint, number, false, undefined, true, EscrowAbi, Name>["args"];
  };
}[EscrowEventName];

export type ReadEventsOptions = {
  readonly fromBlock: bigint;
  /** Inclusive. */
  readonly toBlock: bigint;
  /** Most blocks asked for in one RPC call; public RPCs refuse more than a few thousand. Default 2 000. */
  readonly blocksPerCallMax?: bigint;
};

function lower(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/**
 * The escrow's events in chain order.
 * @throws ChainError `chain_unavailable`; a range beyond the head gives what there is.
 */
export function readEvents(client: ChainClient, options: ReadEventsOptions): Promise<EscrowEvent[]> {
  const { fromBlock, blocksPerCallMax = 2_000n } = options;
  return withChainErrors(async () => {
    const events: EscrowEvent[] = [];
    // Some nodes answer a range beyond the head with an error.
    const head = await client.reader.getBlockNumber();
    const toBlock = lower(options.toBlock, head);
    for (let start = fromBlock; start <= toBlock; start += blocksPerCallMax) {
      const end = start + blocksPerCallMax - 1n;
      const range = { fromBlock: start, toBlock: lower(end, toBlock) };
      const logs = await client.reader.getLogs({ address: client.contracts.inferencePayment, ...range });
      for (const log of parseEventLogs({ abi: inferencePaymentAbi, logs, strict: true })) {
        const { blockNumber, blockHash, transactionHash, logIndex } = log;
        const position = { blockNumber, blockHash, txHash: transactionHash, logIndex };
        // The pair of name and arguments comes from the ABI; the compiler cannot follow it through the union.
        events.push({ ...position, name: log.eventName, args: log.args } as EscrowEvent);
      }
    }
    return events;
  });
}
