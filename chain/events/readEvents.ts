import { type Abi, type Address, type ContractEventName, type Hex, type Log, parseEventLogs } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { nodeRegistryAbi } from "../generated/nodeRegistryAbi.ts";
import { stakingAbi } from "../generated/stakingAbi.ts";

const abis = { inferencePayment: inferencePaymentAbi, nodeRegistry: nodeRegistryAbi, staking: stakingAbi } as const;
type Abis = typeof abis;

/** The contracts whose events are read. */
export type EventContract = keyof Abis;

/** Where in the chain an event lies; `(blockHash, logIndex)` names it for ever. */
export type EventPosition = {
  readonly blockNumber: bigint;
  readonly blockHash: Hex;
  readonly txHash: Hex;
  readonly logIndex: number;
};

type EventOf<Contract extends EventContract> = {
  [Name in ContractEventName<Abis[Contract]>]: EventPosition & {
    readonly contract: Contract;
    readonly name: Name;
    readonly args: Log<bigint, number, false, undefined, true, Abis[Contract], Name>["args"];
  };
}[ContractEventName<Abis[Contract]>];

/** An event of the escrow: `name` tells which, `args` are its arguments by name. */
export type EscrowEvent = EventOf<"inferencePayment">;
/** An event of the node registry. */
export type RegistryEvent = EventOf<"nodeRegistry">;
/** An event of the staking contract. */
export type StakingEvent = EventOf<"staking">;
/** Any event of ours, told apart by `contract`, then by `name`. */
export type ChainEvent = EscrowEvent | RegistryEvent | StakingEvent;

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

/** Which of our contracts lies at an address. */
function byAddress(client: ChainClient): Map<string, EventContract> {
  const names = Object.keys(abis) as EventContract[];
  return new Map(names.map((name) => [client.contracts[name].toLowerCase(), name]));
}

function decode(log: Log<bigint, number, false>, contract: EventContract): ChainEvent[] {
  const abi: Abi = abis[contract];
  const { blockNumber, blockHash, transactionHash, logIndex } = log;
  const position = { blockNumber, blockHash, txHash: transactionHash, logIndex };
  // Contract, name and arguments come from one ABI; the compiler cannot follow them through the union.
  return parseEventLogs({ abi, logs: [log], strict: true }).map(
    ({ eventName, args }) => ({ ...position, contract, name: eventName, args }) as unknown as ChainEvent,
  );
}

/**
 * The events of escrow, registry and staking contract in chain order, by one RPC call a range.
 * @throws ChainError `chain_unavailable`; a range beyond the head gives what there is.
 */
export function readEvents(client: ChainClient, options: ReadEventsOptions): Promise<ChainEvent[]> {
  const { fromBlock, blocksPerCallMax = 2_000n } = options;
  const contracts = byAddress(client);
  const address = [...contracts.keys()] as Address[];
  return withChainErrors(async () => {
    const events: ChainEvent[] = [];
    // Some nodes answer a range beyond the head with an error.
    const head = await client.reader.getBlockNumber();
    const toBlock = lower(options.toBlock, head);
    for (let start = fromBlock; start <= toBlock; start += blocksPerCallMax) {
      const end = start + blocksPerCallMax - 1n;
      const logs = await client.reader.getLogs({ address, fromBlock: start, toBlock: lower(end, toBlock) });
      for (const log of logs) {
        const contract = contracts.get(log.address.toLowerCase());
        if (contract !== undefined) events.push(...decode(log, contract));
      }
    }
    return events;
  });
}
