import { type Address, type Hex, type LocalAccount, recoverTypedDataAddress } from "viem";
import { type ChainClient, requireAccount } from "./client.ts";

/** A withdrawal that the ledger has set aside and the network signed; the contract pays it once, to that wallet alone. */
export type Voucher = {
  readonly wallet: Address;
  readonly amountWei: bigint;
  /** Used once per wallet. */
  readonly nonce: bigint;
  /** The wallet's, as in `exitOf`; a later exit request voids the voucher. */
  readonly exitCounter: bigint;
  /** Last second, since 1970, at which it is paid. */
  readonly expiresAtS: bigint;
};

const types = {
  Voucher: [
    { name: "wallet", type: "address" },
    { name: "amount", type: "uint256" },
    { name: "nonce", type: "uint256" },
    { name: "exitCounter", type: "uint64" },
    { name: "expiresAt", type: "uint64" },
  ],
} as const;

/** The EIP-712 domain of everything that is signed for one escrow contract. */
export function paymentDomain(at: { chainId: number; inferencePayment: Address }) {
  const { chainId, inferencePayment: verifyingContract } = at;
  return { name: "Far InferencePayment", version: "1", chainId, verifyingContract } as const;
}

/** A voucher as the contract takes it. */
export function voucherArgs(voucher: Voucher) {
  const { wallet, amountWei, nonce, exitCounter, expiresAtS } = voucher;
  return { wallet, amount: amountWei, nonce, exitCounter, expiresAt: expiresAtS };
}

function typedData(client: ChainClient, voucher: Voucher) {
  const domain = paymentDomain({ chainId: client.chainId, inferencePayment: client.contracts.inferencePayment });
  return { domain, types, primaryType: "Voucher", message: voucherArgs(voucher) } as const;
}

/**
 * Signs a voucher; nothing is sent.
 * @param options.signer Holds the signer role; default the client's account.
 * @returns 65 bytes
 * @throws ChainError `chain_no_account`
 */
export async function signVoucher(
  client: ChainClient,
  options: { voucher: Voucher; signer?: LocalAccount },
): Promise<Hex> {
  return (options.signer ?? requireAccount(client)).signTypedData(typedData(client, options.voucher));
}

/** Who signed a voucher for this chain and contract; any change to it gives another address. @throws on a malformed signature */
export function voucherSigner(client: ChainClient, options: { voucher: Voucher; signature: Hex }): Promise<Address> {
  return recoverTypedDataAddress({ ...typedData(client, options.voucher), signature: options.signature });
}
