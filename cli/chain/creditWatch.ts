import type { FarClient } from "@farlabs/sdk";

/** A network that hangs must not keep a person from hearing what became of the deposit. */
const LOOK_MS_MAX = 5_000;

/** Wei of a wallet in the ledger, running reservations included; null while the network does not answer. */
async function totalOf(client: FarClient, wallet: string): Promise<bigint | null> {
  try {
    const own = (await client.balances.list({ signal: AbortSignal.timeout(LOOK_MS_MAX) })).find(
      (b) => b.wallet?.toLowerCase() === wallet.toLowerCase(),
    );
    return own === undefined ? 0n : BigInt(own.available) + BigInt(own.reserved);
  } catch {
    return null;
  }
}

/**
 * Watches a wallet for a credit of `amountWei`. Tasks may be charged meanwhile, so a credit is a jump of more than half of it from one
 * look to the next, or the sum of both.
 */
export async function creditWatch(
  client: FarClient,
  at: { wallet: string; amountWei: bigint },
): Promise<() => Promise<boolean>> {
  const start = await totalOf(client, at.wallet);
  let last = start;
  return async () => {
    const now = await totalOf(client, at.wallet);
    if (now === null) return false;
    const jumped = last !== null && now - last > at.amountWei / 2n;
    last = now;
    return jumped || (start !== null && now >= start + at.amountWei);
  };
}
