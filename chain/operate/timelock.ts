import { type Hex, pad, toHex, zeroHash } from "viem";
import type { ChainClient, ContractAddresses } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { timelockControllerAbi as abi } from "../generated/timelockControllerAbi.ts";
import { UsageError } from "../program/program.ts";
import { encode, type Invocation } from "./calls.ts";

const noValue = 0n;

/** An operation of the timelock: the same invocation under another salt is another one. */
function operationOf(contracts: Required<ContractAddresses>, invocation: Invocation, saltText: string | undefined) {
  if (saltText !== undefined && !/^\d{1,18}$/.test(saltText)) throw new UsageError("--salt is no whole number.");
  const salt: Hex = pad(toHex(BigInt(saltText ?? "0")), { size: 32 });
  return [contracts[invocation.contract], noValue, encode(invocation), zeroHash, salt] as const;
}

/** Proposes, executes or cancels an invocation by the timelock. @throws ChainError, UsageError */
export async function throughTimelock(
  client: ChainClient & { readonly contracts: Required<ContractAddresses> },
  options: { step: string | undefined; invocation: Invocation; salt: string | undefined },
): Promise<Invocation> {
  const { contracts, reader } = client;
  const operation = operationOf(contracts, options.invocation, options.salt);
  const address = contracts.timelock;
  switch (options.step) {
    case "schedule": {
      const delay = await withChainErrors(() => reader.readContract({ address, abi, functionName: "getMinDelay" }));
      return { contract: "timelock", functionName: "schedule", args: [...operation, delay] };
    }
    case "execute":
      return { contract: "timelock", functionName: "execute", args: [...operation] };
    case "cancel": {
      const id = await withChainErrors(() =>
        reader.readContract({ address, abi, functionName: "hashOperation", args: [...operation] }),
      );
      return { contract: "timelock", functionName: "cancel", args: [id] };
    }
    default:
      throw new UsageError("timelock takes schedule, execute or cancel.");
  }
}
