import type { Address, Hex } from "viem";
import type { ChainClient } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { nodeRegistryAbi } from "../generated/nodeRegistryAbi.ts";

const states = ["none", "proposed", "appealed", "rejected", "executed", "cancelled"] as const;

/** A slash; open are `proposed`, `appealed` and `rejected` (its appeal was). Times in seconds since 1970. */
export type SlashOnChain = {
  readonly state: (typeof states)[number];
  readonly owner: Address;
  /** {@link nodeKeyOf} of the node's id. */
  readonly node: Hex;
  /** What was asked for; at most this is taken. */
  readonly amountWei: bigint;
  readonly executableAtS: bigint;
  /** Last second to decide an appeal; 0 without one. */
  readonly decideByS: bigint;
};

/** A slash by its number, or undefined where there is none. @throws ChainError */
export async function slashOf(client: ChainClient, options: { id: bigint }): Promise<SlashOnChain | undefined> {
  const slash = await withChainErrors(() =>
    client.reader.readContract({
      address: client.contracts.nodeRegistry,
      abi: nodeRegistryAbi,
      functionName: "slashOf",
      args: [options.id],
    }),
  );
  const state = states[slash.state] ?? "none";
  if (state === "none") return undefined;
  const { owner, node, amount, executableAt, decideBy } = slash;
  return { state, owner, node, amountWei: amount, executableAtS: executableAt, decideByS: decideBy };
}
