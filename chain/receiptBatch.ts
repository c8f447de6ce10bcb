import type { Hex, LocalAccount } from "viem";
import { type ChainClient, requireAccount } from "./client.ts";
import { paymentDomain } from "./vouchers.ts";

/** A tree of receipts that the network vouches for. */
export type ReceiptBatch = {
  readonly root: Hex;
  /** Leaves of the tree. */
  readonly count: number;
  /** Unix time, seconds. */
  readonly signedAtS: number;
};

const types = {
  ReceiptBatch: [
    { name: "root", type: "bytes32" },
    { name: "count", type: "uint32" },
    { name: "signedAt", type: "uint64" },
  ],
} as const;

/**
 * Signs a batch for this chain and contract; nothing is sent.
 * @param options.signer Holds the signer role; default the client's account.
 * @returns 65 bytes, and who signed
 * @throws ChainError `chain_no_account`
 */
export async function signReceiptBatch(
  client: ChainClient,
  options: { batch: ReceiptBatch; signer?: LocalAccount },
): Promise<{ signer: Hex; signature: Hex }> {
  const { batch } = options;
  const account = options.signer ?? requireAccount(client);
  const { inferencePayment } = client.contracts;
  const signature = await account.signTypedData({
    domain: paymentDomain({ chainId: client.chainId, inferencePayment }),
    types,
    primaryType: "ReceiptBatch",
    message: { root: batch.root, count: batch.count, signedAt: BigInt(batch.signedAtS) },
  });
  return { signer: account.address.toLowerCase() as Hex, signature };
}
