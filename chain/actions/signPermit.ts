import { type Address, type Hex, parseSignature } from "viem";
import { type ChainClient, requireAccount } from "../client.ts";
import { withChainErrors } from "../errors.ts";
import { farTokenAbi } from "../generated/farTokenAbi.ts";

/** An ERC-2612 permit in the parts that contracts take. */
export type Permit = {
  readonly amountWei: bigint;
  readonly deadlineS: bigint;
  readonly v: number;
  readonly r: Hex;
  readonly s: Hex;
};

const types = {
  Permit: [
    { name: "owner", type: "address" },
    { name: "spender", type: "address" },
    { name: "value", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "deadline", type: "uint256" },
  ],
} as const;

/**
 * Signs that a spender, by default the escrow, may take `amountWei` FAR from the caller's wallet.
 * @param options.deadlineS Seconds since 1970 until which it is good.
 * @throws ChainError
 */
export async function signPermit(
  client: ChainClient,
  options: { amountWei: bigint; deadlineS: bigint; spender?: Address },
): Promise<Permit> {
  const account = requireAccount(client);
  const { farToken, inferencePayment } = client.contracts;
  const nonce = await withChainErrors(() =>
    client.reader.readContract({
      address: farToken,
      abi: farTokenAbi,
      functionName: "nonces",
      args: [account.address],
    }),
  );
  const domain = { name: "Far Labs Token", version: "1", chainId: client.chainId, verifyingContract: farToken };
  const { amountWei, deadlineS, spender = inferencePayment } = options;
  const message = { owner: account.address, spender, value: amountWei, nonce, deadline: deadlineS };
  const { r, s, yParity } = parseSignature(
    await account.signTypedData({ domain, types, primaryType: "Permit", message }),
  );
  return { amountWei, deadlineS, v: 27 + yParity, r, s };
}
