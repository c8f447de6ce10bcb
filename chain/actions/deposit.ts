import { encodeFunctionData } from "viem";
import { type ChainClient, requireAccount } from "../client.ts";
import { inferencePaymentAbi } from "../generated/inferencePaymentAbi.ts";
import { allowance } from "./allowance.ts";
import { type Mined, sendCall } from "./sendCall.ts";
import { signPermit } from "./signPermit.ts";

const permitLifetimeS = 3_600n;

/**
 * Pays FAR into the escrow for the caller: one transaction, with a permit unless the escrow already has the allowance.
 * @throws ChainError `chain_reverted` with `ERC20InsufficientBalance` when the wallet holds less.
 */
export async function deposit(client: ChainClient, options: { amountWei: bigint }): Promise<Mined> {
  const { amountWei } = options;
  const { address } = requireAccount(client);
  const to = client.contracts.inferencePayment;
  if ((await allowance(client, { wallet: address })) >= amountWei) {
    return sendCall(client, {
      to,
      data: encodeFunctionData({ abi: inferencePaymentAbi, functionName: "deposit", args: [amountWei] }),
    });
  }
  const deadlineS = BigInt(Math.floor(Date.now() / 1000)) + permitLifetimeS;
  const { v, r, s } = await signPermit(client, { amountWei, deadlineS });
  const args = [amountWei, deadlineS, v, r, s] as const;
  return sendCall(client, {
    to,
    data: encodeFunctionData({ abi: inferencePaymentAbi, functionName: "depositWithPermit", args }),
  });
}
