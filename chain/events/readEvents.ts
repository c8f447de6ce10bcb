import {
  type Abi,
  type Address,
  type ContractEventName,
  type Hex,
  HttpRequestError,
  type Log,
  parseEventLogs,
} from "viem";
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
  /** Most blocks asked for in one RPC call; public RPCs refuse more than a few thousand, and fewer where there are many logs. Default 2 000. */
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

/** Whether the node was reached at all: then what it did not answer may have been too much. */
const isAnswered = (error: unknown): boolean => !(error instanceof HttpRequestError && error.status === undefined);

type Logs = Log<bigint, number, false>[];

/**
 * The logs of a range, by as few calls as the node lets it be: a range that it refuses (too many blocks, logs or bytes) is halved, down to one
 * block, and doubled again up to `blocksMax` while it answers.
 */
async function readLogs(
  reader: ChainClient["reader"],
  range: { address: Address[]; fromBlock: bigint; toBlock: bigint; blocksMax: bigint },
): Promise<Logs> {
  const { address, toBlock, blocksMax } = range;
  const logs: Logs = [];
  let blocks = blocksMax;
  for (let fromBlock = range.fromBlock; fromBlock <= toBlock; ) {
    const end = lower(fromBlock + blocks - 1n, toBlock);
    try {
      logs.push(...(await reader.getLogs({ address, fromBlock, toBlock: end })));
      fromBlock = end + 1n;
      blocks = lower(blocks * 2n, blocksMax);
    } catch (error) {
      if (end === fromBlock || !isAnswered(error)) throw error;
      blocks = (end - fromBlock + 1n) / 2n;
    }
  }
  return logs;
}

/**
 * The events of escrow, registry and staking contract in chain order, by one RPC call a range where the node answers it.
 * @throws ChainError `chain_unavailable`, also where the node refuses a single block; a range beyond the head gives what there is.
 */
export function readEvents(client: ChainClient, options: ReadEventsOptions): Promise<ChainEvent[]> {
  const { fromBlock, blocksPerCallMax = 2_000n } = options;
  const contracts = byAddress(client);
  const address = [...contracts.keys()] as Address[];
  return withChainErrors(async () => {
    // Some nodes answer a range beyond the head with an error.
    const head = await client.reader.getBlockNumber();
    const toBlock = lower(options.toBlock, head);
    const logs = await readLogs(client.reader, { address, fromBlock, toBlock, blocksMax: blocksPerCallMax });
    return logs.flatMap((log) => {
      const contract = contracts.get(log.address.toLowerCase());
      return contract === undefined ? [] : decode(log, contract);
    });
  });
}
